package op

import "math"

// Softplus is log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)), which neither overflows nor loses small values: 0 at -Inf.
type Softplus struct{}

// Kind implements [Spec].
func (Softplus) Kind() string { return "softplus" }

// Infer implements [Spec].
func (Softplus) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (Softplus) Reference(out Tensor, in []Tensor) error {
	return eachApart(out, in[0], func(x float64) float64 {
		if math.IsInf(x, -1) {
			return 0
		}
		return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	})
}

// Diff implements [Differentiable].
func (Softplus) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Softplus) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Mul{}, grad, Apply(Sigmoid{}, in[0]))}
}

// Sigmoid is 1 / (1 + exp(-x)).
type Sigmoid struct{}

// Kind implements [Spec].
func (Sigmoid) Kind() string { return "sigmoid" }

// Infer implements [Spec].
func (Sigmoid) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (Sigmoid) Reference(out Tensor, in []Tensor) error {
	return eachApart(out, in[0], func(x float64) float64 {
		if math.IsInf(x, -1) {
			return 0
		}
		return 1 / (1 + math.Exp(-x))
	})
}

// Diff implements [Differentiable].
func (Sigmoid) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable]: y (1 - y).
func (Sigmoid) Grad(_ []*Node, out, grad *Node) []*Node {
	return []*Node{Apply(Mul{}, grad, Apply(Sub{}, out, Apply(Square{}, out)))}
}

// eachApart is each on all processors.
func eachApart(out, x Tensor, f func(float64) float64) error {
	return floats(out,
		func(y []float32) {
			x := Data[float32](x)
			inRuns(len(y), func(from, to int) { eachTo(y[from:to], x[from:to], f) })
		},
		func(y []float64) {
			x := Data[float64](x)
			inRuns(len(y), func(from, to int) { eachTo(y[from:to], x[from:to], f) })
		})
}
