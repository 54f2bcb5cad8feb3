package contrast

import (
	"vidcsl/model"
	"vidcsl/model/op"
)

// memory keeps, for every sample, means of the features of its keys, [Samples, Features], for detectors that compare samples.
type memory struct {
	mean    *model.Slot // moving average of the features at unit length
	slow    *model.Slot // a slower one
	newest  *model.Slot
	written *model.Slot // i32[Samples]: the step of the newest; -1: none yet
	labels  *model.Slot // i32[Samples]: what a Report judges by
}

// The decays of the moving averages.
const meanDecay, slowDecay = 0.7, 0.9

// usesMemory reports whether the detector, or what finds pseudo-labels, needs one.
func (c Config) usesMemory() bool { return c.Removal.usesMemory() || c.Adversarial.usesPseudo() }

// usesMemory reports whether the detector needs one: then what it knows is of samples.
func (r Removal) usesMemory() bool {
	return r.Detector == "neighbors" || r.Detector == "cluster" && r.Features == "whitened"
}

func newMemory(o *Objective) *memory {
	row := op.Of(o.dims.DType, o.dims.Samples, o.dims.Features)
	return &memory{
		mean:    o.slot("memory.mean", op.NewTensor(row)),
		slow:    o.slot("memory.slow", op.NewTensor(row)),
		newest:  o.slot("memory.newest", op.NewTensor(row)),
		written: o.slot("memory.written", filled(-1, o.dims.Samples)),
		labels:  o.slot("memory.labels", filled(-1, o.dims.Samples)),
	}
}

// write adds the update by the features of a batch. The first of a sample are its means.
func (m *memory) write(features, index, labels, step *op.Node) {
	t := op.TypeOf(features)
	x := op.Apply(op.L2Normalize{Eps: tiny}, features)
	seen := op.Apply(op.AtLeast{}, op.Apply(op.Gather{}, m.written.In, index))
	known := op.Apply(op.ToFloat{DType: t.DType}, seen)
	known = op.Apply(op.Expand{Axis: 1, N: t.Shape[1]}, known)
	put := func(s *model.Slot, rows *op.Node) { s.Out = op.Apply(op.RowWrite{}, s.In, rows, index) }
	for _, v := range []struct {
		slot  *model.Slot
		decay float64
	}{{m.mean, meanDecay}, {m.slow, slowDecay}} {
		// x + decay known (old - x)
		change := op.Apply(op.Mul{}, known, op.Apply(op.Sub{}, op.Apply(op.Gather{}, v.slot.In, index), x))
		put(v.slot, op.Apply(op.Add{}, x, op.Apply(op.Scale{Factor: v.decay}, change)))
	}
	put(m.newest, x)
	put(m.labels, labels)
	put(m.written, step)
}
