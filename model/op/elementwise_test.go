package op_test

import (
	"testing"

	"vidcsl/model/op"
)

func TestElementwiseGrad(t *testing.T) {
	x, y, m := random(1, 3, 4), positive(2, 3, 4), mask([]uint8{1, 0, 1, 1, 0, 2, 1, 0, 0, 255, 1, 1}, 3, 4)
	checkGrad(t, op.Sub{}, x, y)
	checkGrad(t, op.Mul{}, x, y)
	checkGrad(t, op.Div{}, x, y)
	checkGrad(t, op.MulScalar{}, x, random(3))
	checkGrad(t, op.MulScalar{}, random(4), random(3))
	checkGrad(t, op.Mask{Fill: -3}, x, m)
	checkGrad(t, op.Scale{Factor: -2}, x)
	checkGrad(t, op.Shift{By: 2}, x)
	checkGrad(t, op.Sqrt{}, y)
	checkGrad(t, op.Exp{}, x)
	checkGrad(t, op.Log{}, y)
	checkGrad(t, op.Square{}, x)
}

// TestElementwiseSameInput: one value as both operands gets both gradients.
func TestElementwiseSameInput(t *testing.T) {
	x := positive(1, 2, 3)
	for _, s := range []op.Spec{op.Add{}, op.Sub{}, op.Mul{}, op.Div{}} {
		checkGradOf(t, func(n []*op.Node) *op.Node { return op.Apply(s, n[0], op.Apply(op.Mul{}, n[0], n[0])) }, []int{0}, x)
	}
	checkGradOf(t, func(n []*op.Node) *op.Node { return op.Apply(op.Mul{}, n[0], n[0]) }, []int{0}, x)
}

func TestElementwiseMisfits(t *testing.T) {
	x, y, i := op.Of(op.F32, 2), op.Of(op.F32, 3), op.Of(op.I32, 2)
	wantError(t, op.Sub{}, "op: sub(in0 f32[2], in1 f32[3]): input 1 is f32[3], want f32[2] as input 0", x, y)
	wantError(t, op.Mul{}, "op: mul(in0 f32[2]): 1 inputs, want 2", x)
	wantError(t, op.Div{}, "op: div(in0 i32[2], in1 i32[2]): input 0 is i32[2], want floating-point numbers", i, i)
	wantError(t, op.MulScalar{}, "op: mul_scalar(in0 f32[2], in1 f32[2]): input 1 is f32[2], want f32[]", x, x)
	wantError(t, op.MulScalar{}, "op: mul_scalar(in0 i32[2], in1 i32[2]): input 0 is i32[2], want floating-point numbers", i, i)
	wantError(t, op.MulScalar{}, "op: mul_scalar(in0 f32[2]): 1 inputs, want 2", x)
	wantError(t, op.Mask{}, "op: mask(in0 f32[2], in1 u8[3]): input 1 is u8[3], want u8[2]", x, op.Of(op.U8, 3))
	wantError(t, op.Mask{}, "op: mask(in0 i32[2], in1 u8[2]): input 0 is i32[2], want floating-point numbers", i, op.Of(op.U8, 2))
	for _, s := range []op.Spec{op.Scale{}, op.Shift{}, op.Sqrt{}, op.Exp{}, op.Log{}, op.Square{}, op.RoundBF16{}} {
		wantError(t, s, "op: "+s.Kind()+"(in0 i32[2]): input 0 is i32[2], want floating-point numbers", i)
	}
}
