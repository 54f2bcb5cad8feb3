package op_test

import (
	"testing"

	"vidcsl/model/op"
)

func TestBiasGradients(t *testing.T) {
	checkGrad(t, op.AddBias{}, random(1, 2, 3, 2, 2, 3), random(2, 3))
	checkGrad(t, op.AddBias{}, random(1, 4, 3), random(2, 3))
}

func TestSumChannels(t *testing.T) {
	got := compute(t, op.SumChannels{}, op.From([]float32{1, 2, 3, 4, 10, 20, 30, 40}, 2, 2, 2))
	wantClose(t, "sums", got, op.From([]float32{33, 77}, 2), 0)
	// sums of many are not lost in float32
	many := op.NewTensor(op.Of(op.F32, 2, 1, 3, 1000, 1000))
	for i := range op.Data[float32](many) {
		op.Data[float32](many)[i] = 0.1
	}
	wantClose(t, "sum of many", compute(t, op.SumChannels{}, many), op.From([]float32{6e5}, 1), 1e-7)
}

func TestBiasErrors(t *testing.T) {
	wantError(t, op.AddBias{}, "op: add_bias(in0 f32[2 3 4], in1 f32[4]): input 1 is f32[4], want f32[3]",
		op.Of(op.F32, 2, 3, 4), op.Of(op.F32, 4))
	wantError(t, op.AddBias{}, "op: add_bias(in0 f32[2 3 4], in1 f32[3 1]): input 1 is f32[3 1], want a vector of f32",
		op.Of(op.F32, 2, 3, 4), op.Of(op.F32, 3, 1))
	wantError(t, op.SumChannels{}, "op: sum_channels(in0 f32[3]): input 0 is f32[3], want at least 2 dimensions", op.Of(op.F32, 3))
}
