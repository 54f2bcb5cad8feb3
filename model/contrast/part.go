package contrast

import (
	"fmt"

	"vidcsl/model/op"
)

// Part is a part of a batch between [Objective.Begin] and the loss: its adversarial views are looked for.
type Part struct {
	o     *Objective
	e     Embeddings
	p     *pairs
	masks masks
	first *op.Node // what the attack began with, a mean; nil: no step
}

// masks are what is known of pairs of anchors and entries, each U8 [N, M]; nil: of none.
type masks struct {
	valid, removed, attracted *op.Node
}

// rows returns the masks of some of the anchors.
func (m masks) rows(from, to int) masks {
	part := func(x *op.Node) *op.Node {
		if x == nil || to-from == op.TypeOf(x).Shape[0] {
			return x
		}
		return op.Apply(op.Slice{From: from, To: to}, x)
	}
	return masks{part(m.valid), part(m.removed), part(m.attracted)}
}

// Begin is [Objective.Loss] for an objective with adversarial views: the losses are added when these are found. What a detector takes for
// false negatives is found by the clean views, and holds for the adversarial anchors too.
func (o *Objective) Begin(e Embeddings) *Part {
	o.checkPart(e)
	if o.config.Adversarial.Kind == "none" {
		panic(&op.Error{Kind: "contrast." + o.config.Objective, Err: fmt.Errorf("a part with adversarial views, where the configuration has none")})
	}
	return o.begin(e)
}

// begin finds the false negatives of the next part.
func (o *Objective) begin(e Embeddings) *Part {
	t := &Part{o: o, e: e, p: o.pairs(len(o.parts), e)}
	o.parts = append(o.parts, e)
	removed, attracted := o.found(t.p)
	t.masks = masks{t.p.valid, removed, attracted}
	return t
}

// Raise adds the loss that the adversarial views are to raise, a scalar: the mean over the anchors among them.
//
//	rocl   L(a; k), against the clean negatives
//	acl    L(a; k), against the bank; without one, the objective's loss of the two adversarial views of all samples
//	advcl  L(a; k, q, h), the mean over these positives, plus weight times the cross entropy with the pseudo-labels
//
// with a the adversarial view, q and k the clean ones and h the high-frequency one.
func (t *Part) Raise(a Attacked) *op.Node {
	t.check(a)
	l := t.labelled(op.Mean(t.raised(a)), a)
	if t.first == nil {
		t.first = l
	}
	return l
}

// raised is the contrastive loss of each adversarial anchor, in the attack.
func (t *Part) raised(a Attacked) *op.Node {
	if t.o.config.Adversarial.Kind == "advcl" {
		return t.apart(a.Query, t.e.Key, t.e.Query, a.High)
	}
	return t.adversarial(a)
}

// adversarial is the objective's loss of each adversarial anchor, in the place of the clean one.
func (t *Part) adversarial(a Attacked) *op.Node {
	if !t.o.AttacksBoth() {
		return t.apart(a.Query, t.e.Key)
	}
	join := func(x, y *op.Node) *op.Node { return op.Apply(op.Concat{}, x, y) }
	anchors := join(a.Query, a.Key)
	return t.o.apart(anchors, []*op.Node{join(a.Key, a.Query)}, anchors, t.masks)
}

// apart is the loss of anchors made of the first view, with these positives, against the clean entries.
func (t *Part) apart(anchors *op.Node, positives ...*op.Node) *op.Node {
	return t.o.apart(anchors, positives, t.p.entries, t.masks.rows(0, op.TypeOf(anchors).Shape[0]))
}

// apart is the loss of each anchor, [N, D], with its positives, each [N, D], against entries [M, D].
func (o *Objective) apart(anchors *op.Node, positives []*op.Node, entries *op.Node, m masks) *op.Node {
	l, _ := o.reduce(o.cosines(anchors, positives), o.logits(anchors, entries), m)
	return l
}

// Loss adds the loss of the part, a scalar. With L(anchor; positives) that of [Objective.Loss], with the mean of the positives' logits and
// all of them in the denominator, in which the entries that are removed are not:
//
//	rocl   mean over the views v of L(v; the other views) + weight L(a; k)
//	       views q, k and a; k is no anchor where keys come from a bank (Kim, Tack, Hwang 2020, arXiv 2006.07589: there, with one anchor q,
//	       and in its code with all)
//	acl    (L(clean views) + weight L(adversarial views)) / (1 + weight)
//	       (Jiang, Chen, Chen, Wang 2020, arXiv 2010.13337, dual stream: weight 1)
//	advcl  rocl's mean with the high-frequency view h as well + weight CE(a, pseudo-label)
//	       (Fan, Liu, Chen, Zhang, Gan 2021, arXiv 2111.01124)
func (t *Part) Loss(a Attacked) *op.Node {
	t.check(a)
	c := t.o.config.Adversarial
	clean := op.Mean(t.clean())
	adversarial := op.Mean(t.adversarial(a))
	t.follow(clean, adversarial, a)
	weighted := op.Apply(op.Scale{Factor: c.Weight}, adversarial)
	switch c.Kind {
	case "acl":
		return op.Apply(op.Scale{Factor: 1 / (1 + c.Weight)}, op.Apply(op.Add{}, clean, weighted))
	case "rocl":
		return op.Apply(op.Add{}, t.views(a.Query), weighted)
	}
	return t.labelled(t.views(a.Query, a.High), a)
}

// labelled adds what pseudo-labels there are to a loss.
func (t *Part) labelled(l *op.Node, a Attacked) *op.Node {
	if t.o.pseudo == nil {
		return l
	}
	weighted := op.Apply(op.Scale{Factor: t.o.config.Adversarial.Weight}, t.o.pseudo.loss(t.e.Index, a.Logits))
	return op.Apply(op.Add{}, l, weighted)
}

// views is the mean loss of all views, those made of the first among them, each with the others for positives.
func (t *Part) views(made ...*op.Node) *op.Node {
	n := op.TypeOf(t.e.Query).Shape[0]
	all := append([]*op.Node{t.e.Key, t.e.Query}, made...)
	var losses []*op.Node
	for i, anchors := range all {
		var others []*op.Node
		for k, v := range all {
			if k != i {
				others = append(others, v)
			}
		}
		m := t.masks.rows(0, n)
		if i == 0 { // the second view
			if t.o.bank != nil {
				continue
			}
			m = t.masks.rows(n, 2*n)
		}
		losses = append(losses, t.o.apart(anchors, others, t.p.entries, m))
	}
	return op.Mean(op.Apply(op.Concat{}, losses...))
}

// clean is the loss of each clean anchor, which is measured.
func (t *Part) clean() *op.Node {
	o, p := t.o, t.p
	logits := o.logits(p.anchors, p.entries)
	same := p.same()
	positive := op.Apply(op.Scale{Factor: 1 / o.config.Temperature}, same)
	l, left := o.reduce([]*op.Node{positive}, logits, t.masks)
	o.measure(p, l, left, t.masks.removed, same, positive, logits)
	return l
}

// follow adds to the metrics what became of the part, each as its share of the batch.
func (t *Part) follow(clean, adversarial *op.Node, a Attacked) {
	share := op.Scale{Factor: 1 / float64(t.o.dims.Parts)}
	add := func(name string, x *op.Node) { t.o.sums.add(name, op.Apply(share, x)) }
	add("clean", clean)
	add("adversarial", adversarial)
	if first := t.first; first != nil {
		add("gain", op.Apply(op.Sub{}, t.Raise(a), first))
	}
}

// check panics with an *op.Error unless the embeddings are those of the part.
func (t *Part) check(a Attacked) {
	d, n := t.o.dims, op.TypeOf(t.e.Index).Shape[0]
	want := func(name string, x *op.Node, of op.Type) {
		if x == nil || !op.TypeOf(x).Equal(of) {
			got := "none"
			if x != nil {
				got = op.TypeOf(x).String()
			}
			panic(&op.Error{Kind: "contrast." + t.o.config.Adversarial.Kind, Err: fmt.Errorf("%s is %s, want %v", name, got, of)})
		}
	}
	of := op.Of(d.DType, n, d.Embedding)
	want("the adversarial view", a.Query, of)
	if t.o.AttacksBoth() {
		want("the second adversarial view", a.Key, of)
	}
	if c := t.o.config.Adversarial; c.Kind == "advcl" {
		want("the high-frequency view", a.High, of)
		if t.o.pseudo != nil {
			want("the pseudo-labels' logits", a.Logits, op.Of(d.DType, n, c.Clusters))
		}
	}
}
