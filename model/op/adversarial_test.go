package op_test

import (
	"math"
	"slices"
	"testing"

	"vidcsl/model/op"
)

// TestPerturb: steps go along signs, no farther than the ball and the range, channel by channel.
func TestPerturb(t *testing.T) {
	s := op.Perturb{Step: [3]float64{0.5, 1, 2}, Radius: [3]float64{1, 1, 1.5}, Low: [3]float64{-10, -10, 0}, High: [3]float64{10, 0.25, 10}, Sign: true}
	origin := op.From([]float64{0, 1, 0, -3, 1, 1}, 1, 3, 2)
	x := op.From([]float64{0.75, 1, 0, -3.5, 1, 1}, 1, 3, 2)
	d := op.From([]float64{1e-30, math.NaN(), 7, -0.1, -2, 0}, 1, 3, 2)
	for _, f := range []op.DType{op.F32, op.F64} {
		wantNear(t, "ascent", compute(t, s, convert(origin, f), convert(x, f), convert(d, f)),
			convert(op.From([]float64{1, 1, 0.25, -4, 0, 1}, 1, 3, 2), f), 0)
	}
	s.Sign = false
	along := op.From([]float64{-0.5, 0, 0.125, 1, 0.5, -0.25}, 1, 3, 2)
	wantNear(t, "move", compute(t, s, origin, x, along), op.From([]float64{0.5, 1, 0.125, -2.5, 2, 0.5}, 1, 3, 2), 0)
	wantError(t, op.Perturb{}, "op: perturb(in0 f32[2 4], in1 f32[2 4], in2 f32[2 4]): input 0 is f32[2 4], want 3 channels along axis 1",
		op.Of(op.F32, 2, 4), op.Of(op.F32, 2, 4), op.Of(op.F32, 2, 4))
	wantError(t, op.Perturb{High: [3]float64{0, -1, 0}}, "op: perturb(in0 f32[2 3], in1 f32[2 3], in2 f32[2 3]): channel 1: radius 0, from 0 to -1, want a radius of at least 0 and a range",
		op.Of(op.F32, 2, 3), op.Of(op.F32, 2, 3), op.Of(op.F32, 2, 3))
}

// TestUniform checks the numbers of a seed, which other engines have to draw as well, and how they spread.
func TestUniform(t *testing.T) {
	draw := func(seed int32, stream, n int) []float64 {
		return op.Data[float64](compute(t, op.Uniform{Shape: op.DimsOf(n), Stream: stream, DType: op.F64}, op.From([]int32{seed})))
	}
	if got := draw(-5, 3, 3); !slices.Equal(got, []float64{0.14440786838531494, -0.5687685012817383, 0.2972590923309326}) {
		t.Errorf("draws %v", got)
	}
	const n = 100_000 // in more than one part
	a, b, c := draw(7, 0, n), draw(7, 1, n), draw(8, 0, n)
	sum, squares, streams, seeds := 0.0, 0.0, 0.0, 0.0
	for i, v := range a {
		if v < -1 || v >= 1 {
			t.Fatalf("draw %d is %v", i, v)
		}
		sum, squares, streams, seeds = sum+v, squares+v*v, streams+v*b[i], seeds+v*c[i]
	}
	for what, off := range map[string]float64{"mean": sum / n, "variance": squares/n - 1./3, "product of streams": streams / n, "product of seeds": seeds / n} {
		if math.Abs(off) > 0.01 {
			t.Errorf("%s is off by %v", what, off)
		}
	}
	wantError(t, op.Uniform{DType: op.U8}, "op: uniform(in0 i32[]): a result of u8, want floating-point numbers", op.Of(op.I32))
}

// TestHighPass: waves below the radius go, those from it on stay, and it is its own transpose.
func TestHighPass(t *testing.T) {
	for _, size := range [][2]int{{8, 8}, {5, 12}, {1, 6}} {
		h, w := size[0], size[1]
		for fy := 0; 2*fy <= h; fy++ {
			for fx := 0; 2*fx <= w; fx++ {
				x := op.NewTensor(op.Of(op.F64, 2, h, w))
				for i := range op.Data[float64](x) {
					p := i % (h * w)
					op.Data[float64](x)[i] = 3 * math.Cos(2*math.Pi*(float64(fy*(p/w))/float64(h)+float64(fx*(p%w))/float64(w))+1)
				}
				want := x
				if math.Hypot(float64(fy), float64(fx)) < 2.5 {
					want = op.NewTensor(x.Type)
				}
				wantNear(t, "wave", compute(t, op.HighPass{Radius: 2.5}, x), want, 1e-13)
			}
		}
	}
	x := random(1, 1, 3, 2, 6, 7)
	wantNear(t, "nothing", compute(t, op.HighPass{}, x), x, 0)
	wantNear(t, "all", compute(t, op.HighPass{Radius: 100}, x), op.NewTensor(x.Type), 1e-13)
	checkGrad(t, op.HighPass{Radius: 2}, x)
	wantError(t, op.HighPass{}, "op: high_pass(in0 f32[2]): input 0 is f32[2], want at least 2 dimensions", op.Of(op.F32, 2))
}

// TestGradAt: gradients with respect to values within a graph are those with respect to inputs in their place, and stop at what has none.
func TestGradAt(t *testing.T) {
	w := random(5, 2, 3)
	part := func(in []*op.Node) (x, y *op.Node) {
		x = op.Apply(op.Perturb{Radius: [3]float64{9, 9, 9}, Low: [3]float64{-9, -9, -9}, High: [3]float64{9, 9, 9}}, in[0], in[0], in[0])
		twice := op.Apply(op.Mul{}, op.Apply(op.Exp{}, x), op.Apply(op.Add{}, x, in[1]))
		return x, op.Apply(op.Sum{}, op.Apply(op.Mul{}, twice, op.Apply(op.Mul{}, x, in[0])))
	}
	a := random(6, 2, 3)
	var err error
	got, failed := run(func(in []*op.Node) []*op.Node {
		x, y := part(in)
		var grads []*op.Node
		grads, err = op.GradAt(y, x, in[1])
		return grads
	}, a, w)
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	for i, x := range op.Data[float64](a) {
		v, e := op.Data[float64](w)[i], math.Exp(x) // d/dx e^x (x + v) x a at x = a
		want := e*(x+v)*x*x + e*x*x + e*(x+v)*x
		wantFloat(t, "of x", op.Data[float64](got[0])[i], want)
		wantFloat(t, "of w", op.Data[float64](got[1])[i], e*x*x)
	}
	_, failed = run(func(in []*op.Node) []*op.Node {
		_, y := part(in)
		_, err = op.GradAt(y, op.Apply(op.Exp{}, in[1]))
		return []*op.Node{y}
	}, a, w)
	if failed != nil || err == nil || err.Error() != "op: gradient with respect to a node that the loss does not depend on" {
		t.Error(err, failed)
	}
	if _, err = op.GradAt(op.Input(op.NewGraph(), "x", op.Of(op.F32, 2))); err == nil || err.Error() != "op: gradient of f32[2], want a floating-point scalar" {
		t.Error(err)
	}
}

func wantFloat(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*max(1, math.Abs(want))) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
