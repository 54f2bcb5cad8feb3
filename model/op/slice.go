package op

import "fmt"

// Concat joins values of one element type, and of one shape but for the axis along which it joins them.
type Concat struct{ Axis int }

// Kind implements [Spec].
func (Concat) Kind() string { return "concat" }

// Infer implements [Spec].
func (s Concat) Infer(in []Type) (Type, error) {
	if len(in) == 0 {
		return Type{}, fmt.Errorf("0 inputs, want at least 1")
	}
	if err := wantAxis(in, s.Axis); err != nil {
		return Type{}, err
	}
	out := Of(in[0].DType, in[0].Shape...).resized(s.Axis, 0)
	for i, t := range in {
		if t.Rank() != out.Rank() || !t.resized(s.Axis, 0).Equal(out.resized(s.Axis, 0)) {
			return Type{}, misfit(in, i, "%v as input 0 but for axis %d", in[0], s.Axis)
		}
		out.Shape[s.Axis] += t.Shape[s.Axis]
	}
	return out, nil
}

// Reference implements [Spec].
func (s Concat) Reference(out Tensor, in []Tensor) error {
	outer, row := out.around(s.Axis)
	at := 0
	for _, x := range in {
		run := x.Shape[s.Axis] * row
		for i := range outer {
			copyRun(out, i*out.Shape[s.Axis]*row+at, x, i*run, run)
		}
		at += run
	}
	return nil
}

// Diff implements [Differentiable].
func (Concat) Diff(n int) []bool {
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	return all
}

// Grad implements [Differentiable].
func (s Concat) Grad(in []*Node, _, grad *Node) []*Node {
	list := make([]*Node, len(in))
	at := 0
	for i, n := range in {
		to := at + TypeOf(n).Shape[s.Axis]
		list[i] = Apply(Slice{s.Axis, at, to}, grad)
		at = to
	}
	return list
}

// Slice is the part of x, of any element type, from index From up to but without To of an axis.
type Slice struct{ Axis, From, To int }

// Kind implements [Spec].
func (Slice) Kind() string { return "slice" }

// Infer implements [Spec].
func (s Slice) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if err := wantAxis(in, s.Axis); err != nil {
		return Type{}, err
	}
	if n := in[0].Shape[s.Axis]; s.From < 0 || s.From > s.To || s.To > n {
		return Type{}, fmt.Errorf("from %d to %d of axis %d, want a part of the %d of input 0", s.From, s.To, s.Axis, n)
	}
	return in[0].resized(s.Axis, s.To-s.From), nil
}

// Reference implements [Spec].
func (s Slice) Reference(out Tensor, in []Tensor) error {
	outer, row := out.around(s.Axis)
	n := in[0].Shape[s.Axis]
	for i := range outer {
		copyRun(out, i*(s.To-s.From)*row, in[0], (i*n+s.From)*row, (s.To-s.From)*row)
	}
	return nil
}

// Diff implements [Differentiable].
func (Slice) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (s Slice) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(SliceGrad{s.Axis, s.From, s.To, TypeOf(in[0]).Shape[s.Axis]}, grad)}
}

// SliceGrad is the gradient of [Slice] with respect to an x with Len on its axis: the gradient from From to To, 0 elsewhere.
type SliceGrad struct{ Axis, From, To, Len int }

// Kind implements [Spec].
func (SliceGrad) Kind() string { return "slice_grad" }

// Infer implements [Spec].
func (s SliceGrad) Infer(in []Type) (Type, error) {
	if _, err := sameTypes(in, 1); err != nil {
		return Type{}, err
	}
	if err := wantAxis(in, s.Axis); err != nil {
		return Type{}, err
	}
	if s.From < 0 || s.To > s.Len || s.To-s.From != in[0].Shape[s.Axis] {
		return Type{}, misfit(in, 0, "what lies from %d to %d of %d on axis %d", s.From, s.To, s.Len, s.Axis)
	}
	return in[0].resized(s.Axis, s.Len), nil
}

// Reference implements [Spec].
func (s SliceGrad) Reference(out Tensor, in []Tensor) error {
	if err := floats(out, func(x []float32) { clear(x) }, func(x []float64) { clear(x) }); err != nil {
		return err
	}
	outer, row := out.around(s.Axis)
	for i := range outer {
		copyRun(out, (i*s.Len+s.From)*row, in[0], i*(s.To-s.From)*row, (s.To-s.From)*row)
	}
	return nil
}

// Diff implements [Differentiable].
func (SliceGrad) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (s SliceGrad) Grad(_ []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Slice{s.Axis, s.From, s.To}, grad)}
}

// resized returns the type with another length of an axis.
func (t Type) resized(axis, n int) Type {
	out := Of(t.DType, append([]int(nil), t.Shape...)...)
	out.Shape[axis] = n
	return out
}

// around returns the product of the dimensions before an axis, and of those after it.
func (t Type) around(axis int) (before, after int) {
	return Of(t.DType, t.Shape[:axis]...).Len(), Of(t.DType, t.Shape[axis+1:]...).Len()
}
