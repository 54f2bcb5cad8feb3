package op

import "fmt"

// Perturb moves x along d, channel by channel, within a ball around origin and a range: for each element of channel c of x[N,3,...]
//
//	y = x + Step[c] * d                 or, with Sign, x + Step[c] * sign(d), where the sign of 0 and of NaN is 0
//	y = min(max(y, origin - Radius[c]), origin + Radius[c])
//	y = min(max(y, Low[c]), High[c])
//
// It takes origin, x and d, of one type. With Sign it is a step of projected gradient ascent in the maximum norm (Madry et al. 2018, arXiv
// 1706.06083). Pixels are perturbed on purpose: it has no gradient, so that none flows through what d was made of.
type Perturb struct {
	Step, Radius, Low, High [3]float64
	Sign                    bool
}

// Kind implements [Spec].
func (Perturb) Kind() string { return "perturb" }

// Infer implements [Spec].
func (s Perturb) Infer(in []Type) (Type, error) {
	t, err := sameTypes(in, 3)
	if err != nil {
		return Type{}, err
	}
	if t.Rank() < 2 || t.Shape[1] != 3 {
		return Type{}, misfit(in, 0, "3 channels along axis 1")
	}
	for c := range 3 {
		if !(s.Radius[c] >= 0) || !(s.Low[c] <= s.High[c]) {
			return Type{}, fmt.Errorf("channel %d: radius %v, from %v to %v, want a radius of at least 0 and a range", c, s.Radius[c], s.Low[c], s.High[c])
		}
	}
	return t, nil
}

// Reference implements [Spec].
func (s Perturb) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { perturbTo(out, list[float32](in), channelOf(in), s) },
		func(out []float64) { perturbTo(out, list[float64](in), channelOf(in), s) })
}

// channelOf returns the elements of one channel of input 0, [N,C,...].
func channelOf(in []Tensor) int { return Of(in[0].DType, in[0].Shape[2:]...).Len() }

func perturbTo[T float](y []T, in [][]T, size int, s Perturb) {
	origin, x, d := in[0], in[1], in[2]
	inRuns(len(y), func(from, to int) {
		for i := from; i < to; {
			c := i / size % 3
			end := min(to, (i/size+1)*size)
			step, radius, low, high := T(s.Step[c]), T(s.Radius[c]), T(s.Low[c]), T(s.High[c])
			for ; i < end; i++ {
				by := d[i]
				if s.Sign {
					by = signOf(by)
				}
				v := x[i] + step*by
				v = min(max(v, origin[i]-radius), origin[i]+radius)
				y[i] = min(max(v, low), high)
			}
		}
	})
}

// signOf returns 1, -1 or 0.
func signOf[T float](v T) T {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
