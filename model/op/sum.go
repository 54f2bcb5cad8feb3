package op

import "fmt"

// Sum is the sum of all elements, a scalar. It adds in float64, in order.
type Sum struct{}

// Kind implements [Spec].
func (Sum) Kind() string { return "sum" }

// Infer implements [Spec].
func (Sum) Infer(in []Type) (Type, error) {
	t, err := sameTypes(in, 1)
	return Of(t.DType), err
}

// Reference implements [Spec].
func (Sum) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { sumAxisTo(out, Data[float32](in[0]), 1, in[0].Len(), 1) },
		func(out []float64) { sumAxisTo(out, Data[float64](in[0]), 1, in[0].Len(), 1) })
}

// Diff implements [Differentiable].
func (Sum) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Sum) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Fill{DimsOf(TypeOf(in[0]).Shape...)}, grad)}
}

// Mean adds the mean of all elements of x, a scalar, to its graph.
func Mean(x *Node) *Node {
	return Apply(Scale{Factor: 1 / float64(TypeOf(x).Len())}, Apply(Sum{}, x))
}

// Fill is a value of a shape whose elements are all the scalar x.
type Fill struct{ Shape Dims }

// Kind implements [Spec].
func (Fill) Kind() string { return "fill" }

// Infer implements [Spec].
func (s Fill) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if !in[0].DType.Float() || in[0].Rank() != 0 {
		return Type{}, misfit(in, 0, "a floating-point scalar")
	}
	return Of(in[0].DType, s.Shape.List()...), wantNatural(s.Shape)
}

// Reference implements [Spec].
func (s Fill) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { expandTo(out, Data[float32](in[0]), 1, len(out), 1) },
		func(out []float64) { expandTo(out, Data[float64](in[0]), 1, len(out), 1) })
}

// Diff implements [Differentiable].
func (Fill) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Fill) Grad(_ []*Node, _, grad *Node) []*Node { return []*Node{Apply(Sum{}, grad)} }

// SumAxis is the sum over an axis, which the result lacks. It adds in float64, in order.
type SumAxis struct{ Axis int }

// Kind implements [Spec].
func (SumAxis) Kind() string { return "sum_axis" }

// Infer implements [Spec].
func (s SumAxis) Infer(in []Type) (Type, error) {
	if _, err := sameTypes(in, 1); err != nil {
		return Type{}, err
	}
	if err := wantAxis(in, s.Axis); err != nil {
		return Type{}, err
	}
	out := Of(in[0].DType, append([]int(nil), in[0].Shape[:s.Axis]...)...)
	out.Shape = append(out.Shape, in[0].Shape[s.Axis+1:]...)
	return out, nil
}

// Reference implements [Spec].
func (s SumAxis) Reference(out Tensor, in []Tensor) error {
	before, after := in[0].around(s.Axis)
	n := in[0].Shape[s.Axis]
	return floats(out, func(out []float32) { sumAxisTo(out, Data[float32](in[0]), before, n, after) },
		func(out []float64) { sumAxisTo(out, Data[float64](in[0]), before, n, after) })
}

func sumAxisTo[T float](out, x []T, before, n, after int) {
	for b := range before {
		for a := range after {
			sum := 0.0
			for i := range n {
				sum += float64(x[(b*n+i)*after+a])
			}
			out[b*after+a] = T(sum)
		}
	}
}

// Diff implements [Differentiable].
func (SumAxis) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (s SumAxis) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Expand{s.Axis, TypeOf(in[0]).Shape[s.Axis]}, grad)}
}

// Expand repeats x N times along a new axis: the gradient of [SumAxis].
type Expand struct{ Axis, N int }

// Kind implements [Spec].
func (Expand) Kind() string { return "expand" }

// Infer implements [Spec].
func (s Expand) Infer(in []Type) (Type, error) {
	if _, err := sameTypes(in, 1); err != nil {
		return Type{}, err
	}
	if s.Axis < 0 || s.Axis > in[0].Rank() {
		return Type{}, fmt.Errorf("axis %d, want a place among the %d of input 0", s.Axis, in[0].Rank())
	}
	if s.N < 0 {
		return Type{}, fmt.Errorf("%d times, want at least 0", s.N)
	}
	out := Of(in[0].DType, append([]int(nil), in[0].Shape[:s.Axis]...)...)
	out.Shape = append(append(out.Shape, s.N), in[0].Shape[s.Axis:]...)
	return out, nil
}

// Reference implements [Spec].
func (s Expand) Reference(out Tensor, in []Tensor) error {
	before, after := out.around(s.Axis)
	return floats(out, func(out []float32) { expandTo(out, Data[float32](in[0]), before, s.N, after) },
		func(out []float64) { expandTo(out, Data[float64](in[0]), before, s.N, after) })
}

func expandTo[T float](out, x []T, before, n, after int) {
	for b := range before {
		for i := range n {
			copy(out[(b*n+i)*after:][:after], x[b*after:])
		}
	}
}

// Diff implements [Differentiable].
func (Expand) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (s Expand) Grad(_ []*Node, _, grad *Node) []*Node { return []*Node{Apply(SumAxis{s.Axis}, grad)} }
