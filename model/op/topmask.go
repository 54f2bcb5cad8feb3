package op

import (
	"fmt"
	"math"
	"slices"
)

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

// nthGreatest returns the n-th greatest number of a list, from 1 on, and changes its order.
func nthGreatest[T float](list []T, n int) T {
	if len(list) < 512 {
		return split(list, n)
	}
	var count [1 << 12]int32
	for _, v := range list {
		count[bucket(v)]++
	}
	at := len(count) - 1
	for ; n > int(count[at]); at-- {
		n -= int(count[at])
	}
	kept := list[:0]
	for _, v := range list {
		if bucket(v) == at {
			kept = append(kept, v)
		}
	}
	return split(kept, n)
}

// bucket returns a number from 0 to 4095 that is no less for a greater number: the upper bits of v, those of a negative one turned round.
func bucket[T float](v T) int {
	if v != v {
		return 1<<12 - 1
	}
	bits := int32(math.Float32bits(float32(v) + 0)) // -0 is 0
	return int(uint32(bits)^uint32(bits>>31)&0x7fffffff^1<<31) >> 20
}

// split returns the n-th greatest number: a search that keeps the part in which it is, split at the median of three.
func split[T float](list []T, n int) T {
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
