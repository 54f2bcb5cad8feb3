package op

import (
	"errors"
	"fmt"
	"slices"
)

// GradAt returns the gradients of a scalar node with respect to nodes of its graph, inputs or not: [Grad] is for inputs alone. It adds to
// the graph; what nobody reads of that, such as gradients of weights on the way, an engine does not compute. Where loss is not finite,
// neither are they. A node that loss does not depend on is an error.
func GradAt(loss *Node, wrt ...*Node) (grads []*Node, err error) {
	if t := TypeOf(loss); t.Rank() != 0 || !t.DType.Float() {
		return nil, fmt.Errorf("op: gradient of %v, want a floating-point scalar", t)
	}
	list, at, err := Schedule([]*Node{loss})
	if err != nil {
		return nil, err
	}
	b := backward{list: list, wrt: wrt, at: make([]*Node, len(list))}
	b.follow()
	if err := Build(func() {
		// 1, in the graph of loss
		b.at[at[0]] = Apply(Shift{By: 1}, Apply(Scale{}, loss))
		b.run()
	}); err != nil {
		return nil, err
	}
	for _, n := range wrt {
		i := slices.IndexFunc(list, func(in Instr) bool { return in.Node == n })
		if i < 0 || b.at[i] == nil {
			return nil, errors.New("op: gradient with respect to a node that the loss does not depend on")
		}
		grads = append(grads, b.at[i])
	}
	return grads, nil
}

// backward is reverse accumulation over a schedule.
type backward struct {
	list  []Instr
	wrt   []*Node
	moved []bool  // by what the gradients are with respect to
	at    []*Node // gradients so far
}

// follow finds what depends on the nodes that gradients are with respect to.
func (b *backward) follow() {
	b.moved = make([]bool, len(b.list))
	for i, in := range b.list {
		b.moved[i] = slices.Contains(b.wrt, in.Node)
		for k, yes := range in.diff() {
			b.moved[i] = b.moved[i] || yes && b.moved[in.In[k]]
		}
	}
}

// diff says for each operand whether there is a gradient with respect to it.
func (i Instr) diff() []bool {
	if d, ok := i.Spec.(Differentiable); ok {
		return d.Diff(len(i.In))
	}
	return nil
}

// run adds the gradients, from the last of the schedule to the first.
func (b *backward) run() {
	for i := len(b.list) - 1; i >= 0; i-- {
		in := b.list[i]
		diff := in.diff()
		if b.at[i] == nil || !b.moved[i] || diff == nil {
			continue
		}
		operands := make([]*Node, len(in.In))
		for k, from := range in.In {
			operands[k] = b.list[from].Node
		}
		for k, g := range in.Spec.(Differentiable).Grad(operands, in.Node, b.at[i]) {
			from := in.In[k]
			if !diff[k] || !b.moved[from] {
				continue
			}
			if b.at[from] != nil {
				g = Apply(Add{}, b.at[from], g)
			}
			b.at[from] = g
		}
	}
}
