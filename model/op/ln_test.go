package op_test

import (
	"testing"

	"vidcsl/model/op"
)

func TestLayerNormGradients(t *testing.T) {
	for _, shape := range [][]int{{3, 5}, {2, 3, 4}, {6}} {
		c := shape[len(shape)-1]
		checkGrad(t, op.LayerNorm{Eps: 1e-5}, random(1, shape...), random(2, c), random(3, c))
	}
}

func TestLayerNormErrors(t *testing.T) {
	f := func(shape ...int) op.Type { return op.Of(op.F32, shape...) }
	wantError(t, op.LayerNorm{Eps: 1}, "op: layer_norm(in0 f32[2 4], in1 f32[4], in2 f32[2]): input 2 is f32[2], want f32[4]",
		f(2, 4), f(4), f(2))
	wantError(t, op.LayerNorm{Eps: 1}, "op: layer_norm(in0 f32[], in1 f32[4], in2 f32[4]): input 0 is f32[], want at least 1 dimensions",
		f(), f(4), f(4))
	wantError(t, op.LayerNormParam{Eps: 1, Row: 2}, "op: layer_norm_param(in0 f32[2 4], in1 f32[2 4]): row 2, want 0 or 1", f(2, 4), f(2, 4))
}
