package op

import (
	"encoding/binary"
	"math/bits"
)

// Operations on masks: U8 in which all but 0 means yes. Results are 1 and 0. None has a gradient.

// And says where both a and b, masks of one shape, say yes.
type And struct{}

// Kind implements [Spec].
func (And) Kind() string { return "and" }

// Infer implements [Spec].
func (And) Infer(in []Type) (Type, error) { return sameMasks(in) }

// Reference implements [Spec].
func (And) Reference(out Tensor, in []Tensor) error {
	y, a, b := Data[uint8](out), Data[uint8](in[0]), Data[uint8](in[1])
	andTo(y, a, b)
	return nil
}

func andTo(y, a, b []uint8) {
	a, b = a[:len(y)], b[:len(y)]
	i := 0
	for ; i+8 <= len(y); i += 8 {
		store8(y[i:], signs(load8(a[i:]))&signs(load8(b[i:])))
	}
	for ; i < len(y); i++ {
		y[i] = sign(a[i]) & sign(b[i])
	}
}

// AndNot says where a says yes and b says no, masks of one shape.
type AndNot struct{}

// Kind implements [Spec].
func (AndNot) Kind() string { return "and_not" }

// Infer implements [Spec].
func (AndNot) Infer(in []Type) (Type, error) { return sameMasks(in) }

// Reference implements [Spec].
func (AndNot) Reference(out Tensor, in []Tensor) error {
	y, a, b := Data[uint8](out), Data[uint8](in[0]), Data[uint8](in[1])
	andNotTo(y, a, b)
	return nil
}

func andNotTo(y, a, b []uint8) {
	a, b = a[:len(y)], b[:len(y)]
	i := 0
	for ; i+8 <= len(y); i += 8 {
		store8(y[i:], signs(load8(a[i:]))&^signs(load8(b[i:])))
	}
	for ; i < len(y); i++ {
		y[i] = sign(a[i]) &^ sign(b[i])
	}
}

// Outer says for which pairs of an element of a[N] and one of b[M], masks, both say yes: [N], [M] -> U8 [N, M].
type Outer struct{}

// Kind implements [Spec].
func (Outer) Kind() string { return "outer" }

// Infer implements [Spec].
func (Outer) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	for i := range in {
		if err := wantVector(in, i, U8, -1); err != nil {
			return Type{}, err
		}
	}
	return Of(U8, in[0].Shape[0], in[1].Shape[0]), nil
}

// Reference implements [Spec].
func (Outer) Reference(out Tensor, in []Tensor) error {
	y, b := Data[uint8](out), Data[uint8](in[1])
	yes := make([]uint8, len(b))
	andTo(yes, b, b)
	for i, v := range Data[uint8](in[0]) {
		if row := y[i*len(b):][:len(b)]; v == 0 {
			clear(row)
		} else {
			copy(row, yes)
		}
	}
	return nil
}

// sign returns 1 for all but 0, without a branch.
func sign(v uint8) uint8 { return (v | -v) >> 7 }

// signs is sign of each of 8 bytes: what is not 0 carries into the highest bit, or has it.
func signs(v uint64) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	return (((v & low) + low) | v) &^ low >> 7
}

func load8(b []uint8) uint64 { return binary.LittleEndian.Uint64(b) }

func store8(b []uint8, v uint64) { binary.LittleEndian.PutUint64(b, v) }

// countSigns returns how many bytes are not 0.
func countSigns(m []uint8) int {
	n, i := 0, 0
	for ; i+8 <= len(m); i += 8 {
		n += bits.OnesCount64(signs(load8(m[i:])))
	}
	for ; i < len(m); i++ {
		n += int(sign(m[i]))
	}
	return n
}

// inRuns is parallel for work that is cheap for each element: few elements are not split.
func inRuns(n int, f func(from, to int)) {
	if n < 1<<15 {
		f(0, n)
		return
	}
	parallel(n, f)
}

// sameMasks is the rule of operations on two masks of one shape.
func sameMasks(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if in[0].DType != U8 {
		return Type{}, misfit(in, 0, "a mask of u8")
	}
	return in[0], wantType(in, 1, in[0])
}
