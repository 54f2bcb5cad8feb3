package op_test

import (
	"testing"

	"vidcsl/model/op"
)

func TestMatMulGradients(t *testing.T) {
	checkGrad(t, op.MatMul{}, random(1, 3, 5), random(2, 5, 7))
	checkGrad(t, op.MatMul{TransA: true}, random(1, 5, 3), random(2, 5, 7))
	checkGrad(t, op.MatMul{TransB: true}, random(1, 3, 5), random(2, 7, 5))
	checkGrad(t, op.MatMul{TransA: true, TransB: true}, random(1, 5, 3), random(2, 7, 5))
	// a matrix by its own transpose: both gradients meet
	checkGradOf(t, func(in []*op.Node) *op.Node { return op.Apply(op.MatMul{TransB: true}, in[0], in[0]) }, []int{0}, random(1, 4, 6))
}

func TestMatMulErrors(t *testing.T) {
	f := func(shape ...int) op.Type { return op.Of(op.F32, shape...) }
	wantError(t, op.MatMul{}, "op: matmul(in0 f32[3 5], in1 f32[7 5]): input 0 is f32[3 5] and input 1 is f32[7 5]: "+
		"the first has 5 columns, the second 7 rows", f(3, 5), f(7, 5))
	wantError(t, op.MatMul{TransA: true, TransB: true}, "op: matmul(in0 f32[3 5], in1 f32[7 5]): input 0 is f32[3 5] transposed "+
		"and input 1 is f32[7 5] transposed: the first has 3 columns, the second 5 rows", f(3, 5), f(7, 5))
	wantError(t, op.MatMul{}, "op: matmul(in0 f32[3 5 1], in1 f32[5 7]): input 0 is f32[3 5 1], want 2 dimensions", f(3, 5, 1), f(5, 7))
}
