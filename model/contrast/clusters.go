package contrast

import (
	"fmt"
	"math"

	"vidcsl/model"
	"vidcsl/model/op"
)

// keyClusters finds the pairs whose keys belong to the same centroid, in all levels. An entry is assigned when it is written, and again
// at every refresh; an anchor by its key.
type keyClusters struct {
	o      *Objective
	levels []keyLevel
}

// keyLevel is one clustering of the keys in the bank.
type keyLevel struct {
	centroids *model.Slot // [K, D], of unit length
	least     *model.Slot // a scalar: the cosine with its centroid that a key needs; +Inf before the first refresh
	assign    *model.Slot // i32[Q]: the cluster of each entry; -1: none
}

func newKeyClusters(o *Objective) *keyClusters {
	c := &keyClusters{o: o}
	for i, k := range o.config.Removal.Clusters {
		name := fmt.Sprintf("detector.level%d.", i)
		c.levels = append(c.levels, keyLevel{
			centroids: o.slot(name+"centroids", op.NewTensor(op.Of(o.dims.DType, k, o.dims.Embedding))),
			least:     o.slot(name+"least", scalar(o.dims.DType, math.Inf(1))),
			assign:    o.slot(name+"assignment", filled(-1, o.bank.size)),
		})
	}
	return c
}

func (c *keyClusters) find(p *pairs) (found, attracted *op.Node) {
	for _, l := range c.levels {
		found = agree(found, p.equal(l.of(p.keys), l.assign.In))
	}
	return found, nil
}

// of adds the clusters of keys.
func (l keyLevel) of(keys *op.Node) *op.Node {
	return op.Apply(op.Winner{}, op.Apply(op.MatMul{TransB: true}, keys, l.centroids.In), l.least.In)
}

func (c *keyClusters) finish(keys, index *op.Node) {
	for _, l := range c.levels {
		l.assign.Out = c.o.bank.put(l.assign.In, l.of(keys), index)
	}
}

// ready implements refresher: the queue is full, or every sample had its turn.
func (c *keyClusters) ready() int {
	if c.o.bank.samples {
		return c.o.dims.EpochSteps
	}
	return (c.o.bank.size + c.o.dims.Batch - 1) / c.o.dims.Batch
}

// sampleClusters finds the pairs whose samples belong to one cluster of whitened features, in all levels.
type sampleClusters struct {
	o      *Objective
	levels []*model.Slot // i32[Samples]: the cluster of each; -1: none
}

func newSampleClusters(o *Objective) *sampleClusters {
	c := &sampleClusters{o: o}
	for i := range o.config.Removal.Clusters {
		c.levels = append(c.levels, o.slot(fmt.Sprintf("detector.level%d.assignment", i), filled(-1, o.dims.Samples)))
	}
	return c
}

func (c *sampleClusters) find(p *pairs) (found, attracted *op.Node) {
	for _, l := range c.levels {
		of := func(ids *op.Node) *op.Node { return op.Apply(op.Lookup{}, l.In, ids) }
		found = agree(found, p.equal(of(p.ids), of(p.entryIDs)))
	}
	return found, nil
}

func (c *sampleClusters) finish(_, _ *op.Node) {}

// ready implements refresher: every sample had its turn, but for those that did not fill a batch.
func (c *sampleClusters) ready() int { return c.o.dims.EpochSteps }

// agree adds a level to those before it, which may be none.
func agree(before, level *op.Node) *op.Node {
	if before == nil {
		return level
	}
	return op.Apply(op.And{}, before, level)
}

// scalar returns a floating-point number of a type.
func scalar(d op.DType, v float64) op.Tensor {
	if d == op.F64 {
		return op.From([]float64{v})
	}
	return op.From([]float32{float32(v)})
}

var _, _ refresher = (*keyClusters)(nil), (*sampleClusters)(nil)
