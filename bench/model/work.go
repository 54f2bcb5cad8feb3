package main

import (
	"cmp"
	"slices"
	"strings"

	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// work counts what the operations of a graph compute and move.
type work struct {
	list    []op.Instr
	half    []bool // the value is an activation in bfloat16
	readers []int
}

// did is what some operations did.
type did struct {
	calls        int
	flops, bytes float64
}

// newWork takes a schedule and the inputs that are parameters or what optimisers keep of them. What is made of those alone, and the gradients
// of weights, are f32; so is all that is not [N,C,D,H,W].
func newWork(list []op.Instr, slots map[*op.Node]bool, bf16 bool) *work {
	w := &work{list: list, half: make([]bool, len(list)), readers: make([]int, len(list))}
	for i, in := range list {
		_, gradient := in.Spec.(op.Conv3DWeight)
		activation := in.Spec == nil && !slots[in.Node]
		for _, v := range in.In {
			w.readers[v]++
			activation = activation || w.half[v] || list[v].Type.Rank() == 2
		}
		w.half[i] = bf16 && in.Type.Rank() == 5 && in.Type.DType == op.F32 && activation && !gradient
	}
	return w
}

// classes sums up by the names that a profile has. One with plus signs is a chain of operations that run as one: only what comes from
// outside of it is read.
func (w *work) classes(spent []cpu.Spent) map[string]did {
	var fused [][]string
	for _, s := range spent {
		if strings.Contains(s.Class, "+") {
			fused = append(fused, strings.Split(s.Class, "+"))
		}
	}
	slices.SortStableFunc(fused, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	taken, sums := make([]bool, len(w.list)), map[string]did{}
	for _, kinds := range fused {
		for i := range w.list {
			if chain := w.chain(i, kinds, taken); chain != nil {
				w.add(sums, strings.Join(kinds, "+"), chain)
				for _, v := range chain {
					taken[v] = true
				}
			}
		}
	}
	for i, in := range w.list {
		if in.Spec != nil && !taken[i] {
			w.add(sums, in.Spec.Kind(), []int{i})
		}
	}
	return sums
}

// chain returns operations of these kinds of which each is read by the next alone, the last first, which is i; nil if there are none.
func (w *work) chain(i int, kinds []string, taken []bool) []int {
	last := len(kinds) - 1
	if w.list[i].Spec == nil || taken[i] || w.list[i].Spec.Kind() != kinds[last] {
		return nil
	}
	if last == 0 {
		return []int{i}
	}
	for _, v := range w.list[i].In {
		if w.readers[v] > 1 {
			continue
		}
		if rest := w.chain(v, kinds[:last], taken); rest != nil {
			return append([]int{i}, rest...)
		}
	}
	return nil
}

// add counts a chain.
func (w *work) add(sums map[string]did, class string, chain []int) {
	d := sums[class]
	d.calls++
	d.bytes += w.size(chain[0])
	for _, i := range chain {
		d.flops += w.flops(i)
		for _, v := range w.list[i].In {
			if !slices.Contains(chain, v) {
				d.bytes += w.size(v)
			}
		}
	}
	sums[class] = d
}

// size returns the bytes of a value.
func (w *work) size(v int) float64 {
	t := w.list[v].Type
	if w.half[v] {
		return float64(2 * t.Len())
	}
	return float64(t.DType.Size() * t.Len())
}

// flops returns the multiplications and additions of a convolution or a matrix product, those with the zeros of the padding too.
func (w *work) flops(i int) float64 {
	in := w.list[i]
	of := func(k int) op.Type { return w.list[in.In[k]].Type }
	conv := func(y, weights op.Type) float64 {
		return 2 * float64(y.Len()) * float64(weights.Len()/weights.Shape[0])
	}
	switch s := in.Spec.(type) {
	case op.Conv3D:
		return conv(in.Type, of(1))
	case op.Conv3DInput:
		return conv(of(1), of(0))
	case op.Conv3DWeight:
		return conv(of(1), in.Type)
	case op.MatMul:
		inner := of(0).Shape[1]
		if s.TransA {
			inner = of(0).Shape[0]
		}
		return 2 * float64(in.Type.Len()) * float64(inner)
	}
	return 0
}
