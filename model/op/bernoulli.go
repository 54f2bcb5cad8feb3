package op

// Bernoulli draws a mask of a shape: each element is 1 with a probability and 0 otherwise, from a seed, one I32, and a rate, an F32
// scalar. The draw of element i, counted in memory order, is a function of (seed, Stream, i) alone: with all arithmetic on unsigned
// 32-bit numbers, which wraps around,
//
//	mix(h) = h ^ h>>16; h *= 0x7feb352d; h ^= h>>15; h *= 0x846ca68b; h ^= h>>16
//	u      = mix(i + mix(seed + 0x9e3779b9 Stream)) >> 8
//
// and the element is 1 where u as F32, which is exact, is less than the rate times 2^24, rounded to F32: always at a rate of 1, never
// at 0. The constants are of Wellons' lowbias32.
type Bernoulli struct {
	Shape  Dims
	Stream int
}

// Kind implements [Spec].
func (Bernoulli) Kind() string { return "bernoulli" }

// Infer implements [Spec].
func (s Bernoulli) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if err := wantCounter(in, 0); err != nil {
		return Type{}, err
	}
	if err := wantType(in, 1, Of(F32)); err != nil {
		return Type{}, err
	}
	return Of(U8, s.Shape.List()...), wantNatural(s.Shape)
}

// Reference implements [Spec].
func (s Bernoulli) Reference(out Tensor, in []Tensor) error {
	y, seed := Data[uint8](out), mix32(uint32(Data[int32](in[0])[0])+0x9e3779b9*uint32(s.Stream))
	rate := Data[float32](in[1])[0] * (1 << 24)
	inRuns(len(y), func(from, to int) {
		for i := from; i < to; i++ {
			y[i] = answer(float32(mix32(uint32(i)+seed)>>8) < rate)
		}
	})
	return nil
}

// mix32 scrambles the bits of a number; no two numbers give the same.
func mix32(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x7feb352d
	h ^= h >> 15
	h *= 0x846ca68b
	return h ^ h>>16
}
