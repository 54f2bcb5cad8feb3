package op_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"vidcsl/model/op"
)

// conv returns an undilated convolution with as many steps and as much padding in every dimension.
func conv(stride, pad, groups int) op.Conv3D {
	return op.Conv3D{
		Stride: [3]int{stride, stride, stride}, Pad: [3]int{pad, pad, pad}, Dilation: [3]int{1, 1, 1}, Groups: groups,
	}
}

var convCases = []struct {
	conv op.Conv3D
	x, w []int
}{
	{conv(1, 1, 1), []int{2, 3, 2, 3, 4}, []int{2, 3, 3, 3, 3}},
	{conv(2, 1, 1), []int{1, 5, 3, 5, 4}, []int{6, 5, 3, 3, 3}},
	{conv(1, 1, 4), []int{2, 4, 2, 3, 3}, []int{8, 1, 1, 3, 3}},
	{conv(2, 0, 1), []int{2, 3, 3, 3, 2}, []int{4, 3, 1, 1, 1}},
	{
		op.Conv3D{Stride: [3]int{2, 1, 3}, Pad: [3]int{0, 2, 1}, Dilation: [3]int{1, 2, 2}, Groups: 2},
		[]int{1, 4, 4, 5, 6}, []int{4, 2, 2, 3, 2},
	},
}

func TestConvGradients(t *testing.T) {
	for _, c := range convCases {
		t.Run(fmt.Sprintf("%v %v %+v", c.x, c.w, c.conv), func(t *testing.T) {
			x, w := random(1, c.x...), random(2, c.w...)
			checkGrad(t, c.conv, x, w)
			gy := random(3, compute(t, c.conv, x, w).Shape...)
			checkGrad(t, op.Conv3DInput{Conv: c.conv, Shape: [5]int(c.x)}, w, gy)
			checkGrad(t, op.Conv3DWeight{Conv: c.conv, Shape: [5]int(c.w)}, x, gy)
		})
	}
}

// TestConvPlainly compares with the formula, term by term, for every number of processors.
func TestConvPlainly(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range convCases {
		x, w := random(1, c.x...), random(2, c.w...)
		var first op.Tensor
		for _, p := range []int{1, 3, 8} {
			runtime.GOMAXPROCS(p)
			got := compute(t, c.conv, x, w)
			wantClose(t, fmt.Sprint(c.conv), got, plainConv(c.conv, x, w, got.Type), 1e-12)
			if p == 1 {
				first = got
			} else if !slices.Equal(op.Data[float64](got), op.Data[float64](first)) {
				t.Errorf("%+v: other bits on %d processors", c.conv, p)
			}
		}
	}
}

func plainConv(c op.Conv3D, x, w op.Tensor, y op.Type) op.Tensor {
	out := op.NewTensor(y)
	s := y.Shape
	for i := range y.Len() {
		place := []int{i / (s[2] * s[3] * s[4]), i / (s[3] * s[4]) % s[2], i / s[4] % s[3], i % s[4]}
		n, o := place[0]/s[1], place[0]%s[1]
		sum := 0.0
		for k := range w.Len() / w.Shape[0] {
			ks := w.Shape
			tap := [3]int{k / (ks[3] * ks[4]) % ks[2], k / ks[4] % ks[3], k % ks[4]}
			at, inside := n*x.Shape[1]+o/(s[1]/c.Groups)*ks[1]+k/(ks[2]*ks[3]*ks[4]), true
			for d := range 3 {
				p := place[d+1]*c.Stride[d] - c.Pad[d] + tap[d]*c.Dilation[d]
				inside = inside && p >= 0 && p < x.Shape[d+2]
				at = at*x.Shape[d+2] + p
			}
			if inside {
				sum += op.Data[float64](x)[at] * op.Data[float64](w)[o*w.Len()/w.Shape[0]+k]
			}
		}
		op.Data[float64](out)[i] = sum
	}
	return out
}

func TestConvErrors(t *testing.T) {
	f := func(shape ...int) op.Type { return op.Of(op.F32, shape...) }
	x, w := f(2, 4, 3, 8, 8), f(6, 4, 3, 3, 3)
	is := "op: conv3d(in0 f32[2 4 3 8 8], in1 "
	wantError(t, conv(1, 1, 1), is+"f32[6 3 3 3 3]): input 1 is f32[6 3 3 3 3], whose kernels take 1 groups of 3 channels, "+
		"but input 0 is f32[2 4 3 8 8]", x, f(6, 3, 3, 3, 3))
	wantError(t, conv(1, 1, 4), is+"f32[6 1 3 3 3]): input 1 is f32[6 1 3 3 3], want a multiple of 4 kernels, one for each group",
		x, f(6, 1, 3, 3, 3))
	wantError(t, conv(1, 0, 1), is+"f32[6 4 5 3 3]): input 0 is f32[2 4 3 8 8], too small for a kernel of [5 3 3] "+
		"with padding [0 0 0] and dilation [1 1 1]", x, f(6, 4, 5, 3, 3))
	wantError(t, conv(1, 0, 1), is+"f32[6 4 3 3]): input 1 is f32[6 4 3 3], want 5 dimensions", x, f(6, 4, 3, 3))
	wantError(t, conv(1, 0, 1), is+"f64[6 4 3 3 3]): input 1 is f64[6 4 3 3 3], want f32 as input 0", x, op.Of(op.F64, w.Shape...))
	wantError(t, conv(1, 0, 1), "op: conv3d(in0 u8[2 4 3 8 8]): 1 inputs, want 2", op.Of(op.U8, x.Shape...))
	wantError(t, conv(1, 0, 1), "op: conv3d(in0 u8[2 4 3 8 8], in1 f32[6 4 3 3 3]): input 0 is u8[2 4 3 8 8], want floating-point numbers",
		op.Of(op.U8, x.Shape...), w)
	wantError(t, op.Conv3D{Groups: 1}, is+"f32[6 4 3 3 3]): kernel [3 3 3], stride [0 0 0], padding [0 0 0], dilation [0 0 0]: "+
		"want at least 1, 1, 0 and 1", x, w)
	wantError(t, op.Conv3D{}, is+"f32[6 4 3 3 3]): 0 groups, want at least 1", x, w)
	wantError(t, op.Conv3DInput{Conv: conv(1, 1, 1), Shape: [5]int(x.Shape)},
		"op: conv3d_input(in0 f32[6 4 3 3 3], in1 f32[2 6 3 8 7]): input 1 is f32[2 6 3 8 7], want f32[2 6 3 8 8]", w, f(2, 6, 3, 8, 7))
	wantError(t, op.Conv3DWeight{Conv: conv(1, 1, 1), Shape: [5]int{6, 3, 3, 3, 3}},
		"op: conv3d_weight(in0 f32[2 4 3 8 8], in1 f32[2 6 3 8 8]): gradient of conv3d(f32[2 4 3 8 8], f32[6 3 3 3 3]): "+
			"input 1 is f32[6 3 3 3 3], whose kernels take 1 groups of 3 channels, but input 0 is f32[2 4 3 8 8]", x, f(2, 6, 3, 8, 8))
}

// BenchmarkConvolutions times those of R3D-18 on 2x3x8x32x32, with their gradients: what whole networks cost in tests.
func BenchmarkConvolutions(b *testing.B) {
	stem := op.Conv3D{Stride: [3]int{1, 2, 2}, Pad: [3]int{1, 3, 3}, Dilation: [3]int{1, 1, 1}, Groups: 1}
	steps := []struct {
		times int
		conv  op.Conv3D
		x, w  []int
	}{
		{1, stem, []int{2, 3, 8, 32, 32}, []int{64, 3, 3, 7, 7}},
		{4, conv(1, 1, 1), []int{2, 64, 8, 16, 16}, []int{64, 64, 3, 3, 3}},
		{1, conv(2, 1, 1), []int{2, 64, 8, 16, 16}, []int{128, 64, 3, 3, 3}},
		{3, conv(1, 1, 1), []int{2, 128, 4, 8, 8}, []int{128, 128, 3, 3, 3}},
		{1, conv(2, 1, 1), []int{2, 128, 4, 8, 8}, []int{256, 128, 3, 3, 3}},
		{3, conv(1, 1, 1), []int{2, 256, 2, 4, 4}, []int{256, 256, 3, 3, 3}},
		{1, conv(2, 1, 1), []int{2, 256, 2, 4, 4}, []int{512, 256, 3, 3, 3}},
		{3, conv(1, 1, 1), []int{2, 512, 1, 2, 2}, []int{512, 512, 3, 3, 3}},
	}
	spent := map[string]time.Duration{}
	timed := func(times int, s op.Spec, in ...op.Tensor) op.Tensor {
		start := time.Now()
		out := compute(b, s, in...)
		spent[s.Kind()] += time.Since(start) * time.Duration(times)
		return out
	}
	for b.Loop() {
		for _, s := range steps {
			x, w := convert(random(1, s.x...), op.F32), convert(random(2, s.w...), op.F32)
			y := timed(s.times, s.conv, x, w)
			timed(s.times, op.Conv3DInput{Conv: s.conv, Shape: [5]int(s.x)}, w, y)
			timed(s.times, op.Conv3DWeight{Conv: s.conv, Shape: [5]int(s.w)}, x, y)
		}
	}
	for kind, d := range spent {
		b.ReportMetric(d.Seconds()/float64(b.N), kind+"-s")
	}
}
