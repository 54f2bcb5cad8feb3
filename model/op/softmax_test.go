package op_test

import (
	"math"
	"testing"

	"vidcsl/model/op"
)

func TestSoftmaxGrad(t *testing.T) {
	x, m := random(1, 3, 4), mask([]uint8{1, 0, 1, 1, 0, 2, 1, 0, 0, 0, 0, 0}, 3, 4)
	checkGrad(t, op.LogSumExp{}, x)
	checkGrad(t, op.LogSumExp{}, random(1, 2, 3, 4))
	checkGrad(t, op.LogSoftmax{}, x)
	checkGrad(t, op.Softmax{}, x)
	checkGrad(t, op.CrossEntropy{}, x, op.From([]int32{3, -1, 0}, 3))
	// the last row, all masked, has no difference: its sum is infinite
	some, of := op.Slice{From: 0, To: 2}, op.MaskedLogSumExp{}
	checkGradOf(t, func(n []*op.Node) *op.Node { return op.Apply(some, op.Apply(of, n...)) }, []int{0}, x, m)
}

// TestSoftmaxOfNothing: rows that are all masked or all -Inf give -Inf, zeros and no gradient; NaN appears nowhere.
func TestSoftmaxOfNothing(t *testing.T) {
	inf := math.Inf(-1)
	x, none := op.From([]float64{inf, inf, 1, 2}, 2, 2), mask([]uint8{1, 1, 0, 0}, 2, 2)
	labels := op.From([]int32{1, 1}, 2)
	nothing, zero := op.From([]float64{inf, inf}, 2), op.NewTensor(op.Of(op.F64, 2, 2))
	wantNear(t, "masked", compute(t, op.MaskedLogSumExp{}, x, none), nothing, 0)
	wantNear(t, "softmax", compute(t, op.Softmax{}, op.From([]float64{inf, inf}, 2)), op.From([]float64{0, 0}, 2), 0)
	wantNear(t, "log softmax", compute(t, op.LogSoftmax{}, nothing), nothing, 0)

	// the gradients that arrive may be infinite
	g := op.From([]float64{math.Inf(1), 1}, 2)
	for _, c := range []struct {
		of op.Spec
		in []op.Tensor
	}{
		{op.MaskedLogSumExp{}, []op.Tensor{x, none}}, {op.CrossEntropy{}, []op.Tensor{op.From([]float64{inf, inf, inf, inf}, 2, 2), labels}},
		{op.LogSumExp{}, []op.Tensor{op.From([]float64{inf, inf, inf, inf}, 2, 2)}},
	} {
		got, err := gradients(func(n []*op.Node) *op.Node { return op.Apply(c.of, n...) }, g, []int{0}, c.in...)
		if err != nil {
			t.Fatal(err)
		}
		wantNear(t, c.of.Kind(), got[0], zero, 0)
	}
	gy := op.From([]float64{3, 4, 5, 6}, 2, 2)
	wantNear(t, "log softmax", compute(t, op.LogSoftmaxGrad{}, op.From([]float64{inf, inf, inf, 0}, 2, 2), gy),
		op.From([]float64{0, 0, 5, 6 - 11}, 2, 2), 0)
	wantNear(t, "softmax", compute(t, op.SoftmaxGrad{}, zero, gy), zero, 0)

	losses := op.From([]float64{math.Inf(1), math.Log(1 + math.Exp(-1))}, 2)
	wantNear(t, "cross entropy", compute(t, op.CrossEntropy{}, x, labels), losses, 1e-15)
}

// TestSoftmaxKeepsNaN: a number that is none is not hidden by the greatest or by -Inf.
func TestSoftmaxKeepsNaN(t *testing.T) {
	n, inf := math.NaN(), math.Inf(1)
	for _, row := range [][]float64{{n, 1}, {1, n}, {n, -inf}, {-inf, n}, {inf, n}} {
		if got := at(compute(t, op.LogSumExp{}, op.From(row, 2)), 0); !math.IsNaN(got) {
			t.Errorf("%v: %v", row, got)
		}
	}
	got := compute(t, op.LogSumExp{}, op.From([]float64{inf, -inf, 3}, 3))
	wantNear(t, "infinity", got, op.From([]float64{inf}), 0)
}

func TestCrossEntropyMisfits(t *testing.T) {
	x, labels := op.Of(op.F32, 2, 3), op.Of(op.I32, 2)
	wantError(t, op.CrossEntropy{}, "op: cross_entropy(in0 f32[2 3], in1 i32[3]): input 1 is i32[3], want i32[2]", x, op.Of(op.I32, 3))
	wantError(t, op.CrossEntropy{}, "op: cross_entropy(in0 f32[2 3], in1 f32[2]): input 1 is f32[2], want a vector of i32", x, op.Of(op.F32, 2))
	wantError(t, op.CrossEntropy{}, "op: cross_entropy(in0 f32[2], in1 i32[2]): input 0 is f32[2], want 2 dimensions",
		op.Of(op.F32, 2), labels)
	wantError(t, op.CrossEntropy{}, "op: cross_entropy(in0 f32[2 3 1], in1 i32[2]): input 0 is f32[2 3 1], want 2 dimensions",
		op.Of(op.F32, 2, 3, 1), labels)
	wantError(t, op.CrossEntropyGrad{}, "op: cross_entropy_grad(in0 f32[2 3], in1 i32[2], in2 f32[3]): input 2 is f32[3], want f32[2]",
		x, labels, op.Of(op.F32, 3))
	wantRunError(t, op.CrossEntropy{}, "op: cross_entropy: label 1 is 3, want less than 3",
		op.NewTensor(x), op.From([]int32{2, 3}, 2))
}

func TestSoftmaxMisfits(t *testing.T) {
	x, scalar := op.Of(op.F32, 2, 3), op.Of(op.F32)
	for _, s := range []op.Spec{op.LogSumExp{}, op.LogSoftmax{}, op.Softmax{}, op.L2Normalize{}} {
		wantError(t, s, "op: "+s.Kind()+"(in0 f32[]): input 0 is f32[], want at least 1 dimensions", scalar)
		wantError(t, s, "op: "+s.Kind()+"(in0 u8[2]): input 0 is u8[2], want floating-point numbers", op.Of(op.U8, 2))
		wantError(t, s, "op: "+s.Kind()+"(in0 f32[2 3], in1 f32[2 3]): 2 inputs, want 1", x, x)
	}
	for _, s := range []op.Spec{op.LogSoftmaxGrad{}, op.SoftmaxGrad{}, op.L2NormalizeGrad{Eps: 1}} {
		wantError(t, s, "op: "+s.Kind()+"(in0 f32[2 3], in1 f32[]): input 1 is f32[], want f32[2 3] as input 0", x, scalar)
	}
	wantError(t, op.MaskedLogSumExp{}, "op: masked_log_sum_exp(in0 f32[2 3], in1 f32[2 3]): input 1 is f32[2 3], want u8[2 3]", x, x)
	wantError(t, op.LogSumExpGrad{}, "op: log_sum_exp_grad(in0 f32[2 3], in1 f32[2], in2 f32[2 3]): input 2 is f32[2 3], want f32[2]",
		x, op.Of(op.F32, 2), x)
	wantError(t, op.MaskedLogSumExpGrad{}, "op: masked_log_sum_exp_grad(in0 f32[2 3], in1 u8[2], in2 f32[2], in3 f32[2]): "+
		"input 1 is u8[2], want u8[2 3]", x, op.Of(op.U8, 2), op.Of(op.F32, 2), op.Of(op.F32, 2))
}
