package train

import "vidcsl/model/op"

// mostLive returns the most bytes that the values of a schedule take at once if its operations run in this order: a value from when it is made until it was
// read for the last time, and those that are outputs until the end. What is kept elsewhere takes none. An operation that is no product
// writes over an operand of its size that nobody reads later; a value in another shape is the same value.
func mostLive(list []op.Instr, outputs, order []int, kept map[*op.Node]bool, size func(v int) int64) (peak int64) {
	root, readers := make([]int, len(list)), make([]int, len(list))
	for i, in := range list {
		root[i] = i
		if types := operandTypes(list, in); in.Spec != nil && len(in.In) > 0 && op.Traffic(in.Spec, types, in.Type) == 0 {
			root[i] = root[in.In[0]]
			continue
		}
		for _, v := range in.In {
			readers[root[v]]++
		}
	}
	for _, v := range outputs {
		readers[root[v]]++
	}
	held := make([]int64, len(list)) // by roots
	now := int64(0)
	for _, i := range order {
		in := list[i]
		if in.Spec == nil || root[i] != i {
			continue
		}
		if !kept[in.Node] {
			held[i] = size(i)
		}
		spare := int64(0) // of what dies here, the place that the result takes
		inPlace := op.MultiplyAdds(in.Spec, operandTypes(list, in), in.Type) == 0
		for _, v := range in.In {
			r := root[v]
			if readers[r]--; readers[r] == 0 && inPlace && spare == 0 && held[r] == held[i] {
				spare = held[r]
			}
		}
		peak = max(peak, now+held[i]-spare)
		now += held[i]
		for _, v := range in.In {
			if r := root[v]; readers[r] == 0 {
				now, held[r] = now-held[r], 0
			}
		}
	}
	return peak
}
