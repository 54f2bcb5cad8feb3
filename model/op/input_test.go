package op_test

import (
	"testing"

	"vidcsl/model/op"
)

func TestNormalizeMisfits(t *testing.T) {
	s := op.Normalize{Std: [3]float64{1, 1, 1}}
	wantError(t, s, "op: normalize(in0 f32[1 2 3 4 3]): input 0 is f32[1 2 3 4 3], want u8[N T H W 3]", op.Of(op.F32, 1, 2, 3, 4, 3))
	wantError(t, s, "op: normalize(in0 u8[1 3 2 3 4]): input 0 is u8[1 3 2 3 4], want u8[N T H W 3]", op.Of(op.U8, 1, 3, 2, 3, 4))
	s.DType = op.I32
	wantError(t, s, "op: normalize(in0 u8[1 2 3 4 3]): a result of i32, want floating-point numbers", op.Of(op.U8, 1, 2, 3, 4, 3))
	s.Std[2] = 0
	wantError(t, s, "op: normalize(in0 u8[1 2 3 4 3]): std is 0, want more than 0", op.Of(op.U8, 1, 2, 3, 4, 3))
}

func TestNormalizeOfNothing(t *testing.T) {
	s := op.Normalize{Std: [3]float64{1, 1, 1}}
	wantNear(t, "no clips", compute(t, s, op.NewTensor(op.Of(op.U8, 0, 2, 3, 4, 3))), op.NewTensor(op.Of(op.F32, 0, 3, 2, 3, 4)), 0)
}
