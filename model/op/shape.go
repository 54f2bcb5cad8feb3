package op

import "fmt"

// Dims is a list of up to 8 whole numbers that can be compared and is part of an operation's hash: a shape, or an order of axes.
type Dims struct {
	N int // how many
	D [8]int
}

// DimsOf returns a list. It panics if there are more than 8 numbers.
func DimsOf(list ...int) Dims {
	d := Dims{N: len(list)}
	if d.N > len(d.D) {
		panic(fmt.Sprintf("op: %d dimensions, want at most %d", d.N, len(d.D)))
	}
	copy(d.D[:], list)
	return d
}

// List returns the numbers.
func (d Dims) List() []int { return append([]int(nil), d.D[:d.N]...) }

// String returns the numbers, for example [2 3 4].
func (d Dims) String() string { return fmt.Sprint(d.D[:d.N]) }

// Reshape is x, of any element type, with the same elements in another shape.
type Reshape struct{ Shape Dims }

// Kind implements [Spec].
func (Reshape) Kind() string { return "reshape" }

// Infer implements [Spec].
func (s Reshape) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	out := Of(in[0].DType, s.Shape.List()...)
	if err := wantNatural(s.Shape); err != nil {
		return Type{}, err
	}
	if out.Len() != in[0].Len() {
		return Type{}, misfit(in, 0, "%d elements for %v", out.Len(), s.Shape)
	}
	return out, nil
}

// Reference implements [Spec].
func (Reshape) Reference(out Tensor, in []Tensor) error {
	copyRun(out, 0, in[0], 0, out.Len())
	return nil
}

// Diff implements [Differentiable].
func (Reshape) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Reshape) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Reshape{DimsOf(TypeOf(in[0]).Shape...)}, grad)}
}

// Transpose is x, of any element type, with its axes in another order: axis i of the result is axis Perm[i] of x.
type Transpose struct{ Perm Dims }

// Kind implements [Spec].
func (Transpose) Kind() string { return "transpose" }

// Infer implements [Spec].
func (s Transpose) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	rank := in[0].Rank()
	var seen [8]bool
	out := Of(in[0].DType)
	for _, axis := range s.Perm.List() {
		if s.Perm.N != rank || axis < 0 || axis >= rank || seen[axis] {
			return Type{}, misfit(in, 0, "the axes of the permutation %v", s.Perm)
		}
		seen[axis] = true
		out.Shape = append(out.Shape, in[0].Shape[axis])
	}
	if s.Perm.N != rank {
		return Type{}, misfit(in, 0, "the axes of the permutation %v", s.Perm)
	}
	return out, nil
}

// Reference implements [Spec].
func (s Transpose) Reference(out Tensor, in []Tensor) error {
	switch x := in[0].Data.(type) {
	case []float32:
		transposeTo(Data[float32](out), x, out.Shape, in[0].Shape, s.Perm)
	case []float64:
		transposeTo(Data[float64](out), x, out.Shape, in[0].Shape, s.Perm)
	case []int32:
		transposeTo(Data[int32](out), x, out.Shape, in[0].Shape, s.Perm)
	case []uint8:
		transposeTo(Data[uint8](out), x, out.Shape, in[0].Shape, s.Perm)
	}
	return nil
}

// transposeTo walks the result in order and steps through x by its strides.
func transposeTo[T any](out, x []T, shape, from []int, perm Dims) {
	var stride, step, at [8]int
	for i, n := len(from)-1, 1; i >= 0; i-- {
		stride[i] = n
		n *= from[i]
	}
	for i := range shape {
		step[i] = stride[perm.D[i]]
	}
	src := 0
	for i := range out {
		out[i] = x[src]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			at[axis]++
			src += step[axis]
			if at[axis] < shape[axis] {
				break
			}
			src -= at[axis] * step[axis]
			at[axis] = 0
		}
	}
}

// Diff implements [Differentiable].
func (Transpose) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable]: the inverse permutation.
func (s Transpose) Grad(_ []*Node, _, grad *Node) []*Node {
	inverse := Dims{N: s.Perm.N}
	for i, axis := range s.Perm.List() {
		inverse.D[axis] = i
	}
	return []*Node{Apply(Transpose{inverse}, grad)}
}

// copyRun copies n elements of one type from src to dst.
func copyRun(dst Tensor, to int, src Tensor, from, n int) {
	switch d := dst.Data.(type) {
	case []float32:
		copy(d[to:to+n], Data[float32](src)[from:])
	case []float64:
		copy(d[to:to+n], Data[float64](src)[from:])
	case []int32:
		copy(d[to:to+n], Data[int32](src)[from:])
	case []uint8:
		copy(d[to:to+n], Data[uint8](src)[from:])
	}
}
