package op

import "fmt"

// Uniform draws numbers of a shape, each evenly from [-1, 1), from a seed, one I32. Element i, counted in memory order, is a function of
// (seed, Stream, i) alone: u/2^23 - 1, which is exact, with u as [Bernoulli] draws it.
type Uniform struct {
	Shape  Dims
	Stream int
	DType  DType // a float
}

// Kind implements [Spec].
func (Uniform) Kind() string { return "uniform" }

// Infer implements [Spec].
func (s Uniform) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if err := wantCounter(in, 0); err != nil {
		return Type{}, err
	}
	if !s.DType.Float() {
		return Type{}, fmt.Errorf("a result of %v, want floating-point numbers", s.DType)
	}
	return Of(s.DType, s.Shape.List()...), wantNatural(s.Shape)
}

// Reference implements [Spec].
func (s Uniform) Reference(out Tensor, in []Tensor) error {
	seed := mix32(uint32(Data[int32](in[0])[0]) + 0x9e3779b9*uint32(s.Stream))
	return floats(out, func(y []float32) { uniformTo(y, seed) }, func(y []float64) { uniformTo(y, seed) })
}

func uniformTo[T float](y []T, seed uint32) {
	inRuns(len(y), func(from, to int) {
		for i := from; i < to; i++ {
			y[i] = T(mix32(uint32(i)+seed)>>8)/(1<<23) - 1
		}
	})
}
