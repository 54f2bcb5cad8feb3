package op

import (
	"fmt"
	"math"
	"slices"
)

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

// TopMask says which are the greatest elements of each row of x[N,M] among those where m, a U8 of the same shape, is not 0: K of
// them, or, where K is 0, the part Share of them, rounded down. Of equals the first of the row come first; NaN counts as the greatest.
// Of a row with fewer than K all are. It has no gradient.
type TopMask struct {
	K     int
	Share float64
}

// Kind implements [Spec].
func (TopMask) Kind() string { return "top_mask" }

// Infer implements [Spec].
func (s TopMask) Infer(in []Type) (Type, error) {
	if err := wantMasked(in); err != nil {
		return Type{}, err
	}
	if err := wantRank(in, 2, 2); err != nil {
		return Type{}, err
	}
	if s.K < 0 || !(s.Share >= 0 && s.Share <= 1) || s.K > 0 && s.Share > 0 {
		return Type{}, fmt.Errorf("the top %d and a share of %v, want one of them, a share from 0 to 1", s.K, s.Share)
	}
	return in[1], nil
}

// Reference implements [Spec].
func (s TopMask) Reference(out Tensor, in []Tensor) error {
	y, m, k := Data[uint8](out), Data[uint8](in[1]), in[0].row()
	return floats(in[0], func(x []float32) { topMaskTo(y, x, m, k, s) }, func(x []float64) { topMaskTo(y, x, m, k, s) })
}

func topMaskTo[T float](y []uint8, x []T, m []uint8, k int, s TopMask) {
	clear(y)
	if k == 0 {
		return
	}
	parallel(len(x)/k, func(from, to int) {
		list := make([]T, 0, k)
		for i := from; i < to; i++ {
			row, mask := x[i*k:][:k], m[i*k:][:k]
			list = list[:0]
			for j, v := range row {
				if mask[j] != 0 {
					list = append(list, v)
				}
			}
			want := min(s.K, len(list))
			if s.K == 0 {
				want = int(s.Share * float64(len(list)))
			}
			if want > 0 {
				markTop(y[i*k:][:k], row, mask, list, want)
			}
		}
	})
}

// markTop marks the elements above the last of the greatest, and as many equal to it as are left.
func markTop[T float](y []uint8, row []T, mask []uint8, list []T, want int) {
	last := nthGreatest(list, want)
	for j, v := range row {
		if mask[j] != 0 && below(last, v) {
			y[j] = 1
			want--
		}
	}
	for j, v := range row {
		if want > 0 && mask[j] != 0 && y[j] == 0 && !below(v, last) {
			y[j] = 1
			want--
		}
	}
}

// nthGreatest returns the n-th greatest number of a list, from 1 on, and changes its order: a search that keeps the part in which it is,
// split at the median of three.
func nthGreatest[T float](list []T, n int) T {
	for len(list) > 16 {
		a, b, c := list[0], list[len(list)/2], list[len(list)-1]
		pivot := middle(a, b, c)
		above, i, end := 0, 0, len(list)
		for i < end { // [0,above) greater, [above,i) equal, [end,...) less
			switch v := list[i]; {
			case below(pivot, v):
				list[i], list[above] = list[above], v
				above++
				i++
			case below(v, pivot):
				end--
				list[i], list[end] = list[end], v
			default:
				i++
			}
		}
		switch {
		case n <= above:
			list = list[:above]
		case n <= end:
			return pivot
		default:
			list, n = list[end:], n-end
		}
	}
	slices.SortFunc(list, func(a, b T) int {
		switch {
		case below(b, a):
			return -1
		case below(a, b):
			return 1
		}
		return 0
	})
	return list[n-1]
}

// middle returns the middle of three numbers.
func middle[T float](a, b, c T) T {
	if below(b, a) {
		a, b = b, a
	}
	if below(c, b) {
		b = c
		if below(b, a) {
			b = a
		}
	}
	return b
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
