package train

import (
	"fmt"

	"vidcsl/model"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// graph is the step of a run as one graph.
type graph struct {
	sig        model.Signature
	params     *nn.Params
	classifier string            // the name of its parameters in the encoder
	meta       map[string]string // of the encoder's file
	names      []string          // of the scalars that the step returns
	guesses    int               // of the results after them, the classes that each part's samples are taken for
}

// builder is a graph in the making.
type builder struct {
	Config
	g       *op.Graph
	params  *nn.Params
	classes int        // of the classifier; 0: there is none
	views   []*op.Node // u8 [N T H W 3]
	labels  *op.Node   // i32 [N]
	index   *op.Node   // i32 [N]
	rate    *op.Node   // f32 []
	count   *op.Node   // i32 [1]
	encoder *nn.Encoder
	losses  []*op.Node // of the parts
	guesses []*op.Node // of the parts, i32 [n]
}

// build makes the graph of a step for batches of this kind.
func build(c Config, info model.DataInfo) (*graph, error) {
	g := op.NewGraph()
	s, n := info.Shape, info.Batch
	b := &builder{Config: c, g: g, params: nn.NewParams(g, op.F32, c.Seed)}
	b.classes = classes(info)
	b.views = []*op.Node{op.Input(g, "view_0", op.Of(op.U8, n, s[0], s[1], s[2], s[3]))}
	b.labels, b.index = op.Input(g, "labels", op.Of(op.I32, n)), op.Input(g, "index", op.Of(op.I32, n))
	b.rate, b.count = op.Input(g, "rate", op.Of(op.F32)), op.Input(g, "step", op.Of(op.I32, 1))
	for part := range c.Parts {
		if err := b.supervised(part); err != nil {
			return nil, err
		}
	}
	if c.Encoder.Weights != "" {
		if err := b.params.Sub("encoder").Load(c.Encoder.Weights, b.encoder.Classifier); err != nil {
			return nil, fmt.Errorf("train: weights to start from: %w", err)
		}
	}
	return b.finish()
}

// supervised adds a part's cross entropy.
func (b *builder) supervised(part int) error {
	if err := b.encode(part); err != nil {
		return err
	}
	return op.Build(func() {
		b.losses = append(b.losses, op.Mean(op.Apply(op.CrossEntropy{}, b.encoder.Logits, b.part(b.labels, part))))
		b.guesses = append(b.guesses, op.Apply(op.ArgMax{}, b.encoder.Logits))
	})
}

// encode adds the encoder over view 0 of a part.
func (b *builder) encode(part int) (err error) {
	var x *op.Node
	if err := op.Build(func() {
		x = op.Apply(op.Normalize{Mean: b.Mean, Std: b.Std, DType: op.F32}, b.part(b.views[0], part))
	}); err != nil {
		return err
	}
	p := b.params.Sub("encoder").Training(b.Encoder.BNGroups)
	b.encoder, err = nn.New(p, x, b.Encoder.network(b.classes))
	return err
}

// part returns the rows of a part.
func (b *builder) part(x *op.Node, part int) *op.Node {
	if b.Parts == 1 {
		return x
	}
	n := b.Batch / b.Parts
	return op.Apply(op.Slice{Axis: 0, From: part * n, To: (part + 1) * n}, x)
}

// finish adds gradients and updates, and lists what goes in and comes out.
func (b *builder) finish() (*graph, error) {
	r := &graph{params: b.params, classifier: b.encoder.Classifier, meta: b.Encoder.metadata(b.classes)}
	trained := b.params.Trained()
	var wrt []*op.Node
	for _, p := range trained {
		wrt = append(wrt, p.In)
	}
	var loss, grads, weights *op.Node
	o := &optimizer{Optimizer: b.Optimizer, g: b.g, rate: b.rate, count: b.count}
	var gradErr error
	err := op.Build(func() {
		loss = b.losses[0]
		for _, l := range b.losses[1:] {
			loss = op.Apply(op.Add{}, loss, l)
		}
		loss = op.Apply(op.Scale{Factor: 1 / float64(b.Parts)}, loss)
		var list []*op.Node
		if list, gradErr = op.Grad(loss, wrt...); gradErr != nil {
			return
		}
		grads, weights = o.update(trained, list), op.Apply(op.GlobalNorm{}, wrt...)
	})
	if err == nil {
		err = gradErr
	}
	if err != nil {
		return nil, fmt.Errorf("train: the graph of a step: %w", err)
	}
	r.names = []string{"loss", "grad_norm", "weight_norm"}
	r.guesses = len(b.guesses)
	r.sig = model.Signature{
		Inputs:  append(b.views, b.labels, b.index, b.rate, b.count),
		State:   append(b.params.Slots(), o.slots...),
		Metrics: append([]*op.Node{loss, grads, weights}, b.guesses...),
	}
	return r, nil
}
