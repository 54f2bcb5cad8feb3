package cpu_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// coarse returns a few different numbers, whose products are exact: there are many ties, and every engine finds the same.
func coarse(rng *rand.Rand, shape ...int) op.Tensor {
	t := random(rng, shape...)
	for i, v := range op.Data[float32](t) {
		op.Data[float32](t)[i] = float32(math.Round(2*float64(v)) / 8)
	}
	return t
}

// lists returns random lists of neighbours, each once.
func lists(rng *rand.Rand, n, k int) op.Tensor {
	t := op.NewTensor(op.Of(op.I32, n, k))
	for i := range n {
		row, order := op.Data[int32](t)[i*k:][:k], rng.Perm(n)
		for c := range row {
			row[c] = -1
			if c < len(order) && order[c] != i && rng.IntN(8) > 0 {
				row[c] = int32(order[c])
			}
		}
	}
	return t
}

// sameRows compares an operation on values with its reference, on 1, 2 and 3 threads.
func sameRows(t *testing.T, s op.Spec, tolerance float64, in ...op.Tensor) {
	t.Helper()
	g := op.NewGraph()
	sig := model.Signature{}
	for i, x := range in {
		sig.Inputs = append(sig.Inputs, op.Input(g, fmt.Sprint("in", i), x.Type))
	}
	sig.Metrics = []*op.Node{op.Apply(s, sig.Inputs...)}
	var first op.Tensor
	for threads := 1; threads <= 3; threads++ {
		same(t, cpu.Options{Threads: threads}, sig, 1, tolerance, func() []op.Tensor { return in })
		out, err := compile(t, cpu.Options{Threads: threads}, sig).Run(context.Background(), in...)
		if err != nil {
			t.Fatal(err)
		}
		if threads > 1 && fmt.Sprint(out[0].Data) != fmt.Sprint(first.Data) {
			t.Errorf("%s: %d threads make something else", s.Kind(), threads)
		}
		first = out[0]
	}
}

// TestNearest compares with the reference where there are ties, and rows that are left out.
func TestNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	for _, c := range []struct{ n, m, d, k int }{{1, 1, 1, 1}, {5, 3, 2, 7}, {300, 300, 5, 9}, {130, 1100, 8, 1}, {200, 700, 3, 80}, {17, 2000, 33, 400}} {
		for _, notSelf := range []bool{false, true} {
			x, y, bias := coarse(rng, c.n, c.d), coarse(rng, c.m, c.d), coarse(rng, c.m)
			s := op.Nearest{K: c.k, NotSelf: notSelf}
			sameRows(t, s, 0, x, y)
			op.Data[float32](x)[0] = float32(math.NaN())
			op.Data[float32](y)[c.m*c.d-1] = float32(math.NaN())
			op.Data[float32](bias)[0] = float32(math.Inf(-1))
			op.Data[float32](bias)[c.m/2] = float32(math.Inf(1))
			sameRows(t, s, 0, x, y, bias)
		}
	}
}

// TestRows compares sums and products of rows with their references.
func TestRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 7))
	for _, c := range []struct{ n, m, d, k int }{{1, 1, 1, 1}, {70, 9, 20, 3}, {2500, 40, 130, 2}, {33, 500, 64, 17}} {
		x, y, idx := random(rng, c.n, c.d), random(rng, c.m, c.d), op.NewTensor(op.Of(op.I32, c.n, c.k))
		for i := range op.Data[int32](idx) {
			op.Data[int32](idx)[i] = rng.Int32N(int32(c.m)+1) - 1
		}
		sameRows(t, op.Similarity{}, 1e-6, x, y, idx)
		sameRows(t, op.Similarity{Distance: true}, 1e-6, x, y, idx)
		sameRows(t, op.GatherSum{}, 1e-6, y, idx)
		sameRows(t, op.Gram{}, 1e-5, x, random(rng, c.n, 1+c.d/2))
		to := op.NewTensor(op.Of(op.I32, c.n))
		for i := range op.Data[int32](to) {
			op.Data[int32](to)[i] = rng.Int32N(int32(c.m))
		}
		sameRows(t, op.ScatterAdd{Rows: c.m}, 1e-6, x, to)
		sameRows(t, op.ScatterAdd{Rows: c.m}, 1e-6, random(rng, c.n, 2, 3), to)
	}
}

// TestShared compares partners and scores with the reference. Products of exact numbers make the order the same.
func TestShared(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 7))
	for _, c := range []struct{ n, k, d, m int }{{1, 1, 1, 1}, {40, 5, 3, 60}, {300, 12, 4, 20}, {500, 40, 8, 7}, {540, 9, 3, 30}, {390, 5, 3, 9}} {
		l, x := lists(rng, c.n, c.k), coarse(rng, c.n, c.d)
		for i := range op.Data[float32](x) {
			op.Data[float32](x)[i] /= 64 // rows shorter than 1
		}
		for _, weight := range []float64{0, 1.0 / 1024} {
			sameRows(t, op.SharedNeighbors{Partners: c.m, Weight: weight}, 0, l, x)
			for _, least := range []float32{-2, 0.1, 3} {
				sameRows(t, op.SharedNeighbors{Partners: c.m, Weight: weight}, 0, l, x, op.From([]float32{least}, 1))
			}
		}
		sameRows(t, op.SharedScore{Weight: 1e-3}, 1e-6, l, x, lists(rng, c.n, c.m))
	}
}

// TestRowsIndices: an index outside of its table is an error, not a read of other memory.
func TestRowsIndices(t *testing.T) {
	x, one := op.NewTensor(op.Of(op.F32, 3, 2)), op.From([]int32{0, 3, 0}, 3, 1)
	for _, c := range []struct {
		spec op.Spec
		in   []op.Tensor
		want string
	}{
		{op.Similarity{}, []op.Tensor{x, x, one}, "cpu: similarity: index 1 is 3, want -1 or more and less than 3"},
		{op.GatherSum{}, []op.Tensor{x, one}, "cpu: gather_sum: index 1 is 3, want -1 or more and less than 3"},
		{op.ScatterAdd{Rows: 3}, []op.Tensor{x, op.From([]int32{0, 1, -1}, 3)}, "cpu: scatter_add: index 2 is -1, want 0 or more and less than 3"},
		{op.SharedNeighbors{Partners: 1}, []op.Tensor{one, x}, "cpu: shared_neighbors: index 1 is 3, want -1 or more and less than 3"},
		{op.SharedScore{}, []op.Tensor{op.From([]int32{1, 2, 0}, 3, 1), x, one}, "cpu: shared_score: index 1 is 3, want -1 or more and less than 3"},
	} {
		for _, o := range []cpu.Options{{}, {Reference: true}} {
			g := op.NewGraph()
			sig := model.Signature{}
			for i, v := range c.in {
				sig.Inputs = append(sig.Inputs, op.Input(g, fmt.Sprint("in", i), v.Type))
			}
			sig.Metrics = []*op.Node{op.Apply(c.spec, sig.Inputs...)}
			_, err := compile(t, o, sig).Run(context.Background(), c.in...)
			if err == nil || err.Error() != c.want {
				t.Errorf("%v %v: %v, want %s", c.spec.Kind(), o.Reference, err, c.want)
			}
		}
	}
}
