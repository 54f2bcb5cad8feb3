package train

import (
	"vidcsl/model/contrast"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// measure returns the number of the encoder's features, from a graph of its own, and whether it takes the data at all.
func (b *builder) measure() (int, error) {
	g, s := op.NewGraph(), b.info.Shape
	x := op.Input(g, "clips", op.Of(op.F32, b.Batch/b.Parts, 3, s[0], s[1], s[2]))
	enc, err := nn.New(nn.NewParams(g, op.F32, 0).Training(b.Encoder.BNGroups), x, b.Encoder.Network(0))
	if err != nil {
		return 0, err
	}
	return enc.Dim, nil
}

// part adds the loss of a part.
func (b *builder) part(part int) error {
	e := contrast.Embeddings{}
	var err error
	if len(b.views) == 1 {
		err = b.classify(&e, part)
	} else if b.objective.Momentum() {
		err = b.follower(&e, part)
	} else {
		err = b.both(&e, part)
	}
	if err != nil {
		return err
	}
	var loss *op.Node
	if err := op.Build(func() {
		e.Index, e.Labels = b.rows(b.index, part), b.rows(b.labels, part)
		if b.Adversarial.Kind == "none" {
			loss = b.objective.Loss(e)
		}
	}); err != nil {
		return err
	}
	if loss == nil {
		if loss, err = b.adversarial(e, part); err != nil {
			return err
		}
	}
	b.losses = append(b.losses, loss)
	if e.Query != nil {
		b.queries = append(b.queries, e.Query)
	}
	return nil
}

// classify encodes view 0 and adds the classifier.
func (b *builder) classify(e *contrast.Embeddings, part int) error {
	enc, err := b.encodeViews(b.clean(), func() *op.Node { return b.rows(b.views[0], part) })
	if err == nil {
		e.Logits, e.QueryFeatures = enc.Logits, enc.Features
	}
	return err
}

// both encodes the two views at once, with one encoder: batch normalization is over both.
func (b *builder) both(e *contrast.Embeddings, part int) error {
	enc, err := b.encodeViews(b.clean(), func() *op.Node {
		return op.Apply(op.Concat{}, b.rows(b.views[0], part), b.rows(b.views[1], part))
	})
	if err != nil {
		return err
	}
	return op.Build(func() {
		n := b.Batch / b.Parts
		first, second := op.Slice{From: 0, To: n}, op.Slice{From: n, To: 2 * n}
		z := b.embedded(b.clean(), enc.Features)
		e.Query, e.Key = op.Apply(first, z), op.Apply(second, z)
		e.QueryFeatures, e.KeyFeatures = op.Apply(first, enc.Features), op.Apply(second, enc.Features)
	})
}

// follower encodes view 0 with the encoder and view 1 with the key encoder. Where batch normalization goes by groups, the key encoder
// gets the samples in another order, lest a query's group give its key away (He et al. 2020, "shuffling BN").
func (b *builder) follower(e *contrast.Embeddings, part int) error {
	query, err := b.encodeViews(b.clean(), func() *op.Node { return b.rows(b.views[0], part) })
	if err != nil {
		return err
	}
	key := b.trains().Sub("key")
	enc, err := b.encodeViews(key, func() *op.Node { return b.ordered(b.rows(b.views[1], part), 0) })
	if err != nil {
		return err
	}
	return op.Build(func() {
		e.Query, e.QueryFeatures = b.embedded(b.clean(), query.Features), query.Features
		e.Key, e.KeyFeatures = b.ordered(b.embedded(key, enc.Features), 1), b.ordered(enc.Features, 1)
	})
}

// trains returns the parameters for passes that are learned from.
func (b *builder) trains() *nn.Params { return b.params.Training(b.Encoder.BNGroups) }

// clean returns those for the views as they are.
func (b *builder) clean() *nn.Params {
	if b.Adversarial.Kind == "acl" {
		return b.trains().Norms(cleanNorms)
	}
	return b.trains()
}

// normalized turns pixels into what an encoder takes.
func (b *builder) normalized(pixels *op.Node) *op.Node {
	return op.Apply(op.Normalize{Mean: b.Mean, Std: b.Std, DType: op.F32}, pixels)
}

// encodeViews adds the encoder of these parameters over pixels.
func (b *builder) encodeViews(p *nn.Params, pixels func() *op.Node) (enc *nn.Encoder, err error) {
	var x *op.Node
	if err := op.Build(func() { x = b.normalized(pixels()) }); err != nil {
		return nil, err
	}
	return b.encode(p, x)
}

// encode adds the encoder of these parameters over x [N,3,T,H,W].
func (b *builder) encode(p *nn.Params, x *op.Node) (*nn.Encoder, error) {
	enc, err := nn.New(p.Sub("encoder"), x, b.Encoder.Network(b.classes))
	if err == nil {
		b.classifier = enc.Classifier
	}
	return enc, err
}

// embedded adds the head of these parameters and makes what it gives as long as 1.
func (b *builder) embedded(p *nn.Params, features *op.Node) *op.Node {
	layers, p := []nn.Layer(nil), p.Sub("head")
	switch in := op.TypeOf(features).Shape[1]; b.Head.Kind {
	case "moco":
		layers = nn.MoCo(in, b.Head.Dim)
	case "simclr":
		layers = nn.SimCLR(in, b.Head.Dim)
	}
	return op.Apply(op.L2Normalize{Eps: 1e-12}, nn.MLP(p, features, layers))
}

// rows returns those of a part.
func (b *builder) rows(x *op.Node, part int) *op.Node {
	if b.Parts == 1 {
		return x
	}
	n := b.Batch / b.Parts
	return op.Apply(op.Slice{From: part * n, To: (part + 1) * n}, x)
}

// ordered returns the rows in the order of an input; as they are if there is none.
func (b *builder) ordered(x *op.Node, which int) *op.Node {
	if b.shuffle == nil {
		return x
	}
	return op.Apply(op.Gather{}, x, b.shuffle[which])
}
