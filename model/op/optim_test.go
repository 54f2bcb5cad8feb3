package op_test

import (
	"fmt"
	"testing"

	"vidcsl/model/op"
)

// trajectory is what an optimiser makes of a parameter, step by step.
type trajectory struct {
	Optimizer                   string
	Momentum, Decay, Trust, Eps float64
	Betas                       [2]float64
	Nesterov                    bool
	Start                       *stored
	Grads, After                []*stored
	Rates                       []float64
}

// step adds one step to the graph of p, its gradient, the rate, the number of the step and two slots of the optimiser. It returns the
// new parameter and slots.
func (o trajectory) step(p, g, lr, n, m, v *op.Node) []*op.Node {
	switch o.Optimizer {
	case "sgd":
		momentum := op.SGDMomentum{Momentum: o.Momentum, WeightDecay: o.Decay}
		m = op.Apply(momentum, p, g, m)
		along := m
		if o.Nesterov {
			along = op.Apply(momentum, p, g, m)
		}
		return []*op.Node{op.Apply(op.SGDApply{}, p, along, lr), m, v}
	case "lars":
		m = op.Apply(op.LARSMomentum{Momentum: o.Momentum, WeightDecay: o.Decay, Trust: o.Trust, Eps: o.Eps}, p, g, m, lr)
		return []*op.Node{op.Apply(op.Sub{}, p, m), m, v}
	case "adamw":
		m, v = op.Apply(op.AdamMoment1{Beta: o.Betas[0]}, m, g), op.Apply(op.AdamMoment2{Beta: o.Betas[1]}, v, g)
		s := op.AdamWApply{Beta1: o.Betas[0], Beta2: o.Betas[1], Eps: o.Eps, WeightDecay: o.Decay}
		return []*op.Node{op.Apply(s, p, m, v, n, lr), m, v}
	}
	panic(o.Optimizer)
}

// TestTrajectories follows torch.optim.SGD and AdamW, and the paper of LARS, for some steps.
func TestTrajectories(t *testing.T) {
	for i, o := range readOps(t).Trajectories {
		for _, float := range []op.DType{op.F32, op.F64} {
			t.Run(fmt.Sprintf("%d/%s/%v", i, o.Optimizer, float), func(t *testing.T) {
				p := o.Start.tensor(float)
				slots := []op.Tensor{op.NewTensor(p.Type), op.NewTensor(p.Type)}
				for n := range o.Grads {
					lr := convert(op.From([]float64{o.Rates[n]}), float)
					step := op.From([]int32{int32(n + 1)}, 1)
					out, err := run(func(in []*op.Node) []*op.Node { return o.step(in[0], in[1], in[2], in[3], in[4], in[5]) },
						p, o.Grads[n].tensor(float), lr, step, slots[0], slots[1])
					if err != nil {
						t.Fatal(err)
					}
					p, slots = out[0], out[1:]
					tolerance := map[op.DType]float64{op.F32: 3e-6, op.F64: 1e-13}[float]
					wantNear(t, fmt.Sprintf("after step %d", n+1), p, o.After[n].tensor(float), tolerance)
				}
			})
		}
	}
}

// TestLARSAtZero: a parameter that starts at 0 moves, and one without a gradient only decays.
func TestLARSAtZero(t *testing.T) {
	zero, g, lr := op.From([]float64{0, 0}, 2), op.From([]float64{3, 4}, 2), op.From([]float64{0.5})
	s := op.LARSMomentum{WeightDecay: 0.1, Trust: 0.001}
	wantNear(t, "from 0", compute(t, s, zero, g, zero, lr), op.From([]float64{1.5, 2}, 2), 1e-15)
	wantNear(t, "without gradient", compute(t, s, g, zero, zero, lr), op.From([]float64{0.15, 0.2}, 2), 1e-15)
	s.Eps = 1
	want := 0.5 * 0.001 * 5 / (5 + 0.1*5 + 1)
	wantNear(t, "eps", compute(t, s, g, g, zero, lr), op.From([]float64{want * 3.3, want * 4.4}, 2), 1e-15)
}

// TestClip: the clipped gradients have the norm Max, less what 1e-6 takes; NaN stays visible.
func TestClip(t *testing.T) {
	a, b := op.From([]float32{3, 0}, 2), op.From([]float32{4})
	norm := compute(t, op.GlobalNorm{}, a, b)
	wantNear(t, "norm", norm, op.From([]float32{5}), 0)
	wantNear(t, "scale", compute(t, op.ClipScale{Max: 1}, norm), op.From([]float32{float32(1 / (5 + 1e-6))}), 0)
	wantNear(t, "no scale", compute(t, op.ClipScale{Max: 6}, norm), op.From([]float32{1}), 0)
	wantNear(t, "NaN", compute(t, op.ClipScale{Max: 1}, nan()), nan(), 0)
}

func TestOptimMisfits(t *testing.T) {
	x, y, lr, n := op.Of(op.F32, 2), op.Of(op.F32, 3), op.Of(op.F32), op.Of(op.I32, 1)
	wantError(t, op.GlobalNorm{}, "op: global_norm(in0 f32[2], in1 f64[2]): input 1 is f64[2], want f32 as input 0", x, op.Of(op.F64, 2))
	wantError(t, op.ClipScale{}, "op: clip_scale(in0 f32[]): max is 0, want more than 0", lr)
	wantError(t, op.ClipScale{Max: 1}, "op: clip_scale(in0 f32[2]): input 0 is f32[2], want f32[]", x)
	wantError(t, op.SGDMomentum{}, "op: sgd_momentum(in0 f32[2], in1 f32[3], in2 f32[2]): input 1 is f32[3], want f32[2] as input 0", x, y, x)
	wantError(t, op.SGDApply{}, "op: sgd_apply(in0 f32[2], in1 f32[2], in2 f64[]): input 2 is f64[], want f32[]", x, x, op.Of(op.F64))
	wantError(t, op.SGDApply{}, "op: sgd_apply(in0 f32[2], in1 f32[2]): 2 inputs, want 3", x, x)
	wantError(t, op.LARSMomentum{}, "op: lars_momentum(in0 f32[2], in1 f32[2], in2 f32[2], in3 f32[]): trust is 0, want more than 0", x, x, x, lr)
	wantError(t, op.AdamMoment1{}, "op: adam_moment1(in0 f32[2]): 1 inputs, want 2", x)
	wantError(t, op.AdamMoment2{}, "op: adam_moment2(in0 i32[1], in1 i32[1]): input 0 is i32[1], want floating-point numbers", n, n)
	wantError(t, op.AdamWApply{Beta1: 1}, "op: adamw_apply(in0 f32[2], in1 f32[2], in2 f32[2], in3 i32[1], in4 f32[]): "+
		"beta1 is 1, want 0 or more and less than 1", x, x, x, n, lr)
	wantError(t, op.AdamWApply{}, "op: adamw_apply(in0 f32[2], in1 f32[2], in2 f32[2], in3 f32[], in4 f32[]): input 3 is f32[], want one i32",
		x, x, x, lr, lr)
	wantError(t, op.EMA{}, "op: ema(in0 f32[2], in1 f32[3]): input 1 is f32[3], want f32[2] as input 0", x, y)

	p, step := op.From([]float32{1}, 1), op.From([]int32{0})
	wantRunError(t, op.AdamWApply{}, "op: adamw_apply: step 0, want at least 1", p, p, p, step, op.From([]float32{1}))
}
