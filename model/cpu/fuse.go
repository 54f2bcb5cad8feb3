package cpu

import (
	"errors"

	"vidcsl/model/op"
)

// normReLU is [op.BNApply], if Add then plus a fifth operand, and then [op.ReLU], in one pass over memory.
type normReLU struct {
	Groups int
	Add    bool
}

// Kind implements [op.Spec].
func (n normReLU) Kind() string {
	if n.Add {
		return "bn_apply+add+relu"
	}
	return "bn_apply+relu"
}

// Infer implements [op.Spec].
func (normReLU) Infer(in []op.Type) (op.Type, error) { return in[0], nil }

// Reference implements [op.Spec]. Only a backend that has the kernel asks for the operation.
func (normReLU) Reference(op.Tensor, []op.Tensor) error { return errors.New("there is no reference") }

// fuse replaces operations that nobody else reads the results of, by one for several. It changes list and says which of its
// members are not needed any more. outputs are read from outside.
func fuse(list []op.Instr, outputs []int) (dead map[int]bool) {
	readers := make([]int, len(list))
	for _, in := range list {
		for _, v := range in.In {
			readers[v]++
		}
	}
	for _, v := range outputs {
		readers[v]++
	}
	dead = map[int]bool{}
	norm := func(v int) (op.BNApply, bool) {
		n, ok := list[v].Spec.(op.BNApply)
		return n, ok && readers[v] == 1 && list[v].Type.Rank() >= 3 && list[v].Type.DType == op.F32
	}
	for i := range list {
		if _, ok := list[i].Spec.(op.ReLU); !ok {
			continue
		}
		at := list[i].In[0]
		if n, ok := norm(at); ok {
			list[i].Spec, list[i].In = normReLU{Groups: n.Groups}, list[at].In
			dead[at] = true
			continue
		}
		if _, ok := list[at].Spec.(op.Add); !ok || readers[at] > 1 {
			continue
		}
		for k, v := range list[at].In {
			n, ok := norm(v)
			if !ok {
				continue
			}
			list[i].Spec = normReLU{n.Groups, true}
			list[i].In = append(append([]int{}, list[v].In...), list[at].In[1-k])
			dead[at], dead[v] = true, true
			break
		}
	}
	return dead
}
