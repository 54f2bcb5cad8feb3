package contrast

import (
	"fmt"

	"vidcsl/model/op"
)

// Finish adds, once and after the losses of all parts, the update of the bank and of the detector, and the metrics. It panics with an
// *[op.Error] like [op.Apply].
func (o *Objective) Finish() {
	if o.done || len(o.parts) != o.dims.Parts {
		panic(&op.Error{Kind: "contrast." + o.config.Objective, Err: fmt.Errorf("finished after the losses of %d of %d parts, want all, once", len(o.parts), o.dims.Parts)})
	}
	o.done = true
	if o.config.bank() != "none" {
		index := o.whole(func(e Embeddings) *op.Node { return e.Index })
		labels := o.whole(func(e Embeddings) *op.Node { return e.Labels })
		keys := o.whole(func(e Embeddings) *op.Node { return e.Key })
		if o.bank != nil {
			o.bank.write(keys, index, labels, o.step, o.config.BankMomentum)
		}
		if o.memory != nil {
			features := o.whole(func(e Embeddings) *op.Node { return e.KeyFeatures })
			o.memory.write(features, index, labels, o.step)
		}
		if o.detector != nil {
			o.detector.finish(keys, index)
		}
	}
	o.report()
}
