package op

// AddBias adds to each channel of x[N,C,...] its number in b[C].
type AddBias struct{}

// Kind implements [Spec].
func (AddBias) Kind() string { return "add_bias" }

// Infer implements [Spec].
func (AddBias) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 2)
	if err != nil {
		return Type{}, err
	}
	if err := wantFloats(in, 0, 2); err != nil {
		return Type{}, err
	}
	return in[0], wantVector(in, 1, d, in[0].Shape[1])
}

// Reference implements [Spec].
func (AddBias) Reference(out Tensor, in []Tensor) error {
	b := batchOf(out.Shape, 1)
	return floats(out, func(y []float32) { addBias(b, y, Data[float32](in[0]), Data[float32](in[1])) },
		func(y []float64) { addBias(b, y, Data[float64](in[0]), Data[float64](in[1])) })
}

// Diff implements [Differentiable].
func (AddBias) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (AddBias) Grad(_ []*Node, _, grad *Node) []*Node {
	return []*Node{grad, Apply(SumChannels{}, grad)}
}

func addBias[T float](b batch, y, x, bias []T) {
	b.each(func(_, c int, starts []int) {
		for _, at := range starts {
			for i, v := range x[at : at+b.s] {
				y[at+i] = v + bias[c]
			}
		}
	})
}

// SumChannels sums each channel of gy[N,C,...] to one number, [C]: the gradient of [AddBias] with respect to b. It adds in float64.
type SumChannels struct{}

// Kind implements [Spec].
func (SumChannels) Kind() string { return "sum_channels" }

// Infer implements [Spec].
func (SumChannels) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 1)
	if err != nil {
		return Type{}, err
	}
	if err := wantFloats(in, 0, 2); err != nil {
		return Type{}, err
	}
	return Of(d, in[0].Shape[1]), nil
}

// Reference implements [Spec].
func (SumChannels) Reference(out Tensor, in []Tensor) error {
	b := batchOf(in[0].Shape, 1)
	return floats(out, func(y []float32) { sumChannels(b, y, Data[float32](in[0])) },
		func(y []float64) { sumChannels(b, y, Data[float64](in[0])) })
}

func sumChannels[T float](b batch, y, gy []T) {
	b.each(func(_, c int, starts []int) {
		sum := 0.0
		for _, at := range starts {
			for _, v := range gy[at : at+b.s] {
				sum += float64(v)
			}
		}
		y[c] = T(sum)
	})
}

// batch is the shape of activations [N,C,...], in groups of consecutive samples.
type batch struct {
	groups int
	n, c   int // samples of a group, channels
	s      int // values of one channel of one sample
}

func batchOf(shape []int, groups int) batch {
	return batch{groups, shape[0] / groups, shape[1], Type{Shape: shape[2:]}.Len()}
}

// count returns the number of values of a channel in a group.
func (b batch) count() int { return b.n * b.s }

// each calls f for every group and channel, several at a time. Of each sample of the group, the b.s values of the channel start at the
// place that starts holds; f does not keep it.
func (b batch) each(f func(g, c int, starts []int)) {
	parallel(b.groups*b.c, func(from, to int) {
		starts := make([]int, b.n)
		for gc := from; gc < to; gc++ {
			g, c := gc/b.c, gc%b.c
			for i := range starts {
				starts[i] = ((g*b.n+i)*b.c + c) * b.s
			}
			f(g, c, starts)
		}
	})
}
