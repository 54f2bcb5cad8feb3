package main

import (
	"fmt"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// classes is how many the classifier tells apart.
const classes = 10

// network is what is measured.
type network struct {
	nn.Config
	shape   []int // of the input, N,C,D,H,W
	train   bool
	options cpu.Options
}

// graph returns the network as a program takes it, and its parameters.
func (n *network) graph() (model.Signature, *nn.Params, error) {
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, 1)
	mode := p.Inference()
	if n.train {
		mode = p.Training(1)
	}
	x := op.Input(g, "x", op.Of(op.F32, n.shape...))
	n.Classes = classes
	enc, err := nn.New(mode, x, n.Config)
	if err != nil {
		return model.Signature{}, nil, err
	}
	if !n.train {
		return model.Signature{Inputs: []*op.Node{x}, State: p.Slots(), Metrics: []*op.Node{enc.Logits}}, p, nil
	}
	sig := model.Signature{Inputs: []*op.Node{x, op.Input(g, "labels", op.Of(op.I32, n.shape[0]))}}
	var trainErr error
	err = op.Build(func() { trainErr = addTraining(&sig, g, p, enc.Logits) })
	if err == nil {
		err = trainErr
	}
	return sig, p, err
}

// addTraining adds the mean cross entropy of the second input and SGD as torch.optim.SGD(lr=0.01, momentum=0.9, weight_decay=1e-4).
func addTraining(sig *model.Signature, g *op.Graph, p *nn.Params, logits *op.Node) error {
	labels := sig.Inputs[1]
	sum := op.Apply(op.Sum{}, op.Apply(op.CrossEntropy{}, logits, labels))
	loss := op.Apply(op.Scale{Factor: 1 / float64(op.TypeOf(labels).Len())}, sum)
	trained := p.Trained()
	wrt := make([]*op.Node, len(trained))
	for i, t := range trained {
		wrt[i] = t.In
	}
	grads, err := op.Grad(loss, wrt...)
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	lr := op.Input(g, "lr", op.Of(op.F32))
	for i, t := range trained {
		first := op.NewTensor(op.TypeOf(t.In))
		v := op.Input(g, "momentum."+t.Name, first.Type)
		next := op.Apply(op.SGDMomentum{Momentum: 0.9, WeightDecay: 1e-4}, t.In, grads[i], v)
		t.Out = op.Apply(op.SGDApply{}, t.In, next, lr)
		sig.State = append(sig.State, model.Slot{Name: v.Name(), In: v, Out: next, First: first})
	}
	sig.State = append(sig.State, model.Slot{Name: "lr", In: lr, First: op.From([]float32{0.01})})
	sig.State = append(sig.State, p.Slots()...)
	sig.Metrics = []*op.Node{loss}
	return nil
}
