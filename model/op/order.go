package op

import (
	"math"
	"slices"
)

// Arrange returns the order in which the operations of a schedule run: of those that are ready, the one after which the least
// memory is in use; of equals, the first. It keeps no gradient waiting for the end of the backward pass, as the order of a
// depth-first search would. outputs are the places of what is read after the end, as [Schedule] returns them; the dead are left out.
func Arrange(list []Instr, outputs []int, dead map[int]bool) []int {
	readers := make([][]int, len(list))
	left := make([]int, len(list))  // readers that have not run
	needs := make([]int, len(list)) // operands that have not run
	for i, in := range list {
		if dead[i] {
			continue
		}
		for k, v := range in.In {
			if !slices.Contains(in.In[:k], v) {
				readers[v] = append(readers[v], i)
				left[v]++
				needs[i]++
			}
		}
	}
	for _, v := range outputs {
		left[v]++ // is read after the end
	}
	size := func(v int) int { return list[v].Type.Len() * list[v].Type.DType.Size() }
	growth := func(i int) int {
		if list[i].Spec == nil || isView(list[i].Spec) {
			return math.MinInt // costs nothing
		}
		g := size(i)
		for k, v := range list[i].In {
			if left[v] == 1 && list[v].Spec != nil && !slices.Contains(list[i].In[:k], v) {
				g -= size(v)
			}
		}
		return g
	}
	var ready, order []int
	for i := range list {
		if needs[i] == 0 && !dead[i] {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		best, least := 0, growth(ready[0])
		for k := 1; k < len(ready); k++ {
			if g := growth(ready[k]); g < least || g == least && ready[k] < ready[best] {
				best, least = k, g
			}
		}
		i := ready[best]
		ready = append(ready[:best], ready[best+1:]...)
		order = append(order, i)
		for k, v := range list[i].In {
			if !slices.Contains(list[i].In[:k], v) {
				left[v]--
			}
		}
		for _, r := range readers[i] {
			if needs[r]--; needs[r] == 0 {
				ready = append(ready, r)
			}
		}
	}
	return order
}

// isView reports whether the result of an operation is its operand under another shape.
func isView(s Spec) bool {
	_, ok := s.(Reshape)
	return ok
}
