package op_test

import (
	"testing"

	"vidcsl/model/op"
)

func TestShapeGrad(t *testing.T) {
	x := random(1, 2, 3, 4)
	checkGrad(t, op.Reshape{Shape: op.DimsOf(3, 8)}, x)
	checkGrad(t, op.Reshape{Shape: op.DimsOf()}, random(1, 1, 1))
	checkGrad(t, op.Transpose{Perm: op.DimsOf(2, 0, 1)}, x)
	checkGrad(t, op.Transpose{Perm: op.DimsOf(1, 2, 0)}, x)
	checkGrad(t, op.Concat{Axis: 1}, x, random(2, 2, 1, 4), random(3, 2, 2, 4))
	checkGrad(t, op.Concat{}, x)
	checkGrad(t, op.Slice{Axis: 2, From: 1, To: 3}, x)
	checkGrad(t, op.SliceGrad{Axis: 1, From: 2, To: 5, Len: 7}, x)
	checkGrad(t, op.Sum{}, x)
	checkGrad(t, op.Fill{Shape: op.DimsOf(2, 3)}, random(1))
	checkGrad(t, op.SumAxis{Axis: 1}, x)
	checkGrad(t, op.SumAxis{}, random(1, 5))
	checkGrad(t, op.Expand{Axis: 1, N: 3}, x)
	checkGrad(t, op.Expand{Axis: 0, N: 3}, random(1))
	checkGradOf(t, func(n []*op.Node) *op.Node { return op.Mean(op.Apply(op.Square{}, n[0])) }, []int{0}, x)
}

func TestMean(t *testing.T) {
	out, err := run(func(n []*op.Node) []*op.Node { return []*op.Node{op.Mean(n[0])} }, op.From([]float32{1, 2, 6}, 3))
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "mean", out[0], op.From([]float32{3}), 1e-6)
}

// TestShapeOfWholeNumbers: what moves elements takes any type.
func TestShapeOfWholeNumbers(t *testing.T) {
	i, u := op.From([]int32{1, 2, 3, 4, 5, 6}, 2, 3), op.From([]uint8{1, 2, 3, 4, 5, 6}, 2, 3)
	turn := op.Transpose{Perm: op.DimsOf(1, 0)}
	wantNear(t, "i32", compute(t, turn, i), op.From([]int32{1, 4, 2, 5, 3, 6}, 3, 2), 0)
	wantNear(t, "u8", compute(t, turn, u), op.From([]uint8{1, 4, 2, 5, 3, 6}, 3, 2), 0)
	wantNear(t, "i32", compute(t, op.Slice{Axis: 1, From: 2, To: 3}, i), op.From([]int32{3, 6}, 2, 1), 0)
	wantNear(t, "u8", compute(t, op.Concat{Axis: 1}, u, u), op.From([]uint8{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}, 2, 6), 0)
	wantNear(t, "u8", compute(t, op.Reshape{Shape: op.DimsOf(6)}, u), op.From([]uint8{1, 2, 3, 4, 5, 6}, 6), 0)
	wantNear(t, "none", compute(t, op.Slice{}, i), op.NewTensor(op.Of(op.I32, 0, 3)), 0)
}

func TestDims(t *testing.T) {
	d := op.DimsOf(2, 0, 1)
	if got := d.List(); len(got) != 3 || got[0] != 2 || d.String() != "[2 0 1]" || op.DimsOf(2, 0) == d || op.DimsOf(2, 0, 1) != d {
		t.Errorf("%v %v", got, d)
	}
	if (&op.Op{Spec: op.Fill{Shape: op.DimsOf(2)}}).String() == (&op.Op{Spec: op.Fill{Shape: op.DimsOf(2, 0)}}).String() {
		t.Error("a dimension of 0 does not count")
	}
	defer func() {
		if p := recover(); p != "op: 9 dimensions, want at most 8" {
			t.Error(p)
		}
	}()
	op.DimsOf(1, 2, 3, 4, 5, 6, 7, 8, 9)
}

func TestShapeMisfits(t *testing.T) {
	x, i := op.Of(op.F32, 2, 3), op.Of(op.I32, 2, 3)
	wantError(t, op.Reshape{Shape: op.DimsOf(4, 2)}, "op: reshape(in0 f32[2 3]): input 0 is f32[2 3], want 8 elements for [4 2]", x)
	wantError(t, op.Reshape{Shape: op.DimsOf(-2, -3)}, "op: reshape(in0 f32[2 3]): shape [-2 -3], want no negative dimension", x)
	wantError(t, op.Transpose{Perm: op.DimsOf(0, 0)},
		"op: transpose(in0 f32[2 3]): input 0 is f32[2 3], want the axes of the permutation [0 0]", x)
	wantError(t, op.Transpose{}, "op: transpose(in0 f32[2 3]): input 0 is f32[2 3], want the axes of the permutation []", x)
	wantError(t, op.Transpose{Perm: op.DimsOf(0, 1, 2)},
		"op: transpose(in0 f32[2 3]): input 0 is f32[2 3], want the axes of the permutation [0 1 2]", x)
	wantError(t, op.Concat{Axis: 2}, "op: concat(in0 f32[2 3], in1 f32[2 3]): axis 2, want one of the 2 of input 0", x, x)
	wantError(t, op.Concat{}, "op: concat(in0 f32[2 3], in1 f32[2 4]): input 1 is f32[2 4], want f32[2 3] as input 0 but for axis 0",
		x, op.Of(op.F32, 2, 4))
	wantError(t, op.Concat{}, "op: concat(in0 f32[2 3], in1 i32[2 3]): input 1 is i32[2 3], want f32[2 3] as input 0 but for axis 0", x, i)
	wantError(t, op.Concat{}, "op: concat(): 0 inputs, want at least 1")
	wantError(t, op.Slice{Axis: 1, From: 2, To: 4}, "op: slice(in0 f32[2 3]): from 2 to 4 of axis 1, want a part of the 3 of input 0", x)
	wantError(t, op.Slice{Axis: 1, From: 2, To: 1}, "op: slice(in0 f32[2 3]): from 2 to 1 of axis 1, want a part of the 3 of input 0", x)
	wantError(t, op.Slice{Axis: -1}, "op: slice(in0 f32[2 3]): axis -1, want one of the 2 of input 0", x)
	wantError(t, op.SliceGrad{Axis: 1, From: 2, To: 4, Len: 5},
		"op: slice_grad(in0 f32[2 3]): input 0 is f32[2 3], want what lies from 2 to 4 of 5 on axis 1", x)
	wantError(t, op.Sum{}, "op: sum(in0 i32[2 3]): input 0 is i32[2 3], want floating-point numbers", i)
	wantError(t, op.Fill{}, "op: fill(in0 f32[2 3]): input 0 is f32[2 3], want a floating-point scalar", x)
	wantError(t, op.Fill{Shape: op.DimsOf(-1)}, "op: fill(in0 f32[]): shape [-1], want no negative dimension", op.Of(op.F32))
	wantError(t, op.SumAxis{Axis: 2}, "op: sum_axis(in0 f32[2 3]): axis 2, want one of the 2 of input 0", x)
	wantError(t, op.Expand{Axis: 3}, "op: expand(in0 f32[2 3]): axis 3, want a place among the 2 of input 0", x)
	wantError(t, op.Expand{N: -1}, "op: expand(in0 f32[2 3]): -1 times, want at least 0", x)
}
