package op

import "math"

// Scale is x times a number.
type Scale struct{ Factor float64 }

// Kind implements [Spec].
func (Scale) Kind() string { return "scale" }

// Infer implements [Spec].
func (Scale) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (s Scale) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { mulScalarTo(out, Data[float32](in[0]), float32(s.Factor)) },
		func(out []float64) { mulScalarTo(out, Data[float64](in[0]), s.Factor) })
}

// Diff implements [Differentiable].
func (Scale) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (s Scale) Grad(_ []*Node, _, grad *Node) []*Node { return []*Node{Apply(s, grad)} }

// Shift is x plus a number.
type Shift struct{ By float64 }

// Kind implements [Spec].
func (Shift) Kind() string { return "shift" }

// Infer implements [Spec].
func (Shift) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (s Shift) Reference(out Tensor, in []Tensor) error {
	return each(out, in[0], func(x float64) float64 { return x + s.By })
}

// Diff implements [Differentiable].
func (Shift) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Shift) Grad(_ []*Node, _, grad *Node) []*Node { return []*Node{grad} }

// Sqrt is the square root. Its gradient at 0 is infinite: shift by a small number before.
type Sqrt struct{}

// Kind implements [Spec].
func (Sqrt) Kind() string { return "sqrt" }

// Infer implements [Spec].
func (Sqrt) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (Sqrt) Reference(out Tensor, in []Tensor) error { return each(out, in[0], math.Sqrt) }

// Diff implements [Differentiable].
func (Sqrt) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Sqrt) Grad(_ []*Node, out, grad *Node) []*Node {
	return []*Node{Apply(Scale{Factor: 0.5}, Apply(Div{}, grad, out))}
}

// Exp is e to the power of x.
type Exp struct{}

// Kind implements [Spec].
func (Exp) Kind() string { return "exp" }

// Infer implements [Spec].
func (Exp) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (Exp) Reference(out Tensor, in []Tensor) error { return each(out, in[0], math.Exp) }

// Diff implements [Differentiable].
func (Exp) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Exp) Grad(_ []*Node, out, grad *Node) []*Node { return []*Node{Apply(Mul{}, grad, out)} }

// Log is the natural logarithm.
type Log struct{}

// Kind implements [Spec].
func (Log) Kind() string { return "log" }

// Infer implements [Spec].
func (Log) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (Log) Reference(out Tensor, in []Tensor) error { return each(out, in[0], math.Log) }

// Diff implements [Differentiable].
func (Log) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Log) Grad(in []*Node, _, grad *Node) []*Node { return []*Node{Apply(Div{}, grad, in[0])} }

// Square is x times x.
type Square struct{}

// Kind implements [Spec].
func (Square) Kind() string { return "square" }

// Infer implements [Spec].
func (Square) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (Square) Reference(out Tensor, in []Tensor) error {
	return each(out, in[0], func(x float64) float64 { return x * x })
}

// Diff implements [Differentiable].
func (Square) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Square) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Scale{Factor: 2}, Apply(Mul{}, grad, in[0]))}
}

// each applies a function to every element, in float64.
func each(out, x Tensor, f func(float64) float64) error {
	return floats(out, func(out []float32) { eachTo(out, Data[float32](x), f) },
		func(out []float64) { eachTo(out, Data[float64](x), f) })
}

func eachTo[T float](out, x []T, f func(float64) float64) {
	for i := range out {
		out[i] = T(f(float64(x[i])))
	}
}
