package op_test

import (
	"math"
	"testing"

	"vidcsl/model/op"
)

func TestL2NormalizeGrad(t *testing.T) {
	x := random(1, 3, 4)
	checkGrad(t, op.L2Normalize{Eps: 1e-12}, x)
	checkGrad(t, op.L2Normalize{Eps: 100}, x)
	checkGrad(t, op.L2Normalize{Eps: 1e-12}, random(2, 2, 3, 5))
}

// TestL2NormalizeOfNothing: a row of zeros stays, without NaN; a row whose squares are not numbers of F32 is normalised.
func TestL2NormalizeOfNothing(t *testing.T) {
	x := op.From([]float32{0, 0, 3e30, 4e30}, 2, 2)
	s := op.L2Normalize{Eps: 1e-12}
	wantNear(t, "rows", compute(t, s, x), op.From([]float32{0, 0, 0.6, 0.8}, 2, 2), 1e-6)
	gy := op.From([]float32{1, 2, 0.6, 0.8}, 2, 2)
	wantNear(t, "gradient", compute(t, op.L2NormalizeGrad(s), x, gy), op.From([]float32{1e12, 2e12, 0, 0}, 2, 2), 1e-6)
	n := float32(math.NaN())
	wantNear(t, "NaN", compute(t, s, op.From([]float32{n, 1}, 2)), op.From([]float32{n, n}, 2), 0)
}

func TestL2NormalizeMisfits(t *testing.T) {
	wantError(t, op.L2Normalize{}, "op: l2_normalize(in0 f32[2]): eps is 0, want more than 0", op.Of(op.F32, 2))
	wantError(t, op.L2NormalizeGrad{}, "op: l2_normalize_grad(in0 f32[2], in1 f32[2]): eps is 0, want more than 0",
		op.Of(op.F32, 2), op.Of(op.F32, 2))
}
