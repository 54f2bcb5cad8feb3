package cpu

import (
	"slices"

	"vidcsl/model/op"
)

// update is an operation whose result takes the place of a value of the state in the state's own memory.
type update struct {
	at   int // in the schedule
	over int // the input that it writes over, in the schedule
}

// overwrites returns the operands whose memory the result of an operation may have, since every element is read before that of the
// same place is written.
func overwrites(s op.Spec, n int) []int {
	switch s.(type) {
	case op.RingWrite, op.RowWrite:
		return []int{0}
	case op.Add, op.Sub, op.Mul, op.Div, op.Scale, op.Shift, op.GELU, op.GELUGrad, op.Sqrt, op.Exp, op.Log, op.Square,
		op.RoundBF16, op.EMA, op.SGDMomentum, op.SGDApply, op.LARSMomentum, op.AdamMoment1, op.AdamMoment2, op.AdamWApply, op.Advance,
		op.Perturb, op.HighPass:
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	return nil
}

// updates chooses the operations that may write over the state, and their order. They run after everything else, when nothing can
// fail any more, so that a failed run leaves the state as it was. outs says for every slot the place of its new value in the
// schedule (-1: none), ins that of its old one. A new value that anything but another update reads, or that is asked for as a metric as
// well, is no update: it is copied when the run ends.
func updates(list []op.Instr, ins, outs, metrics []int) []update {
	root := make([]int, len(list)) // of a view, what it views
	for i, in := range list {
		root[i] = i
		if isView(in.Spec) {
			root[i] = root[in.In[0]]
		}
	}
	uses := map[int]int{} // as the new value of a slot
	for _, out := range outs {
		uses[out]++
	}
	over := map[int]int{} // instruction to the state it writes over
	for s, out := range outs {
		if out < 0 || list[out].Spec == nil || ins[s] < 0 || uses[out] > 1 {
			continue
		}
		if _, fails := list[out].Spec.(op.AdamWApply); fails {
			continue // it may refuse its step, and then nothing must have changed
		}
		switch list[out].Spec.(type) {
		case op.RingWrite, op.RowWrite:
			if in := list[out].In; root[in[1]] == ins[s] || root[in[2]] == ins[s] {
				continue // it would read, as rows or places, what it has written
			}
		}
		for _, k := range overwrites(list[out].Spec, len(list[out].In)) {
			if list[out].In[k] == ins[s] && list[out].Type.Equal(list[ins[s]].Type) {
				over[out] = ins[s]
			}
		}
	}
	for _, m := range metrics {
		delete(over, root[m])
	}
	for {
		drop := -1
		for i, in := range list { // what anything else reads must stay
			if _, ok := over[i]; ok {
				continue
			}
			for _, v := range in.In {
				if _, ok := over[v]; ok {
					drop = v
				}
			}
		}
		if drop < 0 {
			var order []update
			if order, drop = sequence(list, root, over); drop < 0 {
				return order
			}
		}
		delete(over, drop)
	}
}

// sequence orders updates so that each runs after what it reads, and after all others that read what it writes over. If there is no such
// order it returns an update that stands in the way.
func sequence(list []op.Instr, root []int, over map[int]int) (order []update, stuck int) {
	done := map[int]bool{}
	for len(order) < len(over) {
		before := len(order)
		stuck = -1
		for i := range list {
			target, ok := over[i]
			if !ok || done[i] {
				continue
			}
			free := true
			for j := range over {
				if j == i || done[j] {
					continue
				}
				if slices.Contains(list[i].In, j) {
					free = false // i reads j's result
				}
				for _, v := range list[j].In {
					if root[v] == target {
						free = false // j reads what i writes over
					}
				}
			}
			if !free {
				stuck = i
				continue
			}
			done[i] = true
			order = append(order, update{at: i, over: target})
		}
		if len(order) == before {
			return nil, stuck
		}
	}
	return order, -1
}

// isView reports whether the result of an operation is its operand under another shape.
func isView(s op.Spec) bool {
	_, ok := s.(op.Reshape)
	return ok
}
