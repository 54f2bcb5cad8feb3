package op

import "math"

// MaskedMax is the greatest element of each row (last axis) of x among those where m, a U8 of the same shape, is not 0:
// [..., K] -> [...]. A row without any gives Empty. NaN counts as the greatest. It has no gradient.
type MaskedMax struct{ Empty float64 }

// Kind implements [Spec].
func (MaskedMax) Kind() string { return "masked_max" }

// Infer implements [Spec].
func (MaskedMax) Infer(in []Type) (Type, error) {
	if err := wantMasked(in); err != nil {
		return Type{}, err
	}
	return in[0].rowless(), nil
}

// Reference implements [Spec].
func (s MaskedMax) Reference(out Tensor, in []Tensor) error {
	m, k := Data[uint8](in[1]), in[0].row()
	return floats(out, func(y []float32) { maskedMaxTo(y, Data[float32](in[0]), m, k, float32(s.Empty)) },
		func(y []float64) { maskedMaxTo(y, Data[float64](in[0]), m, k, s.Empty) })
}

func maskedMaxTo[T float](y, x []T, m []uint8, k int, empty T) {
	for i := range y {
		top, none := T(math.Inf(-1)), true
		row := x[i*k:][:k]
		for j, v := range m[i*k:][:k] {
			if v != 0 {
				none = false
				if row[j] > top || row[j] != row[j] {
					top = row[j]
				}
			}
		}
		y[i] = top
		if none {
			y[i] = empty
		}
	}
}

// Winner is the place of the greatest of each row of x[N,K], as an I32 [N]: the first of several; -1 where the greatest is less than a
// least, a scalar, or no number. It has no gradient.
type Winner struct{}

// Kind implements [Spec].
func (Winner) Kind() string { return "winner" }

// Infer implements [Spec].
func (Winner) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if _, err := (ArgMax{}).Infer(in[:1]); err != nil {
		return Type{}, err
	}
	return Of(I32, in[0].Shape[0]), wantScalar(in, 1)
}

// Reference implements [Spec].
func (Winner) Reference(out Tensor, in []Tensor) error {
	y, k := Data[int32](out), in[0].row()
	return floats(in[0], func(x []float32) { winnerTo(y, x, k, Data[float32](in[1])[0]) },
		func(x []float64) { winnerTo(y, x, k, Data[float64](in[1])[0]) })
}

func winnerTo[T float](y []int32, x []T, k int, least T) {
	topTo(y, x, k, 1)
	for i, j := range y {
		if !(x[i*k+int(j)] >= least) {
			y[i] = -1
		}
	}
}

// wantMasked is the rule that input 0 holds rows of floating-point numbers and input 1 a mask for them.
func wantMasked(in []Type) error {
	if err := arity(in, 2); err != nil {
		return err
	}
	if err := wantFloats(in, 0, 1); err != nil {
		return err
	}
	return wantType(in, 1, Type{U8, in[0].Shape})
}
