package op

import "math"

// RoundBF16 rounds to the nearest bfloat16, to even on a tie, and keeps it in the type of x: what mixed precision does to a number. F64 is
// rounded to F32 before. The gradient is rounded in the same way.
type RoundBF16 struct{}

// Kind implements [Spec].
func (RoundBF16) Kind() string { return "round_bf16" }

// Infer implements [Spec].
func (RoundBF16) Infer(in []Type) (Type, error) { return sameTypes(in, 1) }

// Reference implements [Spec].
func (RoundBF16) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { roundTo(out, Data[float32](in[0])) },
		func(out []float64) { roundTo(out, Data[float64](in[0])) })
}

func roundTo[T float](out, x []T) {
	for i, v := range x {
		out[i] = T(roundBF16(float32(v)))
	}
}

// roundBF16 keeps the upper 16 bits: adding half of what is cut off, or just less if the result is even, carries into them.
func roundBF16(v float32) float32 {
	bits := math.Float32bits(v)
	if v != v {
		return math.Float32frombits(bits&0xffff0000 | 0x00400000)
	}
	return math.Float32frombits((bits + 0x7fff + bits>>16&1) & 0xffff0000)
}

// Diff implements [Differentiable].
func (RoundBF16) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (RoundBF16) Grad(_ []*Node, _, grad *Node) []*Node { return []*Node{Apply(RoundBF16{}, grad)} }
