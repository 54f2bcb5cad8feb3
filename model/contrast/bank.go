package contrast

import (
	"vidcsl/model"
	"vidcsl/model/op"
)

// bank holds keys of earlier steps, Q of them, with what is known of each.
type bank struct {
	samples bool // one key for each sample, else the latest
	keys    *model.Slot
	ids     *model.Slot // i32[Q]: the numbers of the samples; -1: empty
	labels  *model.Slot // i32[Q]
	written *model.Slot // i32[Q]: the step that wrote the key
	at      *model.Slot // i32: where the queue is written next; nil for samples
	size    int
}

func newBank(o *Objective, samples bool) *bank {
	b := &bank{samples: samples, size: o.config.Queue}
	if samples {
		b.size = o.dims.Samples
	}
	b.keys = o.slot("bank.keys", op.NewTensor(op.Of(o.dims.DType, b.size, o.dims.Embedding)))
	b.ids = o.slot("bank.samples", filled(-1, b.size))
	b.labels = o.slot("bank.labels", filled(-1, b.size))
	b.written = o.slot("bank.written", op.NewTensor(op.Of(op.I32, b.size)))
	if !samples {
		b.at = o.slot("bank.position", op.NewTensor(op.Of(op.I32)))
	}
	return b
}

// write adds the update by the keys of a batch.
func (b *bank) write(keys, ids, labels, step *op.Node, momentum float64) {
	if b.samples {
		old := op.Apply(op.Gather{}, b.keys.In, ids)
		// the first key of a sample meets zeros, and its length does not matter
		keys = op.Apply(op.L2Normalize{Eps: tiny}, op.Apply(op.EMA{Decay: momentum}, old, keys))
	}
	for _, v := range []struct {
		slot *model.Slot
		rows *op.Node
	}{{b.keys, keys}, {b.ids, ids}, {b.labels, labels}, {b.written, step}} {
		v.slot.Out = b.put(v.slot.In, v.rows, ids)
	}
	if b.at != nil {
		b.at.Out = op.Apply(op.Advance{By: op.TypeOf(ids).Shape[0], Mod: b.size}, b.at.In)
	}
}

// put returns a column of the bank with the rows of a batch in their places.
func (b *bank) put(column, rows, ids *op.Node) *op.Node {
	if b.samples {
		return op.Apply(op.RowWrite{}, column, rows, ids)
	}
	return op.Apply(op.RingWrite{}, column, rows, b.at.In)
}

// age adds the mean number of steps from when the keys in the bank were written to a step; 0 while it is empty.
func (b *bank) age(step *op.Node, d op.DType) *op.Node {
	there := op.Apply(op.AtLeast{}, b.ids.In)
	now := op.Apply(op.Fill{Shape: op.DimsOf(b.size)}, op.Mean(op.Apply(op.ToFloat{DType: d}, step)))
	age := op.Apply(op.Sub{}, now, op.Apply(op.ToFloat{DType: d}, b.written.In))
	return ratio(op.Apply(op.Sum{}, op.Apply(op.Mask{}, age, there)), op.Apply(op.Count{DType: d}, there))
}

// filled returns n times a number.
func filled(v int32, n int) op.Tensor {
	list := make([]int32, n)
	for i := range list {
		list[i] = v
	}
	return op.From(list, n)
}

// tiny is the length below which a vector is not brought to unit length.
const tiny = 1e-12
