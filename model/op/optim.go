package op

import "math"

// Optimisers are pure: an operation takes parameters and what an optimiser keeps of them, and returns new ones. None has a gradient.

// GlobalNorm is the Euclidean length of all elements of n tensors of one float type, as a scalar. It adds squares in float64, in order.
type GlobalNorm struct{}

// Kind implements [Spec].
func (GlobalNorm) Kind() string { return "global_norm" }

// Infer implements [Spec].
func (GlobalNorm) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, max(1, len(in)))
	return Of(d), err
}

// Reference implements [Spec].
func (GlobalNorm) Reference(out Tensor, in []Tensor) error {
	sum := 0.0
	for _, x := range in {
		err := floats(x, func(x []float32) { sum += squares(x) }, func(x []float64) { sum += squares(x) })
		if err != nil {
			return err
		}
	}
	return floats(out, func(out []float32) { out[0] = float32(math.Sqrt(sum)) }, func(out []float64) { out[0] = math.Sqrt(sum) })
}

// ClipScale is what to multiply gradients of this norm, a scalar, with so that their norm is no more than Max: min(1, Max/(norm+1e-6)),
// as torch.nn.utils.clip_grad_norm_ does.
type ClipScale struct{ Max float64 }

// Kind implements [Spec].
func (ClipScale) Kind() string { return "clip_scale" }

// Infer implements [Spec].
func (s ClipScale) Infer(in []Type) (Type, error) {
	if _, err := sameTypes(in, 1); err != nil {
		return Type{}, err
	}
	if err := wantPositive("max", s.Max); err != nil {
		return Type{}, err
	}
	return in[0], wantScalar(in, 0)
}

// Reference implements [Spec].
func (s ClipScale) Reference(out Tensor, in []Tensor) error {
	return each(out, in[0], func(norm float64) float64 { return min(1, s.Max/(norm+1e-6)) })
}

// SGDMomentum is the new momentum v of stochastic gradient descent as in PyTorch, with L2 regularisation and without dampening:
//
//	v' = Momentum v + g + WeightDecay p
//
// of the inputs p, g, v of one type; v is 0 at first. [SGDApply] makes a step along v'. For Nesterov's variant it steps along
// SGDMomentum(p, g, v'), and v' is what is kept.
type SGDMomentum struct{ Momentum, WeightDecay float64 }

// Kind implements [Spec].
func (SGDMomentum) Kind() string { return "sgd_momentum" }

// Infer implements [Spec].
func (SGDMomentum) Infer(in []Type) (Type, error) { return sameTypes(in, 3) }

// Reference implements [Spec].
func (s SGDMomentum) Reference(out Tensor, in []Tensor) error {
	return floats(out,
		func(out []float32) {
			momentumTo(out, Data[float32](in[0]), Data[float32](in[1]), Data[float32](in[2]), s.Momentum, s.WeightDecay, 1)
		},
		func(out []float64) {
			momentumTo(out, Data[float64](in[0]), Data[float64](in[1]), Data[float64](in[2]), s.Momentum, s.WeightDecay, 1)
		})
}

// momentumTo computes momentum v + rate (g + decay p).
func momentumTo[T float](out, p, g, v []T, momentum, decay, rate float64) {
	m, d, r := T(momentum), T(decay), T(rate)
	for i := range out {
		out[i] = m*v[i] + r*(g[i]+d*p[i])
	}
}

// SGDApply makes a step: p - lr v, of p and v of one type and a scalar lr.
type SGDApply struct{}

// Kind implements [Spec].
func (SGDApply) Kind() string { return "sgd_apply" }

// Infer implements [Spec].
func (SGDApply) Infer(in []Type) (Type, error) { return sameAndRate(in, 2) }

// Reference implements [Spec].
func (SGDApply) Reference(out Tensor, in []Tensor) error {
	return floats(out,
		func(out []float32) { stepTo(out, Data[float32](in[0]), Data[float32](in[1]), Data[float32](in[2])[0]) },
		func(out []float64) { stepTo(out, Data[float64](in[0]), Data[float64](in[1]), Data[float64](in[2])[0]) })
}

func stepTo[T float](out, p, v []T, lr T) {
	for i := range out {
		out[i] = p[i] - lr*v[i]
	}
}

// LARSMomentum is the new momentum v of layer-wise adaptive rate scaling (You, Gitman, Ginsburg, arXiv 1708.03888, algorithm 1):
//
//	v' = Momentum v + lr local (g + WeightDecay p),  local = Trust |p| / (|g| + WeightDecay |p| + Eps)
//
// of p, g, v of one type, that of one layer, and a scalar lr; v is 0 at first and Eps 0 in the paper. The rate is part of v': the step is
// p - v', a [Sub]. Where |p| or |g| is 0, local is 1: the paper's formula would never move a parameter that starts at 0.
type LARSMomentum struct{ Momentum, WeightDecay, Trust, Eps float64 }

// Kind implements [Spec].
func (LARSMomentum) Kind() string { return "lars_momentum" }

// Infer implements [Spec].
func (s LARSMomentum) Infer(in []Type) (Type, error) {
	if t, err := sameAndRate(in, 3); err != nil {
		return t, err
	}
	return in[0], wantPositive("trust", s.Trust)
}

// Reference implements [Spec].
func (s LARSMomentum) Reference(out Tensor, in []Tensor) error {
	return floats(out,
		func(out []float32) {
			larsTo(out, Data[float32](in[0]), Data[float32](in[1]), Data[float32](in[2]), Data[float32](in[3])[0], s)
		},
		func(out []float64) {
			larsTo(out, Data[float64](in[0]), Data[float64](in[1]), Data[float64](in[2]), Data[float64](in[3])[0], s)
		})
}

func larsTo[T float](out, p, g, v []T, lr T, s LARSMomentum) {
	local, lp, lg := 1.0, length(p), length(g)
	if lp != 0 && lg != 0 {
		local = s.Trust * lp / (lg + s.WeightDecay*lp + s.Eps)
	}
	momentumTo(out, p, g, v, s.Momentum, s.WeightDecay, float64(lr)*local)
}

// squares returns the sum of the squares.
func squares[T float](x []T) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// sameAndRate is the rule of operations on n values of one float type and, as the last input, a scalar rate.
func sameAndRate(in []Type, n int) (Type, error) {
	if err := arity(in, n+1); err != nil {
		return Type{}, err
	}
	if _, err := sameTypes(in[:n], n); err != nil {
		return Type{}, err
	}
	return in[0], wantScalar(in, n)
}
