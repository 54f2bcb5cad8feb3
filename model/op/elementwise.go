package op

import "fmt"

// Add is the sum of two values of one type.
type Add struct{}

// Kind implements [Spec].
func (Add) Kind() string { return "add" }

// Infer implements [Spec].
func (Add) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (Add) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { addTo(out, Data[float32](in[0]), Data[float32](in[1])) },
		func(out []float64) { addTo(out, Data[float64](in[0]), Data[float64](in[1])) })
}

func addTo[T float](out, a, b []T) {
	for i := range out {
		out[i] = a[i] + b[i]
	}
}

// Diff implements [Differentiable].
func (Add) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (Add) Grad(_ []*Node, _, grad *Node) []*Node { return []*Node{grad, grad} }

// Sub is the first value less the second, of one type.
type Sub struct{}

// Kind implements [Spec].
func (Sub) Kind() string { return "sub" }

// Infer implements [Spec].
func (Sub) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (Sub) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { subTo(out, Data[float32](in[0]), Data[float32](in[1])) },
		func(out []float64) { subTo(out, Data[float64](in[0]), Data[float64](in[1])) })
}

func subTo[T float](out, a, b []T) {
	for i := range out {
		out[i] = a[i] - b[i]
	}
}

// Diff implements [Differentiable].
func (Sub) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (Sub) Grad(_ []*Node, _, grad *Node) []*Node {
	return []*Node{grad, Apply(Scale{Factor: -1}, grad)}
}

// Mul is the product, element by element, of two values of one type.
type Mul struct{}

// Kind implements [Spec].
func (Mul) Kind() string { return "mul" }

// Infer implements [Spec].
func (Mul) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (Mul) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { mulTo(out, Data[float32](in[0]), Data[float32](in[1])) },
		func(out []float64) { mulTo(out, Data[float64](in[0]), Data[float64](in[1])) })
}

func mulTo[T float](out, a, b []T) {
	for i := range out {
		out[i] = a[i] * b[i]
	}
}

// Diff implements [Differentiable].
func (Mul) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (Mul) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Mul{}, grad, in[1]), Apply(Mul{}, grad, in[0])}
}

// Div is the first value over the second, element by element, of one type.
type Div struct{}

// Kind implements [Spec].
func (Div) Kind() string { return "div" }

// Infer implements [Spec].
func (Div) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (Div) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { divTo(out, Data[float32](in[0]), Data[float32](in[1])) },
		func(out []float64) { divTo(out, Data[float64](in[0]), Data[float64](in[1])) })
}

func divTo[T float](out, a, b []T) {
	for i := range out {
		out[i] = a[i] / b[i]
	}
}

// Diff implements [Differentiable].
func (Div) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (Div) Grad(in []*Node, out, grad *Node) []*Node {
	a := Apply(Div{}, grad, in[1])
	return []*Node{a, Apply(Scale{Factor: -1}, Apply(Mul{}, a, out))}
}

// MulScalar is x times s, a scalar.
type MulScalar struct{}

// Kind implements [Spec].
func (MulScalar) Kind() string { return "mul_scalar" }

// Infer implements [Spec].
func (MulScalar) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if _, err := sameTypes(in[:1], 1); err != nil {
		return Type{}, err
	}
	return in[0], wantScalar(in, 1)
}

// Reference implements [Spec].
func (MulScalar) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { mulScalarTo(out, Data[float32](in[0]), Data[float32](in[1])[0]) },
		func(out []float64) { mulScalarTo(out, Data[float64](in[0]), Data[float64](in[1])[0]) })
}

func mulScalarTo[T float](out, x []T, s T) {
	for i := range out {
		out[i] = x[i] * s
	}
}

// Diff implements [Differentiable].
func (MulScalar) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (MulScalar) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(MulScalar{}, grad, in[1]), Apply(Sum{}, Apply(Mul{}, grad, in[0]))}
}

// Mask is x where m, a U8 of the same shape, is not 0, and Fill where it is.
type Mask struct{ Fill float64 }

// Kind implements [Spec].
func (Mask) Kind() string { return "mask" }

// Infer implements [Spec].
func (Mask) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if _, err := sameTypes(in[:1], 1); err != nil {
		return Type{}, err
	}
	return in[0], wantType(in, 1, Type{U8, in[0].Shape})
}

// Reference implements [Spec].
func (s Mask) Reference(out Tensor, in []Tensor) error {
	m := Data[uint8](in[1])
	return floats(out, func(out []float32) { maskTo(out, Data[float32](in[0]), m, float32(s.Fill)) },
		func(out []float64) { maskTo(out, Data[float64](in[0]), m, s.Fill) })
}

func maskTo[T float](out, x []T, m []uint8, fill T) {
	for i := range out {
		out[i] = fill
		if m[i] != 0 {
			out[i] = x[i]
		}
	}
}

// Diff implements [Differentiable].
func (Mask) Diff(int) []bool { return []bool{true, false} }

// Grad implements [Differentiable]: nothing flows to what was replaced.
func (Mask) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Mask{}, grad, in[1]), nil}
}

// sameTypes is the rule of operations on n values of one float type.
func sameTypes(in []Type, n int) (Type, error) {
	if len(in) != n {
		return Type{}, fmt.Errorf("%d inputs, want %d", len(in), n)
	}
	for i, t := range in {
		if !t.DType.Float() {
			return Type{}, fmt.Errorf("input %d is %v, want floating-point numbers", i, t)
		}
		if !t.Equal(in[0]) {
			return Type{}, fmt.Errorf("input %d is %v, want %v as input 0", i, t, in[0])
		}
	}
	return in[0], nil
}

// floats calls the one of two functions that computes in out's type.
func floats(out Tensor, f32 func([]float32), f64 func([]float64)) error {
	switch data := out.Data.(type) {
	case []float32:
		f32(data)
	case []float64:
		f64(data)
	default:
		return fmt.Errorf("the result is %v, want floating-point numbers", out.Type)
	}
	return nil
}
