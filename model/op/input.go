package op

import "fmt"

// Normalize turns the pixels of clips into the input of an encoder: U8 [N, T, H, W, 3] -> [N, 3, T, H, W] of type DType, each channel as
// (x/255 - mean) / std.
type Normalize struct {
	Mean, Std [3]float64
	DType     DType // a float
}

// Kind implements [Spec].
func (Normalize) Kind() string { return "normalize" }

// Infer implements [Spec].
func (s Normalize) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if in[0].DType != U8 || in[0].Rank() != 5 || in[0].Shape[4] != 3 {
		return Type{}, misfit(in, 0, "u8[N T H W 3]")
	}
	for _, std := range s.Std {
		if err := wantPositive("std", std); err != nil {
			return Type{}, err
		}
	}
	if !s.DType.Float() {
		return Type{}, fmt.Errorf("a result of %v, want floating-point numbers", s.DType)
	}
	x := in[0].Shape
	return Of(s.DType, x[0], 3, x[1], x[2], x[3]), nil
}

// Reference implements [Spec].
func (s Normalize) Reference(out Tensor, in []Tensor) error {
	x, n := Data[uint8](in[0]), out.Shape[0]
	return floats(out, func(out []float32) { normalizeTo(out, x, n, s.Mean, s.Std) },
		func(out []float64) { normalizeTo(out, x, n, s.Mean, s.Std) })
}

// normalizeTo looks every pixel up in a table of its channel.
func normalizeTo[T float](out []T, x []uint8, n int, mean, std [3]float64) {
	if len(x) == 0 {
		return
	}
	size := len(x) / n / 3 // pixels of a clip
	for c := range 3 {
		var level [256]T
		for v := range level {
			level[v] = T((float64(v)/255 - mean[c]) / std[c])
		}
		for i := range n {
			channel := out[(i*3+c)*size:][:size]
			for j := range channel {
				channel[j] = level[x[(i*size+j)*3+c]]
			}
		}
	}
}
