package op_test

import (
	"math"
	"testing"

	"vidcsl/model/op"
)

func TestActivationGradients(t *testing.T) {
	checkGrad(t, op.ReLU{}, random(1, 2, 3, 4))
	checkGrad(t, op.ReLUGrad{}, random(1, 2, 3, 4), random(2, 2, 3, 4))
	checkGrad(t, op.GELU{}, random(1, 2, 3, 4))
}

// TestReLUEdges pins what engines have to agree on: NaN goes through, the gradient at 0 is 0.
func TestReLUEdges(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	x := op.From([]float64{nan, -inf, inf, 0, math.Copysign(0, -1), -3, 3}, 7)
	y := op.Data[float64](compute(t, op.ReLU{}, x))
	want := []float64{nan, 0, inf, 0, 0, 0, 3}
	for i := range want {
		if y[i] != want[i] && !(math.IsNaN(y[i]) && math.IsNaN(want[i])) || math.Signbit(y[i]) {
			t.Errorf("relu(%v) = %v, want %v", at(x, i), y[i], want[i])
		}
	}
	gx := compute(t, op.ReLUGrad{}, op.From([]float64{0, 1, -1, inf}, 4), op.From([]float64{5, 6, 7, 8}, 4))
	wantClose(t, "gradient", gx, op.From([]float64{0, 6, 0, 8}, 4), 0)
}

func TestGELUTails(t *testing.T) {
	x := op.From([]float64{-10, 10, -40, 40}, 4)
	wantClose(t, "far out", compute(t, op.GELU{}, x), op.From([]float64{-7.61985302416e-23, 10, 0, 40}, 4), 1e-12)
	tiny := op.Data[float64](compute(t, op.GELU{}, x))[0]
	if math.Abs(tiny/-7.61985302416e-23-1) > 1e-9 {
		t.Errorf("gelu(-10) = %v", tiny)
	}
}

func TestActivationErrors(t *testing.T) {
	wantError(t, op.ReLU{}, "op: relu(in0 i32[3]): input 0 is i32[3], want floating-point numbers", op.Of(op.I32, 3))
	wantError(t, op.GELUGrad{}, "op: gelu_grad(in0 f32[3], in1 f32[4]): input 1 is f32[4], want f32[3] as input 0",
		op.Of(op.F32, 3), op.Of(op.F32, 4))
}
