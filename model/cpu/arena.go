package cpu

import (
	"cmp"
	"slices"
)

const align = 64 // bytes: a cache line, and a register of AVX-512

// block asks for memory during steps From to To, both included.
type block struct {
	From, To int
	Bytes    int
	Offset   int // the answer
}

// place gives every block its offset and returns the size of the arena. Blocks that are needed at the same time do not overlap.
// Greedy: the largest first, each into the tightest gap that the placed ones leave during its time.
func place(blocks []block) int {
	order := make([]int, len(blocks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(blocks[b].Bytes, blocks[a].Bytes) })
	var placed []int // in order of offset
	total := 0
	for _, i := range order {
		b := &blocks[i]
		size := roundUp(b.Bytes)
		best, gap, end := -1, 0, 0
		for _, k := range placed {
			o := &blocks[k]
			if o.To < b.From || b.To < o.From {
				continue
			}
			if free := o.Offset - end; free >= size && (best < 0 || free < gap) {
				best, gap = end, free
			}
			end = max(end, o.Offset+roundUp(o.Bytes))
		}
		if best < 0 {
			best = end
		}
		b.Offset = best
		total = max(total, best+size)
		at, _ := slices.BinarySearchFunc(placed, best, func(k, off int) int { return cmp.Compare(blocks[k].Offset, off) })
		placed = slices.Insert(placed, at, i)
	}
	return total
}

func roundUp(bytes int) int { return (max(bytes, 1) + align - 1) &^ (align - 1) }
