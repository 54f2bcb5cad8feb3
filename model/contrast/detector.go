package contrast

import (
	"context"

	"vidcsl/model"
	"vidcsl/model/op"
)

// detector finds false negatives among pairs.
type detector interface {
	// find adds the mask U8 [N, M] of the pairs that are false negatives; which of its pairs are not valid does not matter. attracted
	// is a mask of those that may be attracted; nil: all of them.
	find(p *pairs) (found, attracted *op.Node)
	// finish adds the update of what the detector knows by a batch of keys, as they are written to the bank.
	finish(keys, index *op.Node)
}

// refresher is a detector that learns between steps.
type refresher interface {
	// ready returns the first step at which there is enough to learn from.
	ready() int
	refresh(ctx context.Context, e model.Engine, p model.Program, step int) (Report, error)
}

// newDetector returns the detector of the objective's configuration, which is not none.
func newDetector(o *Objective) detector {
	r := o.config.Removal
	switch r.Detector {
	case "cluster":
		if r.Features == "whitened" {
			return newSampleClusters(o)
		}
		return newKeyClusters(o)
	case "neighbors":
		return newNeighbors(o)
	case "threshold":
		return bySimilarity{func(x, _ *op.Node) *op.Node { return op.Apply(op.AtLeast{Min: r.Threshold}, x) }}
	case "topk":
		return bySimilarity{func(x, valid *op.Node) *op.Node { return op.Apply(op.TopMask{K: r.TopK}, x, valid) }}
	case "quantile":
		return bySimilarity{func(x, valid *op.Node) *op.Node { return op.Apply(op.TopMask{Share: r.Share}, x, valid) }}
	case "random":
		share := o.input("contrast.share", op.Of(op.F32), func(int) op.Tensor { return op.From([]float32{float32(r.Share)}) })
		return byChance{o.seed, share}
	}
	return byLabel{o.seed, r.Precision}
}

// byLabel is the oracle, which errs on purpose where precision is below 1.
type byLabel struct {
	seed      *op.Node
	precision float64
}

// find finds the pairs of one label, A of the part, and of the O others with two labels each with the probability
//
//	A (1 - precision) / (precision O)
//
// or 1 if that is more, so that A of about A/precision pairs found have one label. No precision is below the base rate A/(A+O).
func (l byLabel) find(p *pairs) (found, attracted *op.Node) {
	same := p.sameLabel()
	if l.precision == 1 {
		return same, nil
	}
	labelled := p.labelled()
	others := op.Apply(op.AndNot{}, labelled, same)
	count := func(m *op.Node) *op.Node { return op.Apply(op.Sum{}, op.Apply(op.Count{}, m)) }
	wanted := op.Apply(op.Scale{Factor: (1 - l.precision) / l.precision}, count(op.Apply(op.And{}, p.valid, same)))
	drawn := op.Apply(op.Bernoulli{Shape: op.DimsOf(p.n, p.m), Stream: 2*p.part + 1}, l.seed, ratio(wanted, count(others)))
	return op.Apply(op.AndNot{}, labelled, op.Apply(op.AndNot{}, others, drawn)), nil
}

func (byLabel) finish(_, _ *op.Node) {}

// bySimilarity decides by the cosine of the anchor's key with the entry, and where pairs are valid.
type bySimilarity struct {
	is func(x, valid *op.Node) *op.Node
}

func (s bySimilarity) find(p *pairs) (found, attracted *op.Node) {
	return s.is(op.Apply(op.MatMul{TransB: true}, p.keys, p.entries), p.valid), nil
}

func (bySimilarity) finish(_, _ *op.Node) {}

// byChance draws pairs.
type byChance struct{ seed, share *op.Node }

func (c byChance) find(p *pairs) (found, attracted *op.Node) {
	return op.Apply(op.Bernoulli{Shape: op.DimsOf(p.n, p.m), Stream: 2*p.part + 1}, c.seed, c.share), nil
}

func (byChance) finish(_, _ *op.Node) {}
