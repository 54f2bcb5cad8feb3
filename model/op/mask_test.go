package op_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vidcsl/model/op"
)

// bits returns a mask.
func bits(list ...uint8) op.Tensor { return op.From(list, len(list)) }

func TestComparisons(t *testing.T) {
	nan := math.NaN()
	x, y := op.From([]float64{1, 2, nan, -1, 0.1}, 5), op.From([]float64{1, 3, 1, nan, 0}, 5)
	for _, d := range []op.DType{op.F32, op.F64} {
		wantNear(t, "x >= y", compute(t, op.GreaterEqual{}, convert(x, d), convert(y, d)), bits(1, 0, 0, 0, 1), 0)
		wantNear(t, "x >= 0.1", compute(t, op.AtLeast{Min: 0.1}, convert(x, d)), bits(1, 1, 0, 0, 1), 0)
	}
	a, b := op.From([]int32{-1, 0, 7, math.MaxInt32}, 4), op.From([]int32{0, 0, 3, math.MinInt32}, 4)
	wantNear(t, "whole numbers", compute(t, op.GreaterEqual{}, a, b), bits(0, 1, 1, 1), 0)
	wantNear(t, "whole numbers >= 0", compute(t, op.AtLeast{}, a), bits(0, 1, 1, 1), 0)
	wantError(t, op.GreaterEqual{}, "op: greater_equal(in0 f32[2], in1 f32[3]): input 1 is f32[3], want f32[2]", op.Of(op.F32, 2), op.Of(op.F32, 3))
	wantError(t, op.AtLeast{}, "op: at_least(in0 u8[2]): input 0 is u8[2], want numbers other than u8", op.Of(op.U8, 2))
}

// TestLogic: all but 0 is yes, and the answer is 1.
func TestLogic(t *testing.T) {
	a, b := bits(0, 0, 7, 1, 128), bits(0, 255, 0, 2, 128)
	wantNear(t, "and", compute(t, op.And{}, a, b), bits(0, 0, 0, 1, 1), 0)
	wantNear(t, "and not", compute(t, op.AndNot{}, a, b), bits(0, 0, 1, 0, 0), 0)
	wantNear(t, "outer", compute(t, op.Outer{}, bits(1, 0, 9), bits(0, 128)), op.From([]uint8{0, 1, 0, 0, 0, 1}, 3, 2), 0)
	all := op.NewTensor(op.Of(op.U8, 1<<16))
	for i := range op.Data[uint8](all) { // every pair of bytes, in every place of a word
		op.Data[uint8](all)[i] = uint8(i * 5 / 256)
	}
	low := op.NewTensor(all.Type)
	for i := range op.Data[uint8](low) {
		op.Data[uint8](low)[i] = uint8(i * 3)
	}
	and, not := op.Data[uint8](compute(t, op.And{}, all, low)), op.Data[uint8](compute(t, op.AndNot{}, all, low))
	n := 0
	for i, v := range op.Data[uint8](all) {
		yes, other := v != 0, op.Data[uint8](low)[i] != 0
		if and[i] > 1 || not[i] > 1 || (and[i] == 1) != (yes && other) || (not[i] == 1) != (yes && !other) {
			t.Fatalf("%d with %d: and %d, and not %d", v, op.Data[uint8](low)[i], and[i], not[i])
		}
		if yes {
			n++
		}
	}
	wantNear(t, "count of many", compute(t, op.Count{DType: op.F64}, all), op.From([]float64{float64(n)}), 0)
	wantNear(t, "count", compute(t, op.Count{DType: op.F32}, op.From([]uint8{0, 200, 1, 0, 0, 0}, 2, 3)), op.From([]float32{2, 0}, 2), 0)
	wantNear(t, "count of a vector", compute(t, op.Count{DType: op.F64}, a), op.From([]float64{3}), 0)
	wantNear(t, "count of nothing", compute(t, op.Count{DType: op.F64}, op.NewTensor(op.Of(op.U8, 2, 0))), op.From([]float64{0, 0}, 2), 0)
	wantNear(t, "float", compute(t, op.ToFloat{DType: op.F32}, op.From([]int32{-3, 16777217}, 2)), op.From([]float32{-3, 16777216}, 2), 0)
	wantNear(t, "float of a mask", compute(t, op.ToFloat{DType: op.F64}, bits(0, 255)), op.From([]float64{0, 255}, 2), 0)
	wantError(t, op.And{}, "op: and(in0 f32[2], in1 u8[2]): input 0 is f32[2], want a mask of u8", op.Of(op.F32, 2), op.Of(op.U8, 2))
	wantError(t, op.AndNot{}, "op: and_not(in0 u8[2], in1 u8[3]): input 1 is u8[3], want u8[2]", op.Of(op.U8, 2), op.Of(op.U8, 3))
	wantError(t, op.Outer{}, "op: outer(in0 u8[2], in1 u8[2 3]): input 1 is u8[2 3], want a vector of u8", op.Of(op.U8, 2), op.Of(op.U8, 2, 3))
	wantError(t, op.Count{DType: op.U8}, "op: count(in0 u8[2]): a result of u8, want floating-point numbers", op.Of(op.U8, 2))
	wantError(t, op.Count{}, "op: count(in0 u8[]): input 0 is u8[], want a mask of u8 of at least 1 dimension", op.Of(op.U8))
	wantError(t, op.ToFloat{}, "op: to_float(in0 f32[2]): input 0 is f32[2], want i32 or u8", op.Of(op.F32, 2))
}

// TestMatch compares with a search, for lists of all lengths around those at which the table grows, with pads, repeats and large numbers.
func TestMatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	number := func() int32 {
		switch rng.IntN(4) {
		case 0:
			return -1 - rng.Int32N(3)
		case 1:
			return math.MaxInt32 - rng.Int32N(8)
		}
		return rng.Int32N(40)
	}
	list := func(n int) []int32 {
		l := make([]int32, n)
		for i := range l {
			l[i] = number()
		}
		return l
	}
	for _, m := range []int{0, 1, 2, 3, 4, 5, 8, 9, 16, 33} {
		const n, q = 7, 61
		a, b := list(n*m), list(q)
		want := op.NewTensor(op.Of(op.U8, n, q))
		for i := range n {
			for j, v := range b {
				if v >= 0 && slices.Contains(a[i*m:][:m], v) {
					op.Data[uint8](want)[i*q+j] = 1
				}
			}
		}
		wantNear(t, "match", compute(t, op.Match{}, op.From(a, n, m), op.From(b, q)), want, 0)
	}
	wantError(t, op.Match{}, "op: match(in0 i32[2], in1 i32[3]): input 0 is i32[2], want i32[N M]", op.Of(op.I32, 2), op.Of(op.I32, 3))
	wantError(t, op.Match{}, "op: match(in0 i32[2 1], in1 f32[3]): input 1 is f32[3], want a vector of i32", op.Of(op.I32, 2, 1), op.Of(op.F32, 3))
}

func TestLookup(t *testing.T) {
	table := op.From([]int32{1, 2, 3, 4, 5, 6}, 3, 2)
	wantNear(t, "rows", compute(t, op.Lookup{}, table, op.From([]int32{2, -1, 0, 3}, 4)), op.From([]int32{5, 6, -1, -1, 1, 2, -1, -1}, 4, 2), 0)
	wantNear(t, "numbers", compute(t, op.Lookup{}, op.From([]int32{7, 8}, 2), op.From([]int32{1, 2}, 2)), op.From([]int32{8, -1}, 2), 0)
	wantError(t, op.Lookup{}, "op: lookup(in0 f32[2], in1 i32[3]): input 0 is f32[2], want i32 of at least 1 dimension", op.Of(op.F32, 2), op.Of(op.I32, 3))
}

// TestRowWrite: the last of rows with one place stays, and what has no place is left out.
func TestRowWrite(t *testing.T) {
	table := op.From([]float32{0, 0, 1, 1, 2, 2}, 3, 2)
	rows := op.From([]float32{10, 11, 20, 21, 30, 31, 40, 41}, 4, 2)
	got := compute(t, op.RowWrite{}, table, rows, op.From([]int32{2, -1, 2, 3}, 4))
	wantNear(t, "table", got, op.From([]float32{0, 0, 1, 1, 30, 31}, 3, 2), 0)
	wantNear(t, "numbers", compute(t, op.RowWrite{}, op.From([]int32{1, 2}, 2), op.From([]int32{9}, 1), op.From([]int32{0}, 1)), op.From([]int32{9, 2}, 2), 0)
	wantError(t, op.RowWrite{}, "op: row_write(in0 f32[4 3], in1 f32[2 2], in2 i32[2]): input 1 is f32[2 2], want rows of f32[4 3]",
		op.Of(op.F32, 4, 3), op.Of(op.F32, 2, 2), op.Of(op.I32, 2))
	wantError(t, op.RowWrite{}, "op: row_write(in0 f32[4 3], in1 f32[2 3], in2 i32[3]): input 2 is i32[3], want i32[2]",
		op.Of(op.F32, 4, 3), op.Of(op.F32, 2, 3), op.Of(op.I32, 3))
}

// TestBernoulli checks the draws of a seed, which other engines have to make as well, and what rates give.
func TestBernoulli(t *testing.T) {
	draw := func(seed int32, stream int, rate float32, n int) []uint8 {
		return op.Data[uint8](compute(t, op.Bernoulli{Shape: op.DimsOf(n), Stream: stream}, op.From([]int32{seed}), op.From([]float32{rate})))
	}
	if got := draw(-5, 3, 0.5, 16); !slices.Equal(got, []uint8{0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0}) {
		t.Errorf("draws %v", got)
	}
	const n = 100_000 // in more than one part
	for _, rate := range []float32{0, 0.01, 0.3, 0.9, 1} {
		sum := 0
		for _, v := range draw(7, 0, rate, n) {
			sum += int(v)
		}
		if math.Abs(float64(sum)/n-float64(rate)) > 4*math.Sqrt(float64(rate*(1-rate))/n) {
			t.Errorf("%d of %d at a rate of %v", sum, n, rate)
		}
	}
	low, high := draw(7, 0, 0.2, n), draw(7, 0, 0.4, n)
	both, others := 0, 0
	for i, v := range low {
		if v > high[i] {
			t.Fatal("what a rate draws, a higher one does not")
		}
	}
	for i, v := range draw(7, 1, 0.4, n) {
		both += int(v & high[i])
	}
	for i, v := range draw(8, 0, 0.4, n) {
		others += int(v & high[i])
	}
	if want := 0.16; math.Abs(float64(both)/n-want) > 0.01 || math.Abs(float64(others)/n-want) > 0.01 {
		t.Errorf("%d and %d of %d pairs drawn twice from another stream and another seed, want %v of them", both, others, n, want)
	}
	wantError(t, op.Bernoulli{Shape: op.DimsOf(2)}, "op: bernoulli(in0 i32[], in1 f64[]): input 1 is f64[], want f32[]", op.Of(op.I32), op.Of(op.F64))
}

// TestTopMask compares with a stable sort, with ties, NaN and infinities.
func TestTopMask(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, m := range []int{1, 2, 17, 40, 300, 1200} {
		const n = 6
		x, mask := random(uint64(m), n, m), op.NewTensor(op.Of(op.U8, n, m))
		for i := range op.Data[uint8](mask) {
			op.Data[uint8](mask)[i] = uint8(rng.IntN(4))
			v := &op.Data[float64](x)[i]
			if m < 1000 || i%3 > 0 {
				*v = math.Round(3 * *v)
			}
			if rng.IntN(20) == 0 {
				*v = []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}[rng.IntN(4)]
			}
		}
		for _, spec := range []op.TopMask{{}, {K: 1}, {K: 5}, {K: m}, {Share: 0.1}, {Share: 0.5}, {Share: 1}} {
			want := op.NewTensor(op.Of(op.U8, n, m))
			for i := range n {
				row, valid := op.Data[float64](x)[i*m:][:m], op.Data[uint8](mask)[i*m:][:m]
				order := op.Data[int32](compute(t, op.TopK{K: m}, op.From(row, 1, m)))
				order = slices.DeleteFunc(order, func(j int32) bool { return valid[j] == 0 })
				k := min(spec.K, len(order))
				if spec.K == 0 {
					k = int(spec.Share * float64(len(order)))
				}
				for _, j := range order[:k] {
					op.Data[uint8](want)[i*m+int(j)] = 1
				}
			}
			wantNear(t, "top", compute(t, spec, x, mask), want, 0)
			wantNear(t, "top in f32", compute(t, spec, convert(x, op.F32), mask), want, 0)
		}
	}
	x, m := op.Of(op.F32, 2, 3), op.Of(op.U8, 2, 3)
	wantError(t, op.TopMask{K: 1, Share: 0.5}, "op: top_mask(in0 f32[2 3], in1 u8[2 3]): the top 1 and a share of 0.5, want one of them, a share from 0 to 1", x, m)
	wantError(t, op.TopMask{K: 1}, "op: top_mask(in0 f32[2 3], in1 u8[2]): input 1 is u8[2], want u8[2 3]", x, op.Of(op.U8, 2))
}

func TestMaskedMax(t *testing.T) {
	inf := math.Inf(-1)
	x := op.From([]float64{1, 5, 3, 9, 9, 9, inf, inf, 2, 0, math.NaN(), 1}, 4, 3)
	m := op.From([]uint8{1, 0, 1, 0, 0, 0, 1, 7, 0, 1, 1, 1}, 4, 3)
	wantNear(t, "greatest", compute(t, op.MaskedMax{Empty: -2}, x, m), op.From([]float64{3, -2, inf, math.NaN()}, 4), 0)
}

func TestWinner(t *testing.T) {
	x := op.From([]float32{1, 3, 3, 0.5, 0.25, 0, float32(math.NaN()), 1, 1}, 3, 3)
	wantNear(t, "places", compute(t, op.Winner{}, x, op.From([]float32{0.75})), op.From([]int32{1, -1, -1}, 3), 0)
	wantNear(t, "none", compute(t, op.Winner{}, x, op.From([]float32{float32(math.Inf(1))})), op.From([]int32{-1, -1, -1}, 3), 0)
	wantError(t, op.Winner{}, "op: winner(in0 f32[2 3], in1 f64[]): input 1 is f64[], want f32[]", op.Of(op.F32, 2, 3), op.Of(op.F64))
}

func TestSoftplus(t *testing.T) {
	inf := math.Inf(1)
	x := op.From([]float64{-inf, -800, -40, 0, 40, 800, inf}, 7)
	wantNear(t, "values", compute(t, op.Softplus{}, x), op.From([]float64{0, 0, math.Exp(-40), math.Ln2, 40 + math.Exp(-40), 800, inf}, 7), 1e-15)
	wantNear(t, "sigmoid", compute(t, op.Sigmoid{}, x), op.From([]float64{0, 0, math.Exp(-40), 0.5, 1, 1, 1}, 7), 1e-15)
	checkGrad(t, op.Softplus{}, random(1, 3, 4))
	checkGrad(t, op.Sigmoid{}, random(2, 3, 4))
}
