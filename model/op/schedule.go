package op

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
)

// Const is a scalar that is always the same.
type Const struct {
	DType DType
	Value float64
}

// Kind implements [Spec].
func (Const) Kind() string { return "const" }

// Infer implements [Spec].
func (c Const) Infer(in []Type) (Type, error) {
	if len(in) != 0 {
		return Type{}, fmt.Errorf("%d inputs, want none", len(in))
	}
	return Of(c.DType), nil
}

// Reference implements [Spec].
func (c Const) Reference(out Tensor, _ []Tensor) error {
	return floats(out, func(out []float32) { out[0] = float32(c.Value) }, func(out []float64) { out[0] = c.Value })
}

// Instr is one value of a graph.
type Instr struct {
	Node *Node
	Spec Spec  // nil for an input
	In   []int // the operands, by their place in the schedule
	Type Type
}

// Schedule returns what it takes to compute the outputs, operands before what is made of them, and for every output its place.
// Nodes that no output needs are left out. Of Gorgonia's own operations, which stand for nothing but the seed of a gradient and the
// sum of two, only those are known; any other is an error.
func Schedule(outputs []*Node) (list []Instr, at []int, err error) {
	place := map[*Node]int{}
	// depth first with a stack of its own: deep graphs are thousands of nodes long
	type frame struct {
		n        *Node
		children []*Node
		next     int
	}
	for _, out := range outputs {
		stack := []frame{{n: out, children: operands(out)}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if _, done := place[top.n]; done {
				stack = stack[:len(stack)-1]
				continue
			}
			if top.next < len(top.children) {
				c := top.children[top.next]
				top.next++
				if _, done := place[c]; !done {
					stack = append(stack, frame{n: c, children: operands(c)})
				}
				continue
			}
			in := Instr{Node: top.n}
			for _, c := range top.children {
				in.In = append(in.In, place[c])
			}
			if err := in.resolve(list); err != nil {
				return nil, nil, err
			}
			place[top.n] = len(list)
			list = append(list, in)
			stack = stack[:len(stack)-1]
		}
		at = append(at, place[out])
	}
	return list, at, nil
}

// operands returns the children of a node in the order of its operation's inputs.
func operands(n *Node) []*Node {
	var list []*Node
	for it := n.Graph().From(n.ID()); it.Next(); {
		list = append(list, it.Node().(*Node))
	}
	return list
}

// resolve finds the spec and type of a node whose operands are in list.
func (i *Instr) resolve(list []Instr) error {
	in := make([]Type, len(i.In))
	for k, at := range i.In {
		in[k] = list[at].Type
	}
	switch o := i.Node.Op().(type) {
	case nil:
		i.Type = TypeOf(i.Node)
		return nil
	case *Op:
		i.Spec, i.Type = o.Spec, o.Out
		if len(in) != len(o.In) {
			return fmt.Errorf("op: %s has %d operands in the graph, want %d", o, len(in), len(o.In))
		}
		return nil
	default:
		return i.native(o, in)
	}
}

// native takes over the two operations that gradients are made of.
func (i *Instr) native(o gorgonia.Op, in []Type) (err error) {
	switch name := o.String(); {
	case o.Arity() == 0 && i.Node.Value() != nil:
		c := Const{}
		switch v := i.Node.Value().Data().(type) {
		case float32:
			c.DType, c.Value = F32, float64(v)
		case float64:
			c.DType, c.Value = F64, v
		default:
			return fmt.Errorf("op: a constant of type %T, want a floating-point number", v)
		}
		i.Spec = c
	case len(in) == 2 && strings.HasPrefix(name, "+ "):
		i.Spec = Add{}
	default:
		return fmt.Errorf("op: %s (%T) is an operation of Gorgonia's own, which no engine knows; use those of package op", name, o)
	}
	i.Type, err = i.Spec.Infer(in)
	return err
}
