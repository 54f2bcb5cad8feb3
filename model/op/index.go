package op

import "fmt"

// Gather takes the rows of a table[V, ...], of any element type, that idx, an I32 vector, names: [V, ...], [N] -> [N, ...].
type Gather struct{}

// Kind implements [Spec].
func (Gather) Kind() string { return "gather" }

// Infer implements [Spec].
func (Gather) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if in[0].Rank() == 0 {
		return Type{}, misfit(in, 0, "at least 1 dimensions")
	}
	if err := wantVector(in, 1, I32, -1); err != nil {
		return Type{}, err
	}
	return in[0].resized(0, in[1].Shape[0]), nil
}

// Reference implements [Spec].
func (Gather) Reference(out Tensor, in []Tensor) error {
	idx := Data[int32](in[1])
	if err := checkIndices(idx, in[0].Shape[0]); err != nil {
		return err
	}
	_, row := out.around(0)
	for i, from := range idx {
		copyRun(out, i*row, in[0], int(from)*row, row)
	}
	return nil
}

// Diff implements [Differentiable].
func (Gather) Diff(int) []bool { return []bool{true, false} }

// Grad implements [Differentiable].
func (Gather) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(ScatterAdd{Rows: TypeOf(in[0]).Shape[0]}, grad, in[1]), nil}
}

// ScatterAdd adds up, in order, the rows of gy[N, ...] into a table of zeros with Rows rows, each where idx[N] says: the gradient of
// [Gather].
type ScatterAdd struct{ Rows int }

// Kind implements [Spec].
func (ScatterAdd) Kind() string { return "scatter_add" }

// Infer implements [Spec].
func (s ScatterAdd) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if err := wantFloats(in, 0, 1); err != nil {
		return Type{}, err
	}
	if err := wantVector(in, 1, I32, in[0].Shape[0]); err != nil {
		return Type{}, err
	}
	if s.Rows < 0 {
		return Type{}, fmt.Errorf("%d rows, want at least 0", s.Rows)
	}
	return in[0].resized(0, s.Rows), nil
}

// Reference implements [Spec].
func (s ScatterAdd) Reference(out Tensor, in []Tensor) error {
	idx := Data[int32](in[1])
	if err := checkIndices(idx, s.Rows); err != nil {
		return err
	}
	_, row := out.around(0)
	return floats(out, func(out []float32) { scatterAddTo(out, Data[float32](in[0]), idx, row) },
		func(out []float64) { scatterAddTo(out, Data[float64](in[0]), idx, row) })
}

func scatterAddTo[T float](out, x []T, idx []int32, row int) {
	clear(out)
	for i, to := range idx {
		sum := out[int(to)*row:][:row]
		for j, v := range x[i*row:][:row] {
			sum[j] += v
		}
	}
}

// Diff implements [Differentiable].
func (ScatterAdd) Diff(int) []bool { return []bool{true, false} }

// Grad implements [Differentiable].
func (ScatterAdd) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(Gather{}, grad, in[1]), nil}
}

func checkIndices(idx []int32, rows int) error {
	for i, at := range idx {
		if at < 0 || int(at) >= rows {
			return fmt.Errorf("index %d is %d, want 0 or more and less than %d", i, at, rows)
		}
	}
	return nil
}

// OneHot is 1 where idx[N], an I32, says and 0 elsewhere: [N] -> [N, Depth], of type DType. A row whose index is outside is all 0.
type OneHot struct {
	Depth int
	DType DType // a float
}

// Kind implements [Spec].
func (OneHot) Kind() string { return "one_hot" }

// Infer implements [Spec].
func (s OneHot) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if err := wantVector(in, 0, I32, -1); err != nil {
		return Type{}, err
	}
	if s.Depth < 0 || !s.DType.Float() {
		return Type{}, fmt.Errorf("depth %d of %v, want at least 0 of floating-point numbers", s.Depth, s.DType)
	}
	return Of(s.DType, in[0].Shape[0], s.Depth), nil
}

// Reference implements [Spec].
func (s OneHot) Reference(out Tensor, in []Tensor) error {
	idx := Data[int32](in[0])
	return floats(out, func(out []float32) { oneHotTo(out, idx, s.Depth) }, func(out []float64) { oneHotTo(out, idx, s.Depth) })
}

func oneHotTo[T float](out []T, idx []int32, depth int) {
	clear(out)
	for i, at := range idx {
		if at >= 0 && int(at) < depth {
			out[i*depth+int(at)] = 1
		}
	}
}

// Equal says which of a[N] are which of b[M], both I32: [N], [M] -> U8 [N, M], 1 where they are equal.
type Equal struct{}

// Kind implements [Spec].
func (Equal) Kind() string { return "equal" }

// Infer implements [Spec].
func (Equal) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	for i := range in {
		if err := wantVector(in, i, I32, -1); err != nil {
			return Type{}, err
		}
	}
	return Of(U8, in[0].Shape[0], in[1].Shape[0]), nil
}

// Reference implements [Spec].
func (Equal) Reference(out Tensor, in []Tensor) error {
	y, b := Data[uint8](out), Data[int32](in[1])
	for i, v := range Data[int32](in[0]) {
		for j, w := range b {
			y[i*len(b)+j] = 0
			if v == w {
				y[i*len(b)+j] = 1
			}
		}
	}
	return nil
}
