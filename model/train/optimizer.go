package train

import (
	"vidcsl/model"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// optimizer adds updates of parameters to a graph and keeps the state that they need.
type optimizer struct {
	Optimizer
	g     *op.Graph
	rate  *op.Node // f32 []
	count *op.Node // i32 [1], 1 at the first step
	slots []model.Slot
}

// update sets the Out of parameters from their gradients, and returns the norm of all gradients together, before clipping.
func (o *optimizer) update(params []*nn.Param, grads []*op.Node) (norm *op.Node) {
	norm = op.Apply(op.GlobalNorm{}, grads...)
	for i, p := range params {
		g := grads[i]
		if o.ClipNorm > 0 {
			g = op.Apply(op.MulScalar{}, g, op.Apply(op.ClipScale{Max: o.ClipNorm}, norm))
		}
		p.Out = o.step(p, g)
	}
	return norm
}

// step returns a parameter's next value. Biases and normalizations are the parameters of one dimension.
func (o *optimizer) step(p *nn.Param, g *op.Node) *op.Node {
	matrix := op.TypeOf(p.In).Rank() > 1
	decay := o.Decay
	if !matrix && (o.Decays == "weights" || o.Decays == "auto" && o.Kind != "sgd") {
		decay = 0
	}
	switch {
	case o.Kind == "adamw":
		m, v := o.slot(p, "moment1"), o.slot(p, "moment2")
		m.Out = op.Apply(op.AdamMoment1{Beta: o.Beta1}, m.In, g)
		v.Out = op.Apply(op.AdamMoment2{Beta: o.Beta2}, v.In, g)
		o.slots = append(o.slots, m, v)
		return op.Apply(op.AdamWApply{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, WeightDecay: decay}, p.In, m.Out, v.Out, o.count, o.rate)
	case o.Kind == "lars" && matrix:
		v := o.slot(p, "momentum")
		v.Out = op.Apply(op.LARSMomentum{Momentum: o.Momentum, WeightDecay: decay, Trust: o.Trust}, p.In, g, v.In, o.rate)
		o.slots = append(o.slots, v)
		return op.Apply(op.Sub{}, p.In, v.Out)
	}
	// what lars does not scale, biases and normalizations, goes by plain momentum, as is usual
	rule, v := op.SGDMomentum{Momentum: o.Momentum, WeightDecay: decay}, o.slot(p, "momentum")
	v.Out = op.Apply(rule, p.In, g, v.In)
	o.slots = append(o.slots, v)
	along := v.Out
	if o.Nesterov {
		along = op.Apply(rule, p.In, g, v.Out)
	}
	return op.Apply(op.SGDApply{}, p.In, along, o.rate)
}

// slot is a value that the optimiser keeps of a parameter, 0 at first.
func (o *optimizer) slot(p *nn.Param, what string) model.Slot {
	t := op.TypeOf(p.In)
	name := "optimizer." + what + "." + p.Name
	return model.Slot{Name: name, In: op.Input(o.g, name, t), First: op.NewTensor(t)}
}
