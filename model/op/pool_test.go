package op_test

import (
	"math"
	"testing"

	"vidcsl/model/op"
)

func TestPoolGradients(t *testing.T) {
	x := random(1, 2, 2, 4, 5, 6)
	for _, p := range []op.MaxPool3D{
		{Kernel: [3]int{1, 3, 3}, Stride: [3]int{1, 2, 2}, Pad: [3]int{0, 1, 1}},
		{Kernel: [3]int{2, 2, 2}, Stride: [3]int{2, 2, 2}},
		{Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1}, Pad: [3]int{1, 1, 1}},
	} {
		checkGrad(t, p, x)
		for _, count := range []bool{false, true} {
			avg := op.AvgPool3D{Kernel: p.Kernel, Stride: p.Stride, Pad: p.Pad, CountPad: count}
			checkGrad(t, avg, x)
			checkGrad(t, op.AvgPool3DGrad{Pool: avg, Shape: [5]int(x.Shape)}, random(2, compute(t, avg, x).Shape...))
		}
	}
	checkGrad(t, op.GlobalAvgPool{}, x)
	checkGrad(t, op.GlobalAvgPoolGrad{Shape: [5]int(x.Shape)}, random(2, 2, 2))
}

// TestMaxPoolEdges pins what engines have to agree on: the first of equals gets the gradient, padding never wins, NaN does.
func TestMaxPoolEdges(t *testing.T) {
	pool := op.MaxPool3D{Kernel: [3]int{1, 1, 3}, Stride: [3]int{1, 1, 2}, Pad: [3]int{0, 0, 1}}
	x := op.From([]float64{-2, -2, -1, -1, -1, -3}, 1, 1, 1, 1, 6)
	wantClose(t, "ties", compute(t, pool, x), op.From([]float64{-2, -1, -1}, 1, 1, 1, 1, 3), 0)
	gx := compute(t, op.MaxPool3DGrad{Pool: pool}, x, op.From([]float64{1, 10, 100}, 1, 1, 1, 1, 3))
	wantClose(t, "gradient at ties", gx, op.From([]float64{1, 0, 10, 100, 0, 0}, 1, 1, 1, 1, 6), 0)

	x = op.From([]float64{1, math.NaN(), 5, 2, 3, math.Inf(-1)}, 1, 1, 1, 1, 6)
	y := op.Data[float64](compute(t, pool, x))
	if !math.IsNaN(y[0]) || !math.IsNaN(y[1]) || y[2] != 3 {
		t.Errorf("maxima with a NaN are %v, want NaN NaN 3", y)
	}
}

func TestPoolErrors(t *testing.T) {
	x := op.Of(op.F32, 1, 2, 3, 8, 8)
	ones := [3]int{1, 1, 1}
	wantError(t, op.MaxPool3D{Kernel: [3]int{3, 3, 3}, Stride: ones, Pad: [3]int{0, 0, 2}},
		"op: max_pool3d(in0 f32[1 2 3 8 8]): padding [0 0 2], want at most half of the kernel, [3 3 3]", x)
	wantError(t, op.AvgPool3D{Kernel: [3]int{4, 2, 2}, Stride: ones},
		"op: avg_pool3d(in0 f32[1 2 3 8 8]): input 0 is f32[1 2 3 8 8], too small for a kernel of [4 2 2] "+
			"with padding [0 0 0] and dilation [1 1 1]", x)
	wantError(t, op.AvgPool3D{Kernel: ones}, "op: avg_pool3d(in0 f32[1 2 3 8 8]): kernel [1 1 1], stride [0 0 0], padding [0 0 0], "+
		"dilation [1 1 1]: want at least 1, 1, 0 and 1", x)
	wantError(t, op.MaxPool3DGrad{Pool: op.MaxPool3D{Kernel: [3]int{1, 2, 2}, Stride: [3]int{1, 2, 2}}},
		"op: max_pool3d_grad(in0 f32[1 2 3 8 8], in1 f32[1 2 3 8 8]): input 1 is f32[1 2 3 8 8], want f32[1 2 3 4 4]", x, x)
	wantError(t, op.GlobalAvgPool{}, "op: global_avg_pool(in0 f32[2 3]): input 0 is f32[2 3], want 5 dimensions", op.Of(op.F32, 2, 3))
	wantError(t, op.GlobalAvgPoolGrad{Shape: [5]int{2, 3, 1, 4, 4}},
		"op: global_avg_pool_grad(in0 f32[2 4]): input 0 is f32[2 4], want f32[2 3]", op.Of(op.F32, 2, 4))
}
