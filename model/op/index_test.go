package op_test

import (
	"math"
	"slices"
	"testing"

	"vidcsl/model/op"
)

func TestIndexGrad(t *testing.T) {
	idx := op.From([]int32{4, 0, 4, 2}, 4)
	checkGrad(t, op.Gather{}, random(1, 5, 3), idx)
	checkGrad(t, op.Gather{}, random(1, 5), idx)
	checkGrad(t, op.ScatterAdd{Rows: 6}, random(1, 4, 3), idx)
}

// TestOneHot: labels that are none give rows of zeros.
func TestOneHot(t *testing.T) {
	got := compute(t, op.OneHot{Depth: 2}, op.From([]int32{1, -1, 2, 0}, 4))
	wantNear(t, "rows", got, op.From([]float32{0, 1, 0, 0, 0, 0, 1, 0}, 4, 2), 0)
}

// TestTopKOrder compares with a stable sort of the whole row, with many ties.
func TestTopKOrder(t *testing.T) {
	const n, m = 5, 200
	x := random(1, n, m)
	for i, v := range op.Data[float64](x) {
		op.Data[float64](x)[i] = math.Round(2 * v)
	}
	for _, k := range []int{1, 2, 50, m} {
		got := op.Data[int32](compute(t, op.TopK{K: k}, x))
		for i := range n {
			row := op.Data[float64](x)[i*m:][:m]
			order := op.Data[int32](compute(t, op.SortByKey{}, compute(t, op.Scale{Factor: -1}, op.From(row, m))))
			if !slices.Equal(got[i*k:][:k], order[:k]) {
				t.Errorf("top %d of row %d: %v, want %v", k, i, got[i*k:][:k], order[:k])
			}
		}
	}
}

// TestRing: a bank that is written again and again holds the latest rows, the oldest next to go.
func TestRing(t *testing.T) {
	bank, at := op.From([]int32{-1, -1, -1, -1, -1}, 5), op.From([]int32{0})
	for step := range int32(4) {
		rows := op.From([]int32{2 * step, 2*step + 1}, 2)
		bank, at = compute(t, op.RingWrite{}, bank, rows, at), compute(t, op.Advance{By: 2, Mod: 5}, at)
	}
	wantNear(t, "bank", bank, op.From([]int32{5, 6, 7, 3, 4}, 5), 0)
	wantNear(t, "at", at, op.From([]int32{3}), 0)
	wantNear(t, "a step back", compute(t, op.Advance{By: -7, Mod: 5}, at), op.From([]int32{1}), 0)
	wantNear(t, "a counter", compute(t, op.Advance{By: 1}, op.From([]int32{7}, 1)), op.From([]int32{8}, 1), 0)
	wantNear(t, "nothing", compute(t, op.RingWrite{}, bank, op.NewTensor(op.Of(op.I32, 0)), at), bank, 0)
}

// TestIndicesHaveNoGradient: what depends on indices only is refused, not silently 0.
func TestIndicesHaveNoGradient(t *testing.T) {
	g := op.NewGraph()
	x := op.Input(g, "x", op.Of(op.F32, 2, 3))
	loss := op.Apply(op.Sum{}, op.Apply(op.OneHot{Depth: 3}, op.Apply(op.ArgMax{}, x)))
	if grads, err := op.Grad(loss, x); err == nil {
		t.Errorf("gradients %v", grads)
	}
}

func TestIndexMisfits(t *testing.T) {
	x, idx, v := op.Of(op.F32, 4, 3), op.Of(op.I32, 2), op.Of(op.F32, 2)
	wantError(t, op.Gather{}, "op: gather(in0 f32[4 3], in1 f32[2]): input 1 is f32[2], want a vector of i32", x, v)
	wantError(t, op.Gather{}, "op: gather(in0 f32[], in1 i32[2]): input 0 is f32[], want at least 1 dimensions", op.Of(op.F32), idx)
	wantError(t, op.ScatterAdd{Rows: 3}, "op: scatter_add(in0 f32[4 3], in1 i32[2]): input 1 is i32[2], want i32[4]", x, idx)
	wantError(t, op.ScatterAdd{Rows: -1}, "op: scatter_add(in0 f32[2], in1 i32[2]): -1 rows, want at least 0", v, idx)
	wantError(t, op.OneHot{Depth: -1}, "op: one_hot(in0 i32[2]): depth -1 of f32, want at least 0 of floating-point numbers", idx)
	wantError(t, op.OneHot{Depth: 2, DType: op.U8}, "op: one_hot(in0 i32[2]): depth 2 of u8, want at least 0 of floating-point numbers", idx)
	wantError(t, op.Equal{}, "op: equal(in0 i32[2], in1 f32[2]): input 1 is f32[2], want a vector of i32", idx, v)
	wantError(t, op.ArgMax{}, "op: arg_max(in0 f32[2]): input 0 is f32[2], want 2 dimensions", v)
	wantError(t, op.ArgMax{}, "op: arg_max(in0 f32[2 0]): input 0 is f32[2 0], want at least 1 number in a row", op.Of(op.F32, 2, 0))
	wantError(t, op.TopK{K: 4}, "op: top_k(in0 f32[4 3]): the top 4, want 1 to 3, which are in a row of input 0", x)
	wantError(t, op.TopK{}, "op: top_k(in0 f32[4 3]): the top 0, want 1 to 3, which are in a row of input 0", x)
	wantError(t, op.SortByKey{}, "op: sort_by_key(in0 f32[4 3]): input 0 is f32[4 3], want 1 dimensions", x)
	wantError(t, op.RingWrite{}, "op: ring_write(in0 f32[4 3], in1 f32[5 3], in2 i32[]): input 1 is f32[5 3], want at most 4 rows",
		x, op.Of(op.F32, 5, 3), op.Of(op.I32))
	wantError(t, op.RingWrite{}, "op: ring_write(in0 f32[4 3], in1 f32[2], in2 i32[]): input 1 is f32[2], want rows of f32[4 3]",
		x, v, op.Of(op.I32))
	wantError(t, op.RingWrite{}, "op: ring_write(in0 f32[4 3], in1 f32[4 3], in2 i32[2]): input 2 is i32[2], want one i32", x, x, idx)
	wantError(t, op.Advance{}, "op: advance(in0 f32[2]): input 0 is f32[2], want one i32", v)
	wantError(t, op.Advance{Mod: -1}, "op: advance(in0 i32[2]): modulo -1, want at least 0", idx)

	three := op.From([]float32{1, 2, 3}, 3)
	wantRunError(t, op.Gather{}, "op: gather: index 1 is 3, want 0 or more and less than 3", three, op.From([]int32{0, 3}, 2))
	wantRunError(t, op.ScatterAdd{Rows: 2}, "op: scatter_add: index 0 is -1, want 0 or more and less than 2", three,
		op.From([]int32{-1, 0, 0}, 3))
}
