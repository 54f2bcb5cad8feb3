package op

import "fmt"

// Count is how many elements of each row (last axis) of a mask, a U8, are not 0: [..., M] -> [...], of type DType.
type Count struct{ DType DType } // a float

// Kind implements [Spec].
func (Count) Kind() string { return "count" }

// Infer implements [Spec].
func (s Count) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if in[0].DType != U8 || in[0].Rank() == 0 {
		return Type{}, misfit(in, 0, "a mask of u8 of at least 1 dimension")
	}
	return Type{s.DType, in[0].rowless().Shape}, wantFloatResult(s.DType)
}

// Reference implements [Spec].
func (s Count) Reference(out Tensor, in []Tensor) error {
	m := Data[uint8](in[0])
	return floats(out, func(y []float32) { countTo(y, m) }, func(y []float64) { countTo(y, m) })
}

func countTo[T float](y []T, m []uint8) {
	if len(y) == 0 {
		return
	}
	k := len(m) / len(y)
	for i := range y {
		y[i] = T(countSigns(m[i*k:][:k]))
	}
}

// ToFloat is x, an I32 or U8, as numbers of type DType: the nearest, to even on a tie.
type ToFloat struct{ DType DType } // a float

// Kind implements [Spec].
func (ToFloat) Kind() string { return "to_float" }

// Infer implements [Spec].
func (s ToFloat) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if in[0].DType.Float() {
		return Type{}, misfit(in, 0, "i32 or u8")
	}
	return Type{s.DType, in[0].Shape}, wantFloatResult(s.DType)
}

// Reference implements [Spec].
func (s ToFloat) Reference(out Tensor, in []Tensor) error {
	if in[0].DType == U8 {
		x := Data[uint8](in[0])
		return floats(out, func(y []float32) { toFloatTo(y, x) }, func(y []float64) { toFloatTo(y, x) })
	}
	x := Data[int32](in[0])
	return floats(out, func(y []float32) { toFloatTo(y, x) }, func(y []float64) { toFloatTo(y, x) })
}

func toFloatTo[T float, N uint8 | int32](y []T, x []N) {
	for i, v := range x {
		y[i] = T(v)
	}
}

// wantFloatResult is the rule that the type of the result is one of floating-point numbers.
func wantFloatResult(d DType) error {
	if !d.Float() {
		return fmt.Errorf("a result of %v, want floating-point numbers", d)
	}
	return nil
}
