package cpu_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// trainer returns a training step with everything that a real one has: two encoders, one of which follows the other, running statistics,
// a memory bank with its position, a norm limit and a rate.
func trainer(t testing.TB) model.Signature {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 3))
	g := op.NewGraph()
	x := op.Input(g, "x", op.Of(op.F32, 4, 3, 4, 10, 10))
	sig := model.Signature{Inputs: []*op.Node{x}}
	slot := func(name string, first op.Tensor) *op.Node {
		sig.State = append(sig.State, model.Slot{Name: name, In: op.Input(g, name, first.Type), First: first})
		return sig.State[len(sig.State)-1].In
	}
	out := map[string]*op.Node{}
	encode := func(prefix string) (*op.Node, []*op.Node) {
		var params []*op.Node
		param := func(scale float64, shape ...int) *op.Node {
			first := random(rng, shape...)
			for i := range op.Data[float32](first) {
				op.Data[float32](first)[i] *= float32(scale)
			}
			params = append(params, slot(fmt.Sprint(prefix, len(params)), first))
			return params[len(params)-1]
		}
		h := x
		for i, c := range []int{20, 32} {
			conv := op.Conv3D{Stride: [3]int{1, 2, 2}, Pad: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Groups: 1}
			h = op.Apply(conv, h, param(0.2, c, op.TypeOf(h).Shape[1], 3, 3, 3))
			stats := op.Apply(op.BNStats{Eps: 1e-5, Groups: 2}, h)
			mean := fmt.Sprint(prefix, "mean", i)
			out[mean] = op.Apply(op.EMA{Decay: 0.9}, slot(mean, op.NewTensor(op.Of(op.F32, c))), op.Apply(op.BNMoments{Row: 0}, stats))
			h = op.Apply(op.ReLU{}, op.Apply(op.BNApply{Groups: 2}, h, stats, param(1, c), param(1, c)))
		}
		return op.Apply(op.L2Normalize{Eps: 1e-6}, op.Apply(op.MatMul{}, op.Apply(op.GlobalAvgPool{}, h), param(0.2, 32, 8))), params
	}
	q, params := encode("q")
	k, followers := encode("k")
	bank, at := slot("bank", random(rng, 16, 8)), slot("at", op.From([]int32{14}))
	positive := op.Apply(op.SumAxis{Axis: 1}, op.Apply(op.Mul{}, q, k))
	negative := op.Apply(op.LogSumExp{}, op.Apply(op.MatMul{TransB: true}, q, bank))
	loss := op.Apply(op.Scale{Factor: 0.25}, op.Apply(op.Sum{}, op.Apply(op.Sub{}, negative, positive)))
	grads, err := op.Grad(loss, params...)
	if err != nil {
		t.Fatal(err)
	}
	norm := op.Apply(op.GlobalNorm{}, grads...)
	clip, lr := op.Apply(op.ClipScale{Max: 1}, norm), slot("lr", op.From([]float32{0.1}))
	for i, p := range params {
		v := fmt.Sprint("v", i)
		out[v] = op.Apply(op.SGDMomentum{Momentum: 0.9, WeightDecay: 1e-3}, p, op.Apply(op.MulScalar{}, grads[i], clip), slot(v, op.NewTensor(op.TypeOf(p))))
		out[p.Name()] = op.Apply(op.SGDApply{}, p, out[v], lr)
		out[followers[i].Name()] = op.Apply(op.EMA{Decay: 0.5}, followers[i], out[p.Name()])
	}
	out["bank"], out["at"] = op.Apply(op.RingWrite{}, bank, k, at), op.Apply(op.Advance{By: 4, Mod: 16}, at)
	for i, s := range sig.State {
		sig.State[i].Out = out[s.Name]
	}
	sig.Metrics = []*op.Node{loss, norm}
	return sig
}

// TestTraining compares whole steps with the references, and with themselves: the same numbers give the same bits, also when a program
// takes over from another in between.
func TestTraining(t *testing.T) {
	sig := trainer(t)
	inputs := func() func() []op.Tensor {
		rng := rand.New(rand.NewPCG(4, 4))
		return func() []op.Tensor { return []op.Tensor{random(rng, 4, 3, 4, 10, 10)} }
	}
	for _, o := range []cpu.Options{{}, {Reference: true}, {CheckNaN: true}, {Threads: 1}, {Threads: 5}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) { same(t, o, sig, 4, 1e-3, inputs()) })
	}
	a, b, in := compile(t, cpu.Options{Threads: 2}, sig), compile(t, cpu.Options{Threads: 2}, sig), inputs()
	for step := range 6 {
		x := in()
		if step == 3 {
			c := compile(t, cpu.Options{Threads: 2}, sig)
			for _, s := range sig.State {
				v, err := b.Get(s.Name)
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Set(s.Name, v); err != nil {
					t.Fatal(err)
				}
			}
			b = c
		}
		want, err := a.Run(context.Background(), x...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Run(context.Background(), x...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if !slices.Equal(op.Data[float32](want[i]), op.Data[float32](got[i])) {
				t.Errorf("step %d: metric %d is %v, then %v", step, i, want[i].Data, got[i].Data)
			}
		}
	}
}

// TestTrainingBF16 checks that bfloat16 learns what f32 does, up to its rounding.
func TestTrainingBF16(t *testing.T) {
	if !bf16(t) {
		t.Skip("this CPU has no bfloat16 convolutions")
	}
	sig := trainer(t)
	a, b := compile(t, cpu.Options{}, sig), compile(t, cpu.Options{BF16: true}, sig)
	x := random(rand.New(rand.NewPCG(5, 5)), 4, 3, 4, 10, 10)
	for range 5 {
		want, err := a.Run(context.Background(), x)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.Run(context.Background(), x)
		if err != nil {
			t.Fatal(err)
		}
		if d := far(got[0], want[0]); d > 0.03 {
			t.Errorf("loss %v, want about %v", got[0].Data, want[0].Data)
		}
	}
}

// TestProfile checks that the time of a step is found where it was spent.
func TestProfile(t *testing.T) {
	p := compile(t, cpu.Options{Profile: true}, trainer(t))
	for range 2 {
		if _, err := p.Run(context.Background(), random(rand.New(rand.NewPCG(5, 5)), 4, 3, 4, 10, 10)); err != nil {
			t.Fatal(err)
		}
	}
	calls := map[string]int{}
	for _, s := range p.Profile() {
		calls[s.Class] = s.Calls
		if s.Time <= 0 {
			t.Errorf("%s took %v", s.Class, s.Time)
		}
	}
	if calls["conv3d"] != 8 || calls["conv3d_weight"] != 4 || calls["conv3d_input"] != 2 { // 2 steps; no gradient of the clips, nor for k
		t.Errorf("calls %v", calls)
	}
	if p.Kernels() && (calls["relu_grad+bn_reduce"] != 4 || calls["relu_grad+bn_input"] != 4 || calls["relu_grad"] != 0) {
		t.Errorf("calls %v", calls)
	}
	for _, s := range p.Profile() {
		if s.Calls+int(s.Time) != 0 {
			t.Errorf("%s: %d calls after the last profile", s.Class, s.Calls)
		}
	}
}
