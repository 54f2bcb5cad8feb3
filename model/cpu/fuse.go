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
func (n normReLU) Kind() string { return followed("bn_apply", n.Add, true) }

// Infer implements [op.Spec].
func (normReLU) Infer(in []op.Type) (op.Type, error) { return in[0], nil }

// Reference implements [op.Spec]. Only a backend that has the kernel asks for the operation.
func (normReLU) Reference(op.Tensor, []op.Tensor) error { return errNoReference }

// convNorm is [op.Conv3D] of x and weights, then [op.BNInfer] with mean, variance, gamma and beta, if Add then plus a seventh operand,
// and if ReLU then [op.ReLU]. All but x and that operand are state that the program does not change.
type convNorm struct {
	Conv op.Conv3D
	Eps  float64
	Add  bool
	ReLU bool
}

// Kind implements [op.Spec].
func (n convNorm) Kind() string { return followed("conv3d+bn_infer", n.Add, n.ReLU) }

// Infer implements [op.Spec].
func (n convNorm) Infer(in []op.Type) (op.Type, error) { return n.Conv.Infer(in[:2]) }

// Reference implements [op.Spec]. Only a backend that has the kernel asks for the operation.
func (convNorm) Reference(op.Tensor, []op.Tensor) error { return errNoReference }

var errNoReference = errors.New("there is no reference")

func followed(kind string, add, relu bool) string {
	if add {
		kind += "+add"
	}
	if relu {
		kind += "+relu"
	}
	return kind
}

// fusion replaces operations whose results nobody else reads by one for several.
type fusion struct {
	list    []op.Instr
	readers []int
	fixed   []bool // inputs that are always the same
	dead    map[int]bool
}

// fuse changes a list and says which of its members are not needed any more. outputs are read from outside.
func fuse(list []op.Instr, outputs []int, fixed []bool) (dead map[int]bool) {
	f := &fusion{list, make([]int, len(list)), fixed, map[int]bool{}}
	for _, in := range list {
		for _, v := range in.In {
			f.readers[v]++
		}
	}
	for _, v := range outputs {
		f.readers[v]++
	}
	for i := range list {
		switch s := list[i].Spec.(type) {
		case op.BNInfer:
			f.fold(i, s)
		case op.ReLU:
			f.relu(i)
		}
	}
	return f.dead
}

// fold makes one of a convolution and its normalisation.
func (f *fusion) fold(i int, s op.BNInfer) {
	n := &f.list[i]
	at := n.In[0]
	c, ok := f.list[at].Spec.(op.Conv3D)
	if !ok || f.readers[at] > 1 || n.Type.DType != op.F32 || n.Type.Len() == 0 {
		return
	}
	operands := append(append([]int{}, f.list[at].In...), n.In[1:]...)
	for _, v := range operands[1:] {
		if !f.fixed[v] {
			return
		}
	}
	n.Spec, n.In = convNorm{Conv: c, Eps: s.Eps}, operands
	f.dead[at] = true
}

// relu joins a ReLU, and the sum that it may follow, with the normalisation before it.
func (f *fusion) relu(i int) {
	n := &f.list[i]
	at := n.In[0]
	if s, ok := f.norm(at, false); ok {
		n.Spec, n.In = s, f.list[at].In
		f.dead[at] = true
		return
	}
	if _, ok := f.list[at].Spec.(op.Add); !ok || f.readers[at] > 1 {
		return
	}
	for k, v := range f.list[at].In {
		s, ok := f.norm(v, true)
		if !ok {
			continue
		}
		n.Spec, n.In = s, append(append([]int{}, f.list[v].In...), f.list[at].In[1-k])
		f.dead[at], f.dead[v] = true, true
		return
	}
}

// norm returns a normalisation that nothing else reads with a ReLU after it, and a sum between the two if add.
func (f *fusion) norm(v int, add bool) (op.Spec, bool) {
	n := f.list[v]
	if f.readers[v] > 1 {
		return nil, false
	}
	switch s := n.Spec.(type) {
	case op.BNApply:
		return normReLU{s.Groups, add}, n.Type.Rank() >= 3 && n.Type.DType == op.F32
	case convNorm:
		return convNorm{s.Conv, s.Eps, add, true}, !s.ReLU && !s.Add
	}
	return nil, false
}
