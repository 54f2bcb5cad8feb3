package op_test

import (
	"testing"

	"vidcsl/model/op"
)

func TestDLR(t *testing.T) {
	z := op.From([]float64{1, 4, 2, 7, 3, 5, 1, 9, 2, 0, 1, 2, 3, 4, 8}, 3, 5)
	labels, targets := op.From([]int32{3, 0, -1}, 3), op.From([]int32{0, 2, -1}, 3)
	// sorted: 7 4 3 2 1; 9 5 2 1 0
	wantNear(t, "dlr", compute(t, op.DLR{}, z, labels), op.From([]float64{-(7 - 4) / 4.0, -(5 - 9) / 7.0, 0}, 3), 1e-12)
	wantNear(t, "targeted dlr", compute(t, op.DLRTargeted{}, z, labels, targets),
		op.From([]float64{-(7 - 1) / 4.5, -(5 - 9) / 7.5, 0}, 3), 1e-12)
	equal := op.From([]float64{2, 2, 2, 2}, 1, 4)
	wantNear(t, "dlr of equals", compute(t, op.DLR{}, equal, op.From([]int32{1}, 1)), op.From([]float64{0}, 1), 0)
}

func TestDLRGrad(t *testing.T) {
	x, labels := random(3, 4, 6), op.From([]int32{0, 5, -1, 2}, 4)
	checkGrad(t, op.DLR{}, x, labels)
	checkGrad(t, op.DLRTargeted{}, x, labels, op.From([]int32{1, 2, -1, 4}, 4))
	best := op.From([]float64{5, 1, 3, 2}, 1, 4) // label and target among the sorted terms of the denominator
	checkGrad(t, op.DLR{}, best, op.From([]int32{0}, 1))
	checkGrad(t, op.DLRTargeted{}, best, op.From([]int32{0}, 1), op.From([]int32{1}, 1))
	checkGrad(t, op.DLRTargeted{}, best, op.From([]int32{2}, 1), op.From([]int32{3}, 1))
}

func TestDLRErrors(t *testing.T) {
	x, labels := op.Of(op.F32, 2, 3), op.Of(op.I32, 2)
	wantError(t, op.DLR{}, "op: dlr(in0 f32[2 2], in1 i32[2]): input 0 is f32[2 2], want at least 3 logits in a row", op.Of(op.F32, 2, 2), labels)
	wantError(t, op.DLR{}, "op: dlr(in0 f32[2 3], in1 i32[3]): input 1 is i32[3], want i32[2]", x, op.Of(op.I32, 3))
	wantError(t, op.DLRTargeted{}, "op: dlr_targeted(in0 f32[2 3], in1 i32[2], in2 i32[2]): input 0 is f32[2 3], want at least 4 logits in a row",
		x, labels, labels)
	wantError(t, op.DLRGrad{}, "op: dlr_grad(in0 f32[2 3], in1 i32[2], in2 f32[3]): input 2 is f32[3], want f32[2]", x, labels, op.Of(op.F32, 3))
	wantRunError(t, op.DLR{}, "op: dlr: label 1 is 3, want less than 3", op.NewTensor(x), op.From([]int32{0, 3}, 2))
	wantRunError(t, op.DLRTargeted{}, "op: dlr_targeted: target 0 is -2, want at least 0", op.NewTensor(op.Of(op.F32, 2, 4)),
		op.From([]int32{0, 1}, 2), op.From([]int32{-2, 0}, 2))
}
