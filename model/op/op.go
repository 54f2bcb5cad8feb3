package op

import (
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/chewxy/hm"
	_ "go4.org/unsafe/assume-no-moving-gc" // the version that Gorgonia needs to start on this Go, see go.mod
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Node is a value in a graph.
type Node = gorgonia.Node

// Graph is a graph of nodes.
type Graph = gorgonia.ExprGraph

// NewGraph returns an empty graph.
func NewGraph() *Graph { return gorgonia.NewGraph() }

// Spec is one kind of operation: a struct, passed by value, whose exported fields are all of its attributes. What it computes depends on
// them and on its inputs, and on nothing else: an engine finds it by a type switch and need not ask further.
type Spec interface {
	// Kind returns the name, such as conv3d.
	Kind() string
	// Infer returns the type of the result, or an error that says which input does not fit and what was wanted.
	Infer(in []Type) (Type, error)
	// Reference computes out, which has the inferred type and any content, from in, in plain Go. Floats are all F32 or all F64.
	Reference(out Tensor, in []Tensor) error
}

// Differentiable is a Spec with a gradient.
type Differentiable interface {
	Spec
	// Diff says for each of n inputs whether there is a gradient with respect to it.
	Diff(n int) []bool
	// Grad returns the gradients of the loss with respect to the inputs, from grad, that with respect to the output; nil where
	// Diff says false.
	Grad(in []*Node, out, grad *Node) []*Node
}

// Op is a Spec applied to inputs of known types: what stands in a node.
type Op struct {
	Spec Spec
	In   []Type
	Out  Type

	salt int // keeps nodes apart that Gorgonia would take for one, see Apply
}

// Error says that an operation cannot be applied.
type Error struct {
	Kind   string
	Inputs []string // name and type of each
	Err    error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("op: %s(%s): %v", e.Kind, strings.Join(e.Inputs, ", "), e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Apply adds an operation to the graph of its inputs. It panics with an *[Error] if they do not fit; [Build] is the border at
// which that becomes an error.
func Apply(s Spec, in ...*Node) *Node {
	o := &Op{Spec: s, In: make([]Type, len(in))}
	fail := func(err error) {
		e := &Error{Kind: s.Kind(), Err: err}
		for i, n := range in {
			e.Inputs = append(e.Inputs, fmt.Sprintf("%s %v", n.Name(), o.In[i]))
		}
		panic(e)
	}
	for i, n := range in {
		o.In[i] = TypeOf(n)
	}
	out, err := s.Infer(o.In)
	if err != nil {
		fail(err)
	}
	o.Out = out
	for {
		n, err := gorgonia.ApplyOp(o, in...)
		if err != nil {
			fail(err)
		}
		// A node that is there already is used again, as it should be, but Gorgonia knows it by a 32-bit hash and does not look
		// at its operands: another hash, then.
		if slices.Equal(operands(n), in) {
			return n
		}
		o = &Op{Spec: s, In: o.In, Out: o.Out, salt: o.salt + 1}
	}
}

// Build calls f, which adds to a graph, and returns the error of the first operation that could not be applied.
func Build(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(*Error)
			if !ok {
				panic(p)
			}
			err = e
		}
	}()
	f()
	return nil
}

// Input adds a value that is given from outside when the graph runs.
func Input(g *Graph, name string, t Type) *Node {
	if len(t.Shape) == 0 {
		return gorgonia.NewScalar(g, dtypes[t.DType], gorgonia.WithName(name))
	}
	return gorgonia.NewTensor(g, dtypes[t.DType], len(t.Shape), gorgonia.WithShape(t.Shape...), gorgonia.WithName(name))
}

// TypeOf returns the type of a node's value.
func TypeOf(n *Node) Type {
	if o, ok := n.Op().(*Op); ok {
		return o.Out
	}
	dt := n.Dtype()
	for d, t := range dtypes {
		if t == dt {
			return Type{DType(d), []int(n.Shape().Clone())}
		}
	}
	panic(fmt.Sprintf("op: node %s holds %v, which no operation takes", n.Name(), dt))
}

// Grad returns the gradients of a scalar node with respect to inputs of the graph.
func Grad(loss *Node, wrt ...*Node) ([]*Node, error) {
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		return nil, fmt.Errorf("op: gradient: %w", err)
	}
	return grads, nil
}

// Arity implements gorgonia.Op.
func (o *Op) Arity() int { return len(o.In) }

// Type implements gorgonia.Op.
func (o *Op) Type() hm.Type {
	ts := make([]hm.Type, 0, len(o.In)+1)
	for _, t := range o.In {
		ts = append(ts, t.hm())
	}
	return hm.NewFnType(append(ts, o.Out.hm())...)
}

// InferShape implements gorgonia.Op.
func (o *Op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape(o.Out.Shape).Clone(), nil
}

// Do implements gorgonia.Op. Engines of this module do not call it: values are theirs.
func (o *Op) Do(...gorgonia.Value) (gorgonia.Value, error) {
	return nil, errors.New("op: graphs run on an engine of package model, not on Gorgonia's machines")
}

// ReturnsPtr implements gorgonia.Op.
func (o *Op) ReturnsPtr() bool { return true }

// CallsExtern implements gorgonia.Op.
func (o *Op) CallsExtern() bool { return false }

// OverwritesInput implements gorgonia.Op.
func (o *Op) OverwritesInput() int { return -1 }

// String returns the kind, the attributes and the types of the inputs.
func (o *Op) String() string { return fmt.Sprintf("%s%+v%v", o.Spec.Kind(), o.Spec, o.In) }

// WriteHash implements gorgonia.Op: every attribute counts, since Gorgonia takes nodes of one hash for one node.
func (o *Op) WriteHash(h hash.Hash) { fmt.Fprint(h, o.String(), o.salt) }

// Hashcode implements gorgonia.Op.
func (o *Op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// DiffWRT implements gorgonia.SDOp.
func (o *Op) DiffWRT(n int) []bool {
	if d, ok := o.Spec.(Differentiable); ok {
		return d.Diff(n)
	}
	return make([]bool, n)
}

// SymDiff implements gorgonia.SDOp.
func (o *Op) SymDiff(in gorgonia.Nodes, out, grad *Node) (grads gorgonia.Nodes, err error) {
	d, ok := o.Spec.(Differentiable)
	if !ok {
		return nil, fmt.Errorf("op: %s has no gradient", o.Spec.Kind())
	}
	err = Build(func() { grads = d.Grad(in, out, grad) })
	return grads, err
}

var _ gorgonia.SDOp = (*Op)(nil)
