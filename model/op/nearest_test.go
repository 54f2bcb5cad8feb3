package op_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vidcsl/model/op"
)

// TestNearestOrder compares with the greatest of the whole matrix of products, where many are equal.
func TestNearestOrder(t *testing.T) {
	const n, m, d = 7, 60, 3
	x, y, b := random(1, n, d), random(2, m, d), random(3, m)
	for _, v := range []op.Tensor{x, y, b} {
		for i, f := range op.Data[float64](v) {
			op.Data[float64](v)[i] = math.Round(f)
		}
	}
	products := compute(t, op.MatMul{TransB: true}, x, y)
	for _, k := range []int{1, 5, m} {
		wantNear(t, "by product", compute(t, op.Nearest{K: k}, x, y), compute(t, op.TopK{K: k}, products), 0)
		sums := compute(t, op.Add{}, products, compute(t, op.Gather{}, compute(t, op.Reshape{Shape: op.DimsOf(1, m)}, b), op.NewTensor(op.Of(op.I32, n))))
		wantNear(t, "with a bias", compute(t, op.Nearest{K: k}, x, y, b), compute(t, op.TopK{K: k}, sums), 0)
	}
}

// TestNearestLeavesOut: a row is not near to itself where that is said, and rows with -Inf or NaN are near to nobody.
func TestNearestLeavesOut(t *testing.T) {
	inf, nan := math.Inf(-1), math.NaN()
	x := op.From([]float64{3, 2, 1, nan}, 4, 1)
	wantNear(t, "others", compute(t, op.Nearest{K: 4, NotSelf: true}, x, x), op.From([]int32{1, 2, -1, -1, 0, 2, -1, -1, 0, 1, -1, -1, -1, -1, -1, -1}, 4, 4), 0)
	wantNear(t, "those left", compute(t, op.Nearest{K: 2}, x, x, op.From([]float64{inf, 0, 9, 0}, 4)),
		op.From([]int32{2, 1, 2, 1, 2, 1, -1, -1}, 4, 2), 0)
}

// TestSimilarity compares with whole matrices.
func TestSimilarity(t *testing.T) {
	const n, m, d, k = 5, 9, 4, 3
	x, y := random(1, n, d), random(2, m, d)
	idx, rng := op.NewTensor(op.Of(op.I32, n, k)), rand.New(rand.NewPCG(3, 1))
	dots, far, sums := op.NewTensor(op.Of(op.F64, n, k)), op.NewTensor(op.Of(op.F64, n, k)), op.NewTensor(op.Of(op.F64, n, d))
	for at := range n * k {
		j := rng.IntN(m+1) - 1
		op.Data[int32](idx)[at] = int32(j)
		for c := 0; c < d && j >= 0; c++ {
			a, b := op.Data[float64](x)[at/k*d+c], op.Data[float64](y)[j*d+c]
			op.Data[float64](dots)[at] += a * b
			op.Data[float64](far)[at] -= (a - b) * (a - b)
			op.Data[float64](sums)[at/k*d+c] += b
		}
	}
	wantClose(t, "products", compute(t, op.Similarity{}, x, y, idx), dots, 1e-14)
	wantClose(t, "distances", compute(t, op.Similarity{Distance: true}, x, y, idx), far, 1e-14)
	wantClose(t, "sums", compute(t, op.GatherSum{}, y, idx), sums, 1e-14)
	z := random(4, n, 3)
	wantClose(t, "gram", compute(t, op.Gram{}, x, z), compute(t, op.MatMul{}, compute(t, op.Transpose{Perm: op.DimsOf(1, 0)}, x), z), 1e-14)
}

// TestShared compares with sets, for random lists with gaps.
func TestShared(t *testing.T) {
	const n, k, m, weight = 30, 6, 40, 0.01
	rng, lists, x := rand.New(rand.NewPCG(5, 1)), op.NewTensor(op.Of(op.I32, n, k)), random(6, n, 4)
	sets := make([][]int32, n)
	for i := range n {
		sets[i] = []int32{int32(i)}
		for c, j := range rng.Perm(n)[:k] {
			if j == i || rng.IntN(3) == 0 {
				j = -1
			} else {
				sets[i] = append(sets[i], int32(j))
			}
			op.Data[int32](lists)[i*k+c] = int32(j)
		}
	}
	products := op.Data[float64](compute(t, op.MatMul{TransB: true}, x, x))
	partners := compute(t, op.SharedNeighbors{Partners: m, Weight: weight}, lists, x)
	scores := compute(t, op.SharedScore{Weight: weight}, lists, x, partners)
	const least = 0.3
	above := compute(t, op.SharedNeighbors{Partners: m, Weight: weight}, lists, x, op.From([]float64{least}, 1))
	for i, j := range op.Data[int32](partners) {
		if s := op.Data[float64](scores)[i]; !(s > least) {
			j = -1
		}
		if got := op.Data[int32](above)[i]; got != j {
			t.Fatalf("above %v: partner %d of %d is %d, want %d", least, i%m, i/m, got, j)
		}
	}
	for i := range n {
		want := map[int32]float64{}
		for j := range int32(n) {
			both := 0
			for _, v := range sets[i] {
				if slices.Contains(sets[j], v) {
					both++
				}
			}
			if both > 0 && int(j) != i {
				want[j] = float64(both)/float64(len(sets[i])+len(sets[j])-both) + weight*products[i*n+int(j)]
			}
		}
		last := math.Inf(1)
		for c, j := range op.Data[int32](partners)[i*m:][:m] {
			s := op.Data[float64](scores)[i*m+c]
			w, ok := want[j]
			if ok != (j >= 0) || math.Abs(s-w) > 1e-14 || ok && s > last {
				t.Fatalf("partner %d of %d is %d with score %v, want %v, after %v", c, i, j, s, w, last)
			}
			last = s
			delete(want, j)
		}
		if len(want) > 0 {
			t.Errorf("row %d: %v are missing", i, want)
		}
	}
}

func TestNearestMisfits(t *testing.T) {
	x, y, idx := op.Of(op.F32, 4, 3), op.Of(op.F32, 5, 2), op.Of(op.I32, 4, 2)
	wantError(t, op.Nearest{K: 1}, "op: nearest(in0 f32[4 3]): 1 inputs, want 2 or 3", x)
	wantError(t, op.Nearest{K: 1}, "op: nearest(in0 f32[4 3], in1 f32[5 2]): input 1 is f32[5 2], want f32 in 2 dimensions, with the columns of input 0", x, y)
	wantError(t, op.Nearest{}, "op: nearest(in0 f32[4 3], in1 f32[4 3]): the nearest 0, want at least 1", x, x)
	wantError(t, op.Nearest{K: 1}, "op: nearest(in0 f32[4 3], in1 f32[4 3], in2 f32[5]): input 2 is f32[5], want f32[4]", x, x, op.Of(op.F32, 5))
	wantError(t, op.Similarity{}, "op: similarity(in0 f32[4 3], in1 f32[4 3], in2 i32[4]): input 2 is i32[4], want i32 in 2 dimensions, with 4 rows", x, x, op.Of(op.I32, 4))
	wantError(t, op.GatherSum{}, "op: gather_sum(in0 f32[4 3], in1 f32[5 2]): input 1 is f32[5 2], want i32 in 2 dimensions", x, y)
	wantError(t, op.Gram{}, "op: gram(in0 f32[4 3], in1 f32[5 2]): input 1 is f32[5 2], want the 4 rows of input 0", x, y)
	wantError(t, op.SharedNeighbors{}, "op: shared_neighbors(in0 i32[4 2], in1 f32[4 3]): 0 partners, want at least 1", idx, x)
	wantError(t, op.SharedNeighbors{Partners: 1, Weight: -1}, "op: shared_neighbors(in0 i32[4 2], in1 f32[4 3]): weight -1, want at least 0", idx, x)
	wantError(t, op.SharedNeighbors{Partners: 1}, "op: shared_neighbors(in0 i32[4 2], in1 f32[5 2]): input 0 is i32[4 2], want i32 in 2 dimensions, with 5 rows", idx, y)
	wantError(t, op.SharedNeighbors{Partners: 1}, "op: shared_neighbors(in0 i32[4 2], in1 f32[4 3], in2 f32[2]): input 2 is f32[2], want f32[1]", idx, x, op.Of(op.F32, 2))
	wantError(t, op.SharedScore{}, "op: shared_score(in0 i32[4 2], in1 f32[4 3], in2 f32[4 3]): input 2 is f32[4 3], want i32 in 2 dimensions, with 4 rows", idx, x, x)
}
