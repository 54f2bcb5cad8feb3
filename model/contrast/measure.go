package contrast

import (
	"vidcsl/model/op"
)

// sums are what metrics are made of, added up over the parts of a batch.
type sums map[string]*op.Node

// add adds all elements of x to a sum.
func (s sums) add(name string, x *op.Node) {
	if op.TypeOf(x).Rank() > 0 {
		x = op.Apply(op.Sum{}, x)
	}
	if old, ok := s[name]; ok {
		x = op.Apply(op.Add{}, old, x)
	}
	s[name] = x
}

// measure adds what the metrics need to know of a part: of its pairs and masks, of the cosine with the positive and of the logits.
func (o *Objective) measure(p *pairs, loss, left, removed, same, positive, logits *op.Node) {
	d := o.dims.DType
	count := func(name string, m *op.Node) { o.sums.add(name, op.Apply(op.Count{DType: d}, m)) }
	one := op.Apply(op.AtLeast{Min: -2}, same) // every anchor: a cosine
	count("anchors", one)
	o.sums.add("cosine", same)
	hardest := op.Apply(op.MaskedMax{Empty: -1 / o.config.Temperature}, logits, left)
	o.sums.add("margin", op.Apply(op.Sub{}, positive, hardest))
	count("first", op.Apply(op.GreaterEqual{}, positive, hardest))

	count("valid", p.valid)
	labelled := p.labelled()
	alike := op.Apply(op.And{}, p.valid, p.sameLabel())
	count("labelled", labelled)
	count("alike", alike)
	if removed != nil {
		count("removed", removed)
		count("removed labelled", op.Apply(op.And{}, removed, labelled))
		count("removed alike", op.Apply(op.And{}, removed, alike))
	}
}

// report makes the metrics of the sums. All are over the whole batch; a ratio of nothing is 0.
//
//   - alignment: mean squared distance of positives (Wang & Isola 2020, alpha 2)
//   - uniformity: log of the mean of exp(-2 squared distance) over all pairs of queries in the batch (there, t 2); with 2 samples or more
//   - margin: mean cosine of the positive less that of the hardest negative in the denominator, which counts -1 where there is none
//   - contrast_accuracy: share of anchors whose positive is no farther than any negative in the denominator
//   - base_rate: share of the labelled pairs with one label, own samples left out
//   - bank_age: mean age of the keys in the bank, in steps
//   - loss_clean, loss_adversarial: the loss of the clean views, and of the adversarial ones
//   - attack_gain: by how much the attack raised what it is to raise
//   - removed: share of the pairs that a detector found; of the labelled ones, precision and recall of one label
//   - accuracy: of the supervised objective
func (o *Objective) report() {
	add := func(name string, n *op.Node) { o.metrics = append(o.metrics, Metric{name, n}) }
	share := func(name, a, b string) { add(name, ratio(o.sums[a], o.sums[b])) }
	if o.config.bank() == "none" {
		share("accuracy", "right", "labelled")
		return
	}
	cosine := ratio(o.sums["cosine"], o.sums["anchors"])
	add("alignment", op.Apply(op.Shift{By: 2}, op.Apply(op.Scale{Factor: -2}, cosine)))
	if o.dims.Batch > 1 {
		add("uniformity", o.uniformity())
	}
	add("margin", op.Apply(op.Scale{Factor: o.config.Temperature}, ratio(o.sums["margin"], o.sums["anchors"])))
	share("contrast_accuracy", "first", "anchors")
	share("base_rate", "alike", "labelled")
	if o.bank != nil {
		add("bank_age", o.bank.age(o.step, o.dims.DType))
	}
	if o.config.Adversarial.Kind != "none" {
		add("loss_clean", o.sums["clean"])
		add("loss_adversarial", o.sums["adversarial"])
		if gain := o.sums["gain"]; gain != nil {
			add("attack_gain", gain)
		}
	}
	if o.detector != nil {
		share("removed", "removed", "valid")
		share("precision", "removed alike", "removed labelled")
		share("recall", "removed alike", "alike")
	}
}

// uniformity is that of the queries of the batch: unit vectors, whose squared distance is 2 less twice the cosine.
func (o *Objective) uniformity() *op.Node {
	n, d := o.dims.Batch, o.dims.DType
	x := o.whole(func(e Embeddings) *op.Node { return e.Query })
	ids := o.whole(func(e Embeddings) *op.Node { return e.Index })
	there := op.Apply(op.AtLeast{}, ids)
	others := op.Apply(op.AndNot{}, op.Apply(op.Outer{}, there, there), op.Apply(op.Equal{}, ids, ids))
	row := op.Reshape{Shape: op.DimsOf(1, n*n)}
	cosines := op.Apply(row, op.Apply(op.MatMul{TransB: true}, x, x))
	energy := op.Apply(op.Shift{By: -4}, op.Apply(op.Scale{Factor: 4}, cosines))
	others = op.Apply(row, others)
	mean := op.Apply(op.Sub{}, op.Apply(op.MaskedLogSumExp{}, energy, others), op.Apply(op.Log{}, op.Apply(op.Count{DType: d}, others)))
	return op.Apply(op.Sum{}, mean)
}

// whole joins the parts of the batch.
func (o *Objective) whole(of func(Embeddings) *op.Node) *op.Node {
	list := make([]*op.Node, len(o.parts))
	for i, e := range o.parts {
		list[i] = of(e)
	}
	if len(list) == 1 {
		return list[0]
	}
	return op.Apply(op.Concat{}, list...)
}
