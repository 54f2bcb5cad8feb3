package op

import "math/bits"

// Match says which of b[Q] stand in which row of a[N, M], both I32: -> U8 [N, Q], 1 where they do. Negative numbers, the pads of a list
// that is shorter than M, match nothing, not even each other. It costs of the order of N (M + Q).
type Match struct{}

// Kind implements [Spec].
func (Match) Kind() string { return "match" }

// Infer implements [Spec].
func (Match) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if in[0].DType != I32 || in[0].Rank() != 2 {
		return Type{}, misfit(in, 0, "i32[N M]")
	}
	if err := wantVector(in, 1, I32, -1); err != nil {
		return Type{}, err
	}
	return Of(U8, in[0].Shape[0], in[1].Shape[0]), nil
}

// Reference implements [Spec].
func (Match) Reference(out Tensor, in []Tensor) error {
	y, a, b := Data[uint8](out), Data[int32](in[0]), Data[int32](in[1])
	m := in[0].row()
	parallel(in[0].Shape[0], func(from, to int) {
		table := newNumberSet(m)
		for i := from; i < to; i++ {
			row := y[i*len(b):][:len(b)]
			if m == 1 {
				matchOne(row, a[i], b)
				continue
			}
			table.fill(a[i*m:][:m])
			for j, v := range b {
				row[j] = table.has(v)
			}
		}
	})
	return nil
}

func matchOne(row []uint8, v int32, b []int32) {
	if v < 0 {
		clear(row)
		return
	}
	row = row[:len(b)]
	for j, w := range b {
		row[j] = answer(w == v)
	}
}

// numberSet is a set of numbers that are not negative: a table at most half full, in which a number stands at its hash or after it, and
// before it a filter by the lowest bits, which few others pass.
type numberSet struct {
	slots  []int32 // -1: free
	shift  int
	filter []uint64
}

func newNumberSet(most int) numberSet {
	log := bits.Len(uint(max(1, 2*most-1)))
	return numberSet{make([]int32, 1<<log), 32 - log, make([]uint64, 1<<max(0, log-2))}
}

func (s numberSet) fill(list []int32) {
	clear(s.filter)
	for i := range s.slots {
		s.slots[i] = -1
	}
	for _, v := range list {
		if v < 0 {
			continue
		}
		s.filter[int(v)>>6&(len(s.filter)-1)] |= 1 << (v & 63)
		at := s.start(v)
		for s.slots[at] >= 0 && s.slots[at] != v {
			at = (at + 1) & (len(s.slots) - 1)
		}
		s.slots[at] = v
	}
}

func (s numberSet) has(v int32) uint8 {
	if s.filter[int(v)>>6&(len(s.filter)-1)]>>(v&63)&1 == 0 {
		return 0
	}
	return s.search(v)
}

func (s numberSet) search(v int32) uint8 {
	if v < 0 {
		return 0
	}
	for at := s.start(v); ; at = (at + 1) & (len(s.slots) - 1) {
		if w := s.slots[at]; w == v {
			return 1
		} else if w < 0 {
			return 0
		}
	}
}

func (s numberSet) start(v int32) int { return int(uint32(v) * 2654435769 >> s.shift) }

// Lookup is [Gather] of numbers by places that may be none: table[V, ...], idx[N], both I32, -> [N, ...]. A row whose place is outside
// of the table is all -1.
type Lookup struct{}

// Kind implements [Spec].
func (Lookup) Kind() string { return "lookup" }

// Infer implements [Spec].
func (Lookup) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if in[0].DType != I32 || in[0].Rank() == 0 {
		return Type{}, misfit(in, 0, "i32 of at least 1 dimension")
	}
	if err := wantVector(in, 1, I32, -1); err != nil {
		return Type{}, err
	}
	return in[0].resized(0, in[1].Shape[0]), nil
}

// Reference implements [Spec].
func (Lookup) Reference(out Tensor, in []Tensor) error {
	y, table := Data[int32](out), Data[int32](in[0])
	_, k := out.around(0)
	for i, from := range Data[int32](in[1]) {
		row := y[i*k:][:k]
		if from >= 0 && int(from) < in[0].Shape[0] {
			copy(row, table[int(from)*k:])
			continue
		}
		for j := range row {
			row[j] = -1
		}
	}
	return nil
}
