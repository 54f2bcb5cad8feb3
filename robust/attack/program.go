package attack

import (
	"fmt"

	"vidcsl/model"
	"vidcsl/model/op"
)

// program answers questions of one kind. Its losses are all in one graph, of which every sample takes one: the label or the vector of the
// others is such that they are 0 and so is their gradient. So samples with different losses go through the network together.
type program struct {
	model.Program
	size   int
	inputs []op.Tensor // clips, and for gradients what follows
	label  map[LossKind]op.Tensor
	target op.Tensor // i32[N], of DLRTargeted
	vector map[LossKind]op.Tensor
}

// compile makes a program.
func (m *Model) compile(gradient bool, size int) (*program, error) {
	params, x, z, err := m.build(size)
	if err != nil {
		return nil, err
	}
	for _, n := range params.List() {
		if err := n.SetFirst(m.values[n.Name]); err != nil {
			return nil, fmt.Errorf("attack: the network is another when it is built again: %w", err)
		}
	}
	p := &program{size: size, inputs: []op.Tensor{op.NewTensor(op.TypeOf(x))}, label: map[LossKind]op.Tensor{}, vector: map[LossKind]op.Tensor{}}
	sig := model.Signature{Inputs: []*op.Node{x}, State: params.Slots(), Metrics: []*op.Node{z}}
	if gradient {
		var losses, sum *op.Node
		err := op.Build(func() {
			losses = p.losses(&sig, z, m.net.Classes)
			sum = op.Apply(op.Sum{}, losses)
		})
		if err != nil {
			return nil, fmt.Errorf("attack: %w", err)
		}
		grads, err := op.Grad(sum, x)
		if err != nil {
			return nil, fmt.Errorf("attack: %w", err)
		}
		sig.Metrics = append(sig.Metrics, losses, grads[0])
	}
	if p.Program, err = m.engine.Compile(sig); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	return p, nil
}

// losses adds the loss of every sample, and what it is fed.
func (p *program) losses(sig *model.Signature, z *op.Node, classes int) *op.Node {
	input := func(name string, t op.Type) (*op.Node, op.Tensor) {
		n, v := op.Input(z.Graph(), name, t), op.NewTensor(t)
		sig.Inputs, p.inputs = append(sig.Inputs, n), append(p.inputs, v)
		return n, v
	}
	var all *op.Node
	add := func(loss *op.Node) {
		if all != nil {
			loss = op.Apply(op.Add{}, all, loss)
		}
		all = loss
	}
	labels := op.Of(op.I32, p.size)
	labelled := func(kind LossKind, name string, loss func(label *op.Node) *op.Node) {
		n, v := input(name, labels)
		p.label[kind] = v
		add(loss(n))
	}
	if classes > 0 {
		labelled(CrossEntropy, "labels", func(y *op.Node) *op.Node { return op.Apply(op.CrossEntropy{}, z, y) })
	}
	if classes >= 3 {
		labelled(DLR, "dlr labels", func(y *op.Node) *op.Node { return op.Apply(op.DLR{}, z, y) })
	}
	if classes >= 4 {
		labelled(DLRTargeted, "targeted labels", func(y *op.Node) *op.Node {
			t, v := input("targets", labels)
			p.target = v
			return op.Apply(op.DLRTargeted{}, z, y, t)
		})
	}
	product := func(kind LossKind, name string, of *op.Node) {
		n, v := input(name, op.TypeOf(z))
		p.vector[kind] = v
		add(op.Apply(op.SumAxis{Axis: 1}, op.Apply(op.Mul{}, of, n)))
	}
	product(Weighted, "weights", z)
	product(Distance, "anchors", op.Apply(op.L2Normalize{Eps: 1e-12}, z)) // their opposites, of length 1
	return all
}

// ask puts a question at a place of the batch.
func (p *program) ask(i int, q *question) {
	fill(p.inputs[0], i, q.x)
	p.blank(i)
	if q.loss == nil {
		return
	}
	if labels, ok := p.label[q.loss.Kind]; ok {
		op.Data[int32](labels)[i] = int32(q.loss.Label)
	}
	switch v := q.loss.Vector; q.loss.Kind {
	case DLRTargeted:
		op.Data[int32](p.target)[i] = int32(q.loss.Target)
	case Weighted:
		fill(p.vector[Weighted], i, v)
	case Distance:
		anchor := make([]float32, len(v))
		scale := -1 / max(length(v), 1e-12)
		for j := range anchor {
			anchor[j] = float32(scale * float64(v[j]))
		}
		fill(p.vector[Distance], i, anchor)
	}
}

// blank leaves a place of the batch without a loss.
func (p *program) blank(i int) {
	for _, labels := range p.label {
		op.Data[int32](labels)[i] = -1
	}
	for _, v := range p.vector {
		fill(v, i, make([]float32, v.Shape[1]))
	}
}

// allows returns an error unless a loss is one of the network.
func (m *Model) allows(l Loss) error {
	needs := map[LossKind]int{CrossEntropy: 1, DLR: 3, DLRTargeted: 4}
	classes := func(name string, c int) error {
		if c < 0 || c >= m.net.Classes {
			return fmt.Errorf("attack: %s loss: the %s is %d, want one of %d classes", l.Kind, name, c, m.net.Classes)
		}
		return nil
	}
	switch l.Kind {
	case CrossEntropy, DLR, DLRTargeted:
		if m.net.Classes < needs[l.Kind] {
			return fmt.Errorf("attack: %s loss: the network has %d classes, want at least %d", l.Kind, m.net.Classes, needs[l.Kind])
		}
		if err := classes("label", l.Label); err != nil || l.Kind != DLRTargeted {
			return err
		}
		return classes("target", l.Target)
	case Weighted, Distance:
		if len(l.Vector) != m.outputs {
			return fmt.Errorf("attack: %s loss: a vector of %d, want %d as the network gives", l.Kind, len(l.Vector), m.outputs)
		}
		return nil
	}
	return fmt.Errorf("attack: there is no loss %d", l.Kind)
}
