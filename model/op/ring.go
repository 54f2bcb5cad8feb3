package op

import "fmt"

// RingWrite replaces rows of a memory bank[M, ...], of any element type, by rows[N, ...], N at most M: row i lands at (at + i) mod M.
// at is one I32. The bank is a constant to a loss: there is no gradient.
type RingWrite struct{}

// Kind implements [Spec].
func (RingWrite) Kind() string { return "ring_write" }

// Infer implements [Spec].
func (RingWrite) Infer(in []Type) (Type, error) {
	if err := arity(in, 3); err != nil {
		return Type{}, err
	}
	bank, rows := in[0], in[1]
	if bank.Rank() == 0 {
		return Type{}, misfit(in, 0, "at least 1 dimensions")
	}
	if rows.Rank() != bank.Rank() || !rows.resized(0, 0).Equal(bank.resized(0, 0)) {
		return Type{}, misfit(in, 1, "rows of %v", bank)
	}
	if rows.Shape[0] > bank.Shape[0] {
		return Type{}, misfit(in, 1, "at most %d rows", bank.Shape[0])
	}
	return bank, wantCounter(in, 2)
}

// Reference implements [Spec].
func (RingWrite) Reference(out Tensor, in []Tensor) error {
	copyRun(out, 0, in[0], 0, out.Len())
	if out.Shape[0] == 0 {
		return nil
	}
	_, row := out.around(0)
	for i := range in[1].Shape[0] {
		copyRun(out, modulo(int(Data[int32](in[2])[0])+i, out.Shape[0])*row, in[1], i*row, row)
	}
	return nil
}

// Advance is a counter, one I32, plus By; modulo Mod if that is not 0, where the result is never negative.
type Advance struct{ By, Mod int }

// Kind implements [Spec].
func (Advance) Kind() string { return "advance" }

// Infer implements [Spec].
func (s Advance) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if s.Mod < 0 {
		return Type{}, fmt.Errorf("modulo %d, want at least 0", s.Mod)
	}
	return in[0], wantCounter(in, 0)
}

// Reference implements [Spec].
func (s Advance) Reference(out Tensor, in []Tensor) error {
	n := int(Data[int32](in[0])[0]) + s.By
	if s.Mod != 0 {
		n = modulo(n, s.Mod)
	}
	Data[int32](out)[0] = int32(n)
	return nil
}

// modulo returns the remainder that is not negative.
func modulo(n, m int) int { return (n%m + m) % m }
