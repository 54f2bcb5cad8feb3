package cpu_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// run compares a graph on random inputs with the references.
func run(t *testing.T, o cpu.Options, tolerance float64, rng *rand.Rand, inputs, metrics []*op.Node) {
	t.Helper()
	same(t, o, model.Signature{Inputs: inputs, Metrics: metrics}, 2, tolerance, func() []op.Tensor {
		var list []op.Tensor
		for _, n := range inputs {
			if op.TypeOf(n).DType == op.I32 {
				list = append(list, op.From([]int32{1 + rng.Int32N(9)}))
				continue
			}
			list = append(list, random(rng, op.TypeOf(n).Shape...))
		}
		return list
	})
}

// convCase is a convolution of x by w.
type convCase struct {
	x, w [5]int
	conv op.Conv3D
}

func convCases() []convCase {
	one, zero := [3]int{1, 1, 1}, [3]int{}
	cases := []convCase{
		{[5]int{2, 3, 4, 9, 9}, [5]int{64, 3, 3, 7, 7}, op.Conv3D{Stride: [3]int{1, 2, 2}, Pad: [3]int{1, 3, 3}, Dilation: one, Groups: 1}},
		{[5]int{2, 16, 4, 6, 6}, [5]int{32, 16, 3, 3, 3}, op.Conv3D{Stride: one, Pad: one, Dilation: one, Groups: 1}},
		{[5]int{2, 16, 2, 6, 6}, [5]int{16, 16, 3, 3, 3}, op.Conv3D{Stride: one, Pad: one, Dilation: one, Groups: 1}},
		{[5]int{1, 32, 1, 7, 7}, [5]int{48, 32, 1, 1, 1}, op.Conv3D{Stride: [3]int{2, 2, 2}, Pad: zero, Dilation: one, Groups: 1}},
		{[5]int{3, 20, 1, 8, 5}, [5]int{7, 20, 1, 3, 3}, op.Conv3D{Stride: [3]int{1, 2, 1}, Pad: [3]int{0, 1, 1}, Dilation: one, Groups: 1}},
		{[5]int{2, 32, 3, 5, 5}, [5]int{32, 1, 3, 3, 3}, op.Conv3D{Stride: one, Pad: one, Dilation: one, Groups: 32}},
		{[5]int{2, 64, 3, 5, 5}, [5]int{32, 32, 1, 3, 3}, op.Conv3D{Stride: one, Pad: one, Dilation: one, Groups: 2}},
		{[5]int{2, 6, 3, 5, 5}, [5]int{9, 2, 2, 3, 3}, op.Conv3D{Stride: one, Pad: one, Dilation: one, Groups: 3}},
		{[5]int{2, 16, 5, 9, 9}, [5]int{16, 16, 3, 3, 3}, op.Conv3D{Stride: one, Pad: [3]int{2, 2, 2}, Dilation: [3]int{2, 2, 2}, Groups: 1}},
		{[5]int{4, 512, 1, 2, 2}, [5]int{64, 512, 3, 3, 3}, op.Conv3D{Stride: one, Pad: one, Dilation: one, Groups: 1}},
		{[5]int{1, 1, 1, 1, 1}, [5]int{1, 1, 1, 1, 1}, op.Conv3D{Stride: one, Pad: zero, Dilation: one, Groups: 1}},
	}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		pick := func(list ...int) int { return list[rng.IntN(len(list))] }
		c := convCase{conv: op.Conv3D{Groups: pick(1, 1, 1, 2, 3)}}
		in, out := pick(1, 2, 3, 5, 8, 16, 17, 32), pick(1, 3, 4, 8, 16, 24, 33)
		c.x = [5]int{1 + rng.IntN(3), in * c.conv.Groups, 1 + rng.IntN(5), 1 + rng.IntN(9), 1 + rng.IntN(9)}
		c.w = [5]int{out * c.conv.Groups, in}
		for i := range 3 {
			c.conv.Stride[i], c.conv.Dilation[i] = pick(1, 1, 2, 2, 3), pick(1, 1, 1, 2)
			c.w[2+i] = pick(1, 3, 3, 5, 2)
			c.conv.Pad[i] = rng.IntN(c.w[2+i])
			for c.conv.Dilation[i]*(c.w[2+i]-1)+1 > c.x[2+i]+2*c.conv.Pad[i] {
				c.w[2+i], c.conv.Pad[i] = 1, 0
			}
		}
		cases = append(cases, c)
	}
	return cases
}

// TestConv compares convolutions and both gradients.
func TestConv(t *testing.T) {
	for _, c := range convCases() {
		t.Run(fmt.Sprintf("%v*%v/%v+%v^%v:%d", c.x, c.w, c.conv.Stride, c.conv.Pad, c.conv.Dilation, c.conv.Groups), func(t *testing.T) {
			g := op.NewGraph()
			x, w := op.Input(g, "x", op.Of(op.F32, c.x[:]...)), op.Input(g, "w", op.Of(op.F32, c.w[:]...))
			y := op.Apply(c.conv, x, w)
			gy := op.Input(g, "gy", op.TypeOf(y))
			gx := op.Apply(op.Conv3DInput{Conv: c.conv, Shape: c.x}, w, gy)
			gw := op.Apply(op.Conv3DWeight{Conv: c.conv, Shape: c.w}, x, gy)
			in, out := []*op.Node{x, w, gy}, []*op.Node{y, gx, gw}
			run(t, cpu.Options{}, 1e-5, rand.New(rand.NewPCG(1, 4)), in, out)
			if bf16(t) {
				run(t, cpu.Options{BF16: true}, 5e-2, rand.New(rand.NewPCG(1, 4)), in, out)
			}
		})
	}
}

// bf16 reports whether this machine can compute in bfloat16.
func bf16(testing.TB) bool {
	g := op.NewGraph()
	x, w := op.Input(g, "x", op.Of(op.F32, 1, 16, 1, 4, 4)), op.Input(g, "w", op.Of(op.F32, 16, 16, 1, 1, 1))
	y := op.Apply(op.Conv3D{Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Groups: 1}, x, w)
	p, err := cpu.New(cpu.Options{BF16: true}).Compile(model.Signature{Inputs: []*op.Node{x, w}, Metrics: []*op.Node{y}})
	if err == nil {
		_ = p.Close()
	}
	return err == nil
}

// TestBlock compares a residual block with all of its gradients: everything between convolutions, in blocks of channels.
func TestBlock(t *testing.T) {
	for i, c := range []struct {
		x      [5]int
		out    int
		groups int
	}{
		{[5]int{4, 16, 3, 6, 6}, 32, 1}, {[5]int{4, 3, 4, 9, 9}, 20, 2}, {[5]int{6, 5, 1, 8, 8}, 7, 3}, {[5]int{2, 40, 2, 12, 12}, 17, 1},
		{[5]int{2, 64, 1, 13, 11}, 128, 2}, {[5]int{2, 2, 5, 16, 16}, 16, 1},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			g := op.NewGraph()
			x := op.Input(g, "x", op.Of(op.F32, c.x[:]...))
			in := []*op.Node{x}
			param := func(shape ...int) *op.Node {
				in = append(in, op.Input(g, fmt.Sprint("p", len(in)), op.Of(op.F32, shape...)))
				return in[len(in)-1]
			}
			conv := func(x *op.Node, k, pad int) *op.Node {
				return op.Apply(op.Conv3D{Stride: [3]int{1, 1, 1}, Pad: [3]int{pad, pad, pad}, Dilation: [3]int{1, 1, 1}, Groups: 1},
					x, param(c.out, op.TypeOf(x).Shape[1], k, k, k))
			}
			var stats []*op.Node
			norm := func(x *op.Node) *op.Node {
				s := op.Apply(op.BNStats{Eps: 1e-5, Groups: c.groups}, x)
				stats = append(stats, s)
				return op.Apply(op.BNApply{Groups: c.groups}, x, s, param(c.out), param(c.out))
			}
			h := op.Apply(op.ReLU{}, norm(conv(x, 3, 1)))
			y := op.Apply(op.ReLU{}, op.Apply(op.Add{}, norm(conv(h, 3, 1)), norm(conv(x, 1, 0))))
			z := op.Apply(op.ReLU{}, op.Apply(op.Add{}, norm(conv(y, 1, 0)), y)) // whose gradient of y is a sum
			f := op.Apply(op.GlobalAvgPool{}, z)
			weight := param(c.x[0], c.out)
			loss := op.Apply(op.Sum{}, op.Apply(op.Mul{}, f, weight))
			grads, err := op.Grad(loss, in...)
			if err != nil {
				t.Fatal(err)
			}
			out := append(append([]*op.Node{f, y, h}, stats...), grads...)
			rng := rand.New(rand.NewPCG(uint64(i), 5))
			run(t, cpu.Options{}, 2e-4, rng, in, out)
			run(t, cpu.Options{CheckNaN: true, Threads: 1}, 2e-4, rng, in, out)
		})
	}
}

// TestChannels compares what else treats each channel by itself, after a convolution has put them into blocks.
func TestChannels(t *testing.T) {
	for i, c := range []int{1, 5, 16, 32, 40} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			g := op.NewGraph()
			in := []*op.Node{op.Input(g, "x", op.Of(op.F32, 3, 16, 4, 9, 8)), op.Input(g, "w", op.Of(op.F32, c, 16, 1, 1, 1))}
			for _, name := range []string{"beta", "mean", "gamma"} {
				in = append(in, op.Input(g, name, op.Of(op.F32, c)))
			}
			x := op.Apply(op.Conv3D{Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Groups: 1}, in[0], in[1])
			beta, mean, gamma := in[2], in[3], in[4]
			variance := op.Apply(op.Shift{By: 0.1}, op.Apply(op.Square{}, mean))
			out := []*op.Node{
				op.Apply(op.AddBias{}, x, beta), op.Apply(op.SumChannels{}, x), op.Apply(op.BNInfer{Eps: 1e-3}, x, mean, variance, gamma, beta),
				op.Apply(op.BNInferInput{Eps: 1e-3}, x, variance, gamma), op.Apply(op.BNInferGamma{Eps: 1e-3}, x, mean, variance, op.Apply(op.ReLU{}, x)), op.Apply(op.Slice{Axis: 0, From: 1, To: 3}, x),
				op.Apply(op.Slice{Axis: 1, From: 0, To: min(c, 16)}, x), op.Apply(op.Concat{Axis: 0}, x, x),
				op.Apply(op.Concat{Axis: 1}, x, op.Apply(op.ReLU{}, x), x),
			}
			if c > 16 {
				out = append(out, op.Apply(op.Slice{Axis: 1, From: 16, To: 32}, x), op.Apply(op.Slice{Axis: 1, From: 3, To: 20}, x))
			}
			for _, p := range []op.MaxPool3D{
				{Kernel: [3]int{1, 3, 3}, Stride: [3]int{1, 2, 2}, Pad: [3]int{0, 1, 1}},
				{Kernel: [3]int{3, 3, 3}, Stride: [3]int{1, 1, 1}, Pad: [3]int{1, 1, 1}},
				{Kernel: [3]int{2, 2, 2}, Stride: [3]int{2, 2, 2}},
				{Kernel: [3]int{2, 3, 1}, Stride: [3]int{3, 1, 2}, Pad: [3]int{1, 0, 0}},
			} {
				for _, pad := range []bool{true, false} {
					a := op.AvgPool3D{Kernel: p.Kernel, Stride: p.Stride, Pad: p.Pad, CountPad: pad}
					y := op.Apply(a, x)
					out = append(out, y, op.Apply(op.AvgPool3DGrad{Pool: a, Shape: [5]int(op.TypeOf(x).Shape)}, op.Apply(op.ReLU{}, y)))
				}
				y := op.Apply(p, x)
				// of equal values the first counts: there are many zeros after a ReLU
				z := op.Apply(op.ReLU{}, x)
				out = append(out, y, op.Apply(op.MaxPool3DGrad{Pool: p}, x, y), op.Apply(op.MaxPool3DGrad{Pool: p}, z, op.Apply(op.ReLU{}, y)))
			}
			rng := rand.New(rand.NewPCG(uint64(i), 8))
			run(t, cpu.Options{}, 1e-5, rng, in, out)
			if bf16(t) {
				run(t, cpu.Options{BF16: true}, 5e-2, rng, in, out[:9])
			}
		})
	}
}

// TestMatrix compares what treats each column of a matrix by itself, as the heads of encoders do.
func TestMatrix(t *testing.T) {
	for i, c := range []int{1, 10, 16, 48} {
		g := op.NewGraph()
		in := []*op.Node{op.Input(g, "x", op.Of(op.F32, 12, c)), op.Input(g, "gy", op.Of(op.F32, 12, c))}
		for _, name := range []string{"mean", "gamma", "beta"} {
			in = append(in, op.Input(g, name, op.Of(op.F32, c)))
		}
		x, gy, mean, gamma, beta := in[0], in[1], in[2], in[3], in[4]
		variance := op.Apply(op.Shift{By: 0.1}, op.Apply(op.Square{}, mean))
		out := []*op.Node{op.Apply(op.AddBias{}, x, beta), op.Apply(op.SumChannels{}, x), op.Apply(op.BNInfer{Eps: 1e-3}, x, mean, variance, gamma, beta),
			op.Apply(op.BNInferInput{Eps: 1e-3}, gy, variance, gamma), op.Apply(op.BNInferGamma{Eps: 1e-3}, x, mean, variance, gy)}
		for _, groups := range []int{1, 3} {
			stats := op.Apply(op.BNStats{Eps: 1e-3, Groups: groups}, x)
			reduced := op.Apply(op.BNReduce{Groups: groups}, x, stats, gy)
			y := op.Apply(op.ReLU{}, op.Apply(op.BNApply{Groups: groups}, x, stats, gamma, beta))
			out = append(out, stats, reduced, y, op.Apply(op.BNInput{Groups: groups}, x, stats, gamma, reduced, op.Apply(op.ReLUGrad{}, y, gy)))
		}
		run(t, cpu.Options{}, 1e-5, rand.New(rand.NewPCG(uint64(i), 14)), in, out)
		if bf16(t) {
			run(t, cpu.Options{BF16: true}, 1e-5, rand.New(rand.NewPCG(uint64(i), 14)), in, out)
		}
	}
}

// TestNormalize compares the input of an encoder that is made of pixels.
func TestNormalize(t *testing.T) {
	g := op.NewGraph()
	x, w := op.Input(g, "x", op.Of(op.U8, 2, 3, 5, 7, 3)), op.Input(g, "w", op.Of(op.F32, 16, 3, 1, 3, 3))
	y := op.Apply(op.Normalize{Mean: [3]float64{0.4, 0.5, 0.6}, Std: [3]float64{0.2, 0.3, 0.4}, DType: op.F32}, x)
	z := op.Apply(op.Conv3D{Stride: [3]int{1, 1, 1}, Pad: [3]int{0, 1, 1}, Dilation: [3]int{1, 1, 1}, Groups: 1}, y, w)
	rng := rand.New(rand.NewPCG(1, 15))
	inputs := func() []op.Tensor {
		a := op.NewTensor(op.TypeOf(x))
		for i := range op.Data[uint8](a) {
			op.Data[uint8](a)[i] = uint8(rng.IntN(256))
		}
		return []op.Tensor{a, random(rng, 16, 3, 1, 3, 3)}
	}
	sig := model.Signature{Inputs: []*op.Node{x, w}, Metrics: []*op.Node{y, z}}
	same(t, cpu.Options{}, sig, 2, 1e-5, inputs)
	if bf16(t) {
		same(t, cpu.Options{BF16: true}, sig, 2, 1e-2, inputs)
	}
}

// TestWidePool compares poolings of wide rows, with NaN among the numbers.
func TestWidePool(t *testing.T) {
	g := op.NewGraph()
	x, w := op.Input(g, "x", op.Of(op.F32, 1, 16, 2, 3, 300)), op.Input(g, "w", op.Of(op.F32, 16, 16, 1, 1, 1))
	y := op.Apply(op.Conv3D{Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Groups: 1}, x, w)
	y = op.Apply(op.MaxPool3D{Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}}, y) // in blocks
	in := []*op.Node{x, w, op.Input(g, "z", op.Of(op.F32, 1, 16, 2, 3, 300))}
	z := in[2]
	var out []*op.Node
	for _, p := range []op.MaxPool3D{
		{Kernel: [3]int{1, 2, 3}, Stride: [3]int{1, 1, 2}, Pad: [3]int{0, 1, 1}}, {Kernel: [3]int{2, 3, 4}, Stride: [3]int{1, 1, 1}, Pad: [3]int{1, 1, 2}},
		{Kernel: [3]int{1, 1, 64}, Stride: [3]int{1, 1, 1}, Pad: [3]int{0, 0, 32}}, {Kernel: [3]int{1, 1, 70}, Stride: [3]int{1, 2, 5}, Pad: [3]int{0, 0, 3}},
		{Kernel: [3]int{1, 1, 2}, Stride: [3]int{1, 1, 100}},
	} {
		pooled := op.Apply(p, y)
		gy := op.Apply(op.Scale{Factor: 2}, op.Apply(op.AvgPool3D{Kernel: p.Kernel, Stride: p.Stride, Pad: p.Pad, CountPad: true}, z))
		out = append(out, pooled, op.Apply(op.MaxPool3DGrad{Pool: p}, y, gy))
	}
	rng := rand.New(rand.NewPCG(1, 13))
	same(t, cpu.Options{}, model.Signature{Inputs: in, Metrics: out}, 2, 1e-5, func() []op.Tensor {
		a := random(rng, 1, 16, 2, 3, 300)
		for range 20 {
			op.Data[float32](a)[rng.IntN(len(op.Data[float32](a)))] = float32(math.NaN())
		}
		return []op.Tensor{a, random(rng, 16, 16, 1, 1, 1), random(rng, 1, 16, 2, 3, 300)}
	})
}

// TestRowMajor compares the kernels that take row-major arrays.
func TestRowMajor(t *testing.T) {
	for _, n := range []int{1, 7, 64, 1000, 40001} {
		g := op.NewGraph()
		vector := func(name string) *op.Node { return op.Input(g, name, op.Of(op.F32, n)) }
		a, b, c, s := vector("a"), vector("b"), vector("c"), op.Input(g, "s", op.Of(op.F32))
		step := op.Input(g, "step", op.Of(op.I32))
		in := []*op.Node{a, b, c, s, step}
		out := []*op.Node{
			op.Apply(op.SGDMomentum{Momentum: 0.9, WeightDecay: 1e-2}, a, b, c), op.Apply(op.SGDApply{}, a, b, s),
			op.Apply(op.EMA{Decay: 0.99}, a, b), op.Apply(op.Scale{Factor: 3}, a), op.Apply(op.MulScalar{}, a, s),
			op.Apply(op.LARSMomentum{Momentum: 0.9, WeightDecay: 1e-2, Trust: 0.1}, a, b, c, s), op.Apply(op.AdamMoment1{Beta: 0.9}, a, b),
			op.Apply(op.AdamMoment2{Beta: 0.999}, a, b),
			op.Apply(op.AdamWApply{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.1}, a, b, op.Apply(op.Square{}, c), step, s),
			op.Apply(op.GlobalNorm{}, a, b, c), op.Apply(op.Add{}, a, b), op.Apply(op.ReLU{}, a), op.Apply(op.ReLUGrad{}, a, b),
		}
		run(t, cpu.Options{}, 1e-5, rand.New(rand.NewPCG(uint64(n), 6)), in, out)
	}
	for _, m := range []op.MatMul{{}, {TransA: true}, {TransB: true}, {TransA: true, TransB: true}} {
		g := op.NewGraph()
		a, b := []int{5, 70}, []int{70, 33}
		if m.TransA {
			a = []int{70, 5}
		}
		if m.TransB {
			b = []int{33, 70}
		}
		in := []*op.Node{op.Input(g, "a", op.Of(op.F32, a...)), op.Input(g, "b", op.Of(op.F32, b...))}
		run(t, cpu.Options{}, 1e-5, rand.New(rand.NewPCG(1, 7)), in, []*op.Node{op.Apply(m, in[0], in[1])})
	}
}
