package op

import "math"

// ReLU is max(x, 0). NaN stays.
type ReLU struct{}

// Kind implements [Spec].
func (ReLU) Kind() string { return "relu" }

// Infer implements [Spec].
func (ReLU) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (ReLU) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(y []float32) { maskBy(y, Data[float32](in[0]), Data[float32](in[0])) },
		func(y []float64) { maskBy(y, Data[float64](in[0]), Data[float64](in[0])) })
}

// Diff implements [Differentiable].
func (ReLU) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (ReLU) Grad(_ []*Node, out, grad *Node) []*Node { return []*Node{Apply(ReLUGrad{}, out, grad)} }

// ReLUGrad is gy where y > 0 and 0 elsewhere: the gradient of [ReLU], from its result.
type ReLUGrad struct{}

// Kind implements [Spec].
func (ReLUGrad) Kind() string { return "relu_grad" }

// Infer implements [Spec].
func (ReLUGrad) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (ReLUGrad) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(gx []float32) { maskBy(gx, Data[float32](in[1]), Data[float32](in[0])) },
		func(gx []float64) { maskBy(gx, Data[float64](in[1]), Data[float64](in[0])) })
}

// Diff implements [Differentiable].
func (ReLUGrad) Diff(int) []bool { return []bool{false, true} }

// Grad implements [Differentiable].
func (ReLUGrad) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{nil, Apply(ReLUGrad{}, in[0], grad)}
}

// maskBy is x where by is positive or NaN.
func maskBy[T float](y, x, by []T) {
	for i := range y {
		y[i] = 0
		if !(by[i] <= 0) {
			y[i] = x[i]
		}
	}
}

// GELU is x Φ(x), where Φ is the distribution function of the standard normal (Hendrycks and Gimpel 2016); exact, not the tanh
// approximation.
type GELU struct{}

// Kind implements [Spec].
func (GELU) Kind() string { return "gelu" }

// Infer implements [Spec].
func (GELU) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (GELU) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(y []float32) { gelu(y, Data[float32](in[0])) }, func(y []float64) { gelu(y, Data[float64](in[0])) })
}

// Diff implements [Differentiable].
func (GELU) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (GELU) Grad(in []*Node, _, grad *Node) []*Node { return []*Node{Apply(GELUGrad{}, in[0], grad)} }

func gelu[T float](y, x []T) {
	for i, v := range x {
		y[i] = T(float64(v) * normal(float64(v)))
	}
}

// normal is the distribution function of the standard normal; erfc keeps its digits where it is small.
func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// GELUGrad is gy (Φ(x) + x φ(x)), the gradient of [GELU]; φ is the density of the standard normal.
type GELUGrad struct{}

// Kind implements [Spec].
func (GELUGrad) Kind() string { return "gelu_grad" }

// Infer implements [Spec].
func (GELUGrad) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (GELUGrad) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(gx []float32) { geluGrad(gx, Data[float32](in[0]), Data[float32](in[1])) },
		func(gx []float64) { geluGrad(gx, Data[float64](in[0]), Data[float64](in[1])) })
}

func geluGrad[T float](gx, x, gy []T) {
	for i := range gx {
		v := float64(x[i])
		density := math.Exp(-v*v/2) / math.Sqrt(2*math.Pi)
		gx[i] = T(float64(gy[i]) * (normal(v) + v*density))
	}
}
