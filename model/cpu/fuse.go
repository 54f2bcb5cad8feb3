package cpu

import (
	"errors"
	"slices"

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

// normReLUReduce is [op.BNReduce] of x, stats and what [op.ReLUGrad] makes of a gradient, where the ReLU followed [op.BNApply]; its
// operands are x, stats, gamma, beta and that gradient.
type normReLUReduce struct{ Groups int }

// Kind implements [op.Spec].
func (normReLUReduce) Kind() string { return "relu_grad+bn_reduce" }

// Infer implements [op.Spec].
func (n normReLUReduce) Infer(in []op.Type) (op.Type, error) {
	return op.BNReduce(n).Infer([]op.Type{in[0], in[1], in[4]})
}

// Reference implements [op.Spec]. Only a backend that has the kernel asks for the operation.
func (normReLUReduce) Reference(op.Tensor, []op.Tensor) error { return errNoReference }

// normReLUInput is [op.BNInput] likewise, of x, stats, gamma, beta, what normReLUReduce makes, and the gradient.
type normReLUInput struct{ Groups int }

// Kind implements [op.Spec].
func (normReLUInput) Kind() string { return "relu_grad+bn_input" }

// Infer implements [op.Spec].
func (normReLUInput) Infer(in []op.Type) (op.Type, error) { return in[0], nil }

// Reference implements [op.Spec]. Only a backend that has the kernel asks for the operation.
func (normReLUInput) Reference(op.Tensor, []op.Tensor) error { return errNoReference }

// reluGradSum is [op.ReLUGrad] of its first operand and the sum of the two others.
type reluGradSum struct{}

// Kind implements [op.Spec].
func (reluGradSum) Kind() string { return "add+relu_grad" }

// Infer implements [op.Spec].
func (reluGradSum) Infer(in []op.Type) (op.Type, error) { return in[0], nil }

// Reference implements [op.Spec]. Only a backend that has the kernel asks for the operation.
func (reluGradSum) Reference(op.Tensor, []op.Tensor) error { return errNoReference }

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
		case op.BNInput:
			f.normGrad(i, s)
		}
	}
	for i, n := range list { // what is left of them
		if _, ok := n.Spec.(op.ReLUGrad); ok && !f.dead[i] {
			f.reluGrad(i)
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

// normGrad takes the gradient of a ReLU into the two passes over the gradient of the normalisation before it.
func (f *fusion) normGrad(i int, s op.BNInput) {
	n := &f.list[i]
	x, stats, reduced, grad := n.In[0], n.In[1], n.In[3], n.In[4]
	_, isGrad := f.list[grad].Spec.(op.ReLUGrad)
	r, isReduce := f.list[reduced].Spec.(op.BNReduce)
	if !isGrad || !isReduce || f.readers[grad] != 2 || !slices.Equal(f.list[reduced].In, []int{x, stats, grad}) {
		return
	}
	y := f.list[f.list[grad].In[0]]
	if a, ok := y.Spec.(normReLU); !ok || a.Add || y.In[0] != x || y.In[1] != stats || y.In[2] != n.In[2] {
		return
	}
	gy := f.list[grad].In[1]
	f.list[reduced].Spec, f.list[reduced].In = normReLUReduce(r), append(slices.Clone(y.In), gy)
	n.Spec, n.In = normReLUInput(s), append(slices.Clone(y.In), reduced, gy)
	f.dead[grad] = true
}

// reluGrad adds two gradients where the ReLU lets them through.
func (f *fusion) reluGrad(i int) {
	n := &f.list[i]
	sum := n.In[1]
	if _, ok := f.list[sum].Spec.(op.Add); !ok || f.readers[sum] > 1 || n.Type.DType != op.F32 || n.Type.Len() == 0 {
		return
	}
	n.Spec, n.In = reluGradSum{}, append([]int{n.In[0]}, f.list[sum].In...)
	f.dead[sum] = true
}
