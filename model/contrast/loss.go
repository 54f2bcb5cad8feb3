package contrast

import (
	"fmt"
	"math"

	"vidcsl/model/op"
)

// pairs are N anchors and the M entries that each of them is told apart from, with what is known of both.
type pairs struct {
	part int // of the batch
	n, m int

	anchors, positives *op.Node // [N, D]: what is learned, and what each has to be near
	keys               *op.Node // [N, D]: what a detector looks at: the anchors' keys
	ids, labels        *op.Node // i32[N]
	entries            *op.Node // [M, D]
	entryIDs           *op.Node // i32[M]; -1: empty
	entryLabels        *op.Node // i32[M]

	valid *op.Node // U8 [N, M]: entries that are there and are of another sample
}

// Loss adds the loss of the next part of the batch to the graph, a scalar: the mean over its anchors. It is called once for each part,
// in order, with embeddings of Batch/Parts samples, and panics with an *[op.Error] like [op.Apply] if they do not fit.
func (o *Objective) Loss(e Embeddings) *op.Node {
	o.checkPart(e)
	if kind := o.config.Adversarial.Kind; kind != "none" {
		panic(&op.Error{Kind: "contrast." + o.config.Objective, Err: fmt.Errorf("a loss without adversarial views, want those of %s", kind)})
	}
	if o.config.bank() == "none" {
		o.parts = append(o.parts, e)
		return o.crossEntropy(e)
	}
	return op.Mean(o.begin(e).clean())
}

// pairs returns those of a part: against the bank, or both views of all samples against each other.
func (o *Objective) pairs(part int, e Embeddings) *pairs {
	p := &pairs{part: part, anchors: e.Query, positives: e.Key, keys: e.Key, ids: e.Index, labels: e.Labels}
	if b := o.bank; b != nil {
		p.entries, p.entryIDs, p.entryLabels = b.keys.In, b.ids.In, b.labels.In
	} else {
		p.anchors, p.positives = op.Apply(op.Concat{}, e.Query, e.Key), op.Apply(op.Concat{}, e.Key, e.Query)
		p.ids, p.labels = op.Apply(op.Concat{}, e.Index, e.Index), op.Apply(op.Concat{}, e.Labels, e.Labels)
		p.keys, p.entries, p.entryIDs, p.entryLabels = p.anchors, p.anchors, p.ids, p.labels
	}
	p.n, p.m = op.TypeOf(p.ids).Shape[0], op.TypeOf(p.entryIDs).Shape[0]
	there := op.Apply(op.Outer{}, op.Apply(op.AtLeast{}, p.ids), op.Apply(op.AtLeast{}, p.entryIDs))
	p.valid = op.Apply(op.AndNot{}, there, p.equal(p.ids, p.entryIDs))
	return p
}

// equal returns the mask of pairs whose numbers are the same; negative ones are of none.
func (p *pairs) equal(ofAnchors, ofEntries *op.Node) *op.Node {
	return op.Apply(op.Match{}, op.Apply(op.Reshape{Shape: op.DimsOf(p.n, 1)}, ofAnchors), ofEntries)
}

// sameLabel returns the mask of pairs of one label.
func (p *pairs) sameLabel() *op.Node { return p.equal(p.labels, p.entryLabels) }

// labelled returns the mask of valid pairs of two labels.
func (p *pairs) labelled() *op.Node {
	return op.Apply(op.And{}, p.valid, op.Apply(op.Outer{}, op.Apply(op.AtLeast{}, p.labels), op.Apply(op.AtLeast{}, p.entryLabels)))
}

// found returns the masks of pairs that are removed from the negatives and of those that are attracted, each nil if there is none.
func (o *Objective) found(p *pairs) (removed, attracted *op.Node) {
	switch {
	case o.config.Objective == "supcon":
		return nil, op.Apply(op.And{}, p.valid, p.sameLabel())
	case o.detector == nil:
		return nil, nil
	}
	allowed := p.valid
	if o.rate != nil {
		drawn := op.Apply(op.Bernoulli{Shape: op.DimsOf(p.n, p.m), Stream: 2 * p.part}, o.seed, o.rate)
		allowed = op.Apply(op.And{}, allowed, drawn)
	}
	removed, attracted = o.detector.find(p)
	removed = op.Apply(op.And{}, allowed, removed)
	if attracted == nil {
		return removed, removed
	}
	// what is attracted was found as well
	return removed, op.Apply(op.And{}, removed, attracted)
}

// same is the cosine of each anchor with its positive.
func (p *pairs) same() *op.Node {
	return op.Apply(op.SumAxis{Axis: 1}, op.Apply(op.Mul{}, p.anchors, p.positives))
}

// logits are the cosines of anchors [N, D] with entries [M, D] over the temperature, [N, M].
func (o *Objective) logits(anchors, entries *op.Node) *op.Node {
	return op.Apply(op.Scale{Factor: 1 / o.config.Temperature}, op.Apply(op.MatMul{TransB: true}, anchors, entries))
}

// cosines are those of anchors with each of their positives over the temperature, each [N].
func (o *Objective) cosines(anchors *op.Node, positives []*op.Node) []*op.Node {
	list := make([]*op.Node, len(positives))
	for i, k := range positives {
		list[i] = op.Apply(op.Scale{Factor: 1 / o.config.Temperature}, op.Apply(op.SumAxis{Axis: 1}, op.Apply(op.Mul{}, anchors, k)))
	}
	return list
}

// reduce adds the loss of each anchor, as the action asks for, and the mask of the negatives that are in its denominator. Several
// positives of the anchor's own sample count as their mean, and all are in the denominator.
func (o *Objective) reduce(positives []*op.Node, logits *op.Node, m masks) (loss, left *op.Node) {
	action := o.config.Removal.Action
	if o.config.Objective == "supcon" {
		action = "attract"
	}
	sum := positives[0]
	for _, s := range positives[1:] {
		sum = op.Apply(op.Add{}, sum, s)
	}
	mean := sum
	if n := len(positives); n > 1 {
		mean = op.Apply(op.Scale{Factor: 1 / float64(n)}, sum)
	}
	if m.attracted == nil {
		return op.Apply(op.Sub{}, withNegatives(positives, logits, m.valid), mean), m.valid
	}
	if action == "attract" {
		// Khosla et al. 2020, "Supervised Contrastive Learning", L_out
		n := op.Apply(op.Shift{By: float64(len(positives))}, op.Apply(op.Count{DType: o.dims.DType}, m.attracted))
		sum = op.Apply(op.Add{}, sum, op.Apply(op.SumAxis{Axis: 1}, op.Apply(op.Mask{}, logits, m.attracted)))
		return op.Apply(op.Sub{}, withNegatives(positives, logits, m.valid), op.Apply(op.Div{}, sum, n)), m.valid
	}
	left = op.Apply(op.AndNot{}, m.valid, m.removed)
	all := withNegatives(positives, logits, left)
	loss = op.Apply(op.Sub{}, all, mean)
	if action == "both" {
		// -(s - log(e^lse + e^s)) = log(1 + e^(lse - s)), for each attracted s
		above := op.Apply(op.Sub{}, op.Apply(op.Expand{Axis: 1, N: op.TypeOf(logits).Shape[1]}, all), logits)
		each := op.Apply(op.Softplus{}, op.Apply(op.Mask{Fill: math.Inf(-1)}, above, m.attracted))
		average := ratio(op.Apply(op.SumAxis{Axis: 1}, each), op.Apply(op.Count{DType: o.dims.DType}, m.attracted))
		loss = op.Apply(op.Add{}, loss, op.Apply(op.Scale{Factor: o.config.Removal.Weight}, average))
	}
	return loss, left
}

// withNegatives is the log-sum-exp over the positives, each [N], and those of the logits, [N, M], that a mask leaves.
func withNegatives(positives []*op.Node, logits, left *op.Node) *op.Node {
	column := op.Reshape{Shape: op.DimsOf(op.TypeOf(logits).Shape[0], 1)}
	var columns []*op.Node
	for _, s := range positives {
		columns = append(columns, op.Apply(column, s))
	}
	columns = append(columns, op.Apply(column, op.Apply(op.MaskedLogSumExp{}, logits, left)))
	return op.Apply(op.LogSumExp{}, op.Apply(op.Concat{Axis: 1}, columns...))
}

// crossEntropy adds the mean loss over the samples with a label; 0 if there is none.
func (o *Objective) crossEntropy(e Embeddings) *op.Node {
	d := o.dims.DType
	labelled := op.Apply(op.AtLeast{}, e.Labels)
	n := op.Apply(op.Count{DType: d}, labelled)
	guess := op.Apply(op.ArgMax{}, e.Logits)
	right := op.Apply(op.And{}, op.Apply(op.GreaterEqual{}, guess, e.Labels), op.Apply(op.GreaterEqual{}, e.Labels, guess))
	o.sums.add("right", op.Apply(op.Count{DType: d}, right))
	o.sums.add("labelled", n)
	return ratio(op.Apply(op.Sum{}, op.Apply(op.CrossEntropy{}, e.Logits, e.Labels)), n)
}

// ratio is a over n, numbers that are 0 or at least 1; 0 where n, and so a, is 0.
func ratio(a, n *op.Node) *op.Node {
	return op.Apply(op.Div{}, a, op.Apply(op.Mask{Fill: 1}, n, op.Apply(op.AtLeast{Min: 1}, n)))
}

// checkPart panics with an *op.Error unless the embeddings are those of a part.
func (o *Objective) checkPart(e Embeddings) {
	d := o.dims
	n := d.Batch / d.Parts
	fail := func(format string, args ...any) {
		panic(&op.Error{Kind: "contrast." + o.config.Objective, Err: fmt.Errorf(format, args...)})
	}
	if len(o.parts) == d.Parts {
		fail("a loss for a part more than the %d there are", d.Parts)
	}
	type want struct {
		name string
		node *op.Node
		t    op.Type
	}
	list := []want{{"labels", e.Labels, op.Of(op.I32, n)}}
	if o.config.bank() == "none" {
		list = append(list, want{"logits", e.Logits, op.Of(d.DType, n, d.Classes)})
	} else {
		list = append(list, want{"query", e.Query, op.Of(d.DType, n, d.Embedding)}, want{"key", e.Key, op.Of(d.DType, n, d.Embedding)},
			want{"index", e.Index, op.Of(op.I32, n)})
	}
	if o.memory != nil {
		list = append(list, want{"key features", e.KeyFeatures, op.Of(d.DType, n, d.Features)})
	}
	for _, w := range list {
		if w.node == nil {
			fail("no %s, want %v", w.name, w.t)
		}
		if got := op.TypeOf(w.node); !got.Equal(w.t) {
			fail("%s are %v, want %v", w.name, got, w.t)
		}
	}
}
