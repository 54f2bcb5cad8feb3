package train

import (
	"fmt"
	"strings"

	"vidcsl/model"
	"vidcsl/model/contrast"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// graph is the step of a run as one graph.
type graph struct {
	sig       model.Signature
	finite    int // values of the state, the first, that are finite unless training breaks down; of a detector's some need not be
	views     int // of a batch that are fed
	shuffled  int // samples whose order the key encoder gets another of, by two more inputs; 0: none
	embedding int // numbers of an embedding
	objective *contrast.Objective
	params    *nn.Params
	names     []string          // of the scalars that the step returns
	meta      map[string]string // of the encoder's file
}

// builder is a graph in the making.
type builder struct {
	Config
	g          *op.Graph
	info       model.DataInfo
	params     *nn.Params
	objective  *contrast.Objective
	classes    int        // of the classifier; 0: there is none
	classifier string     // its name in the encoder
	views      []*op.Node // u8 [N T H W 3]
	labels     *op.Node   // i32 [N]
	index      *op.Node   // i32 [N]
	rate       *op.Node   // f32 []
	count      *op.Node   // i32 [1]
	shuffle    []*op.Node // i32 [n]: an order of the samples of a part, and its inverse
	losses     []*op.Node // of the parts
	queries    []*op.Node // of the parts, f32 [n D]
}

// build makes the graph of a step for batches of this kind, in a run of so many steps.
func build(c Config, info model.DataInfo, steps int) (*graph, error) {
	g := op.NewGraph()
	b := &builder{Config: c, g: g, info: info, params: nn.NewParams(g, op.F32, c.Seed)}
	if c.supervised() {
		b.classes = classes(info)
	}
	features, err := b.measure()
	if err != nil {
		return nil, err
	}
	embedding := features
	if c.Head.Kind != "none" {
		embedding = c.Head.Dim
	}
	if b.objective, err = contrast.New(g, c.Config, c.dims(info, steps, embedding, features)); err != nil {
		return nil, err
	}
	b.inputs()
	for part := range c.Parts {
		if err := b.part(part); err != nil {
			return nil, err
		}
	}
	if err := b.start(); err != nil {
		return nil, err
	}
	r, err := b.finish()
	if err != nil {
		return nil, fmt.Errorf("train: the graph of a step: %w", err)
	}
	r.embedding = embedding
	return r, nil
}

// dims are the sizes that an objective is made for.
func (c Config) dims(info model.DataInfo, steps, embedding, features int) contrast.Dims {
	d := contrast.Dims{Batch: c.Batch, Parts: c.Parts, Embedding: embedding, Features: features, Samples: len(info.Keys),
		Steps: steps, EpochSteps: len(info.Keys) / c.Batch, Seed: c.Seed}
	if c.supervised() {
		d.Classes = classes(info)
	}
	return d
}

// inputs adds what a step is fed.
func (b *builder) inputs() {
	n, s := b.Batch, b.info.Shape
	for v := range b.Config.Views() {
		b.views = append(b.views, op.Input(b.g, fmt.Sprint("view_", v), op.Of(op.U8, n, s[0], s[1], s[2], s[3])))
	}
	b.labels, b.index = op.Input(b.g, "labels", op.Of(op.I32, n)), op.Input(b.g, "index", op.Of(op.I32, n))
	b.rate, b.count = op.Input(b.g, "rate", op.Of(op.F32)), op.Input(b.g, "step", op.Of(op.I32, 1))
	if b.objective.Momentum() && b.Encoder.BNGroups > 1 {
		t := op.Of(op.I32, n/b.Parts)
		b.shuffle = []*op.Node{op.Input(b.g, "shuffle", t), op.Input(b.g, "unshuffle", t)}
	}
}

// start sets the values that the run starts from: the encoder's by the configuration, and the key encoder's as those of the encoder.
func (b *builder) start() error {
	if path := b.Encoder.Weights; path != "" {
		if err := b.params.Sub("encoder").Load(path, b.classifier); err != nil {
			return fmt.Errorf("train: weights to start from: %w", err)
		}
	}
	for _, p := range b.params.Sub(cleanNorms).List() {
		own, ok := b.params.Lookup(strings.TrimPrefix(p.Name, cleanNorms+"."))
		if !ok {
			return fmt.Errorf("train: %s has no counterpart in the adversarial stream", p.Name)
		}
		if err := p.SetFirst(own.First()); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	for _, name := range []string{"encoder", "head"} {
		if key := b.params.Sub("key").Sub(name); len(key.List()) > 0 {
			if err := key.CopyFrom(b.params.Sub(name)); err != nil {
				return fmt.Errorf("train: %w", err)
			}
		}
	}
	return nil
}

// finish adds gradients and updates, and lists what goes in and comes out.
func (b *builder) finish() (r *graph, err error) {
	var trained []*nn.Param
	for _, name := range []string{"encoder", "head", cleanNorms, "pseudo"} {
		trained = append(trained, b.params.Sub(name).Trained()...)
	}
	var wrt []*op.Node
	for _, p := range trained {
		wrt = append(wrt, p.In)
	}
	o := &optimizer{Optimizer: b.Optimizer, g: b.g, rate: b.rate, count: b.count}
	r = &graph{params: b.params, objective: b.objective, views: len(b.views), meta: b.Encoder.metadata(b.classes)}
	metric := func(name string, n *op.Node) {
		r.names, r.sig.Metrics = append(r.names, name), append(r.sig.Metrics, n)
	}
	var gradErr error
	err = op.Build(func() {
		loss := b.losses[0]
		for _, l := range b.losses[1:] {
			loss = op.Apply(op.Add{}, loss, l)
		}
		loss = op.Apply(op.Scale{Factor: 1 / float64(b.Parts)}, loss)
		var grads []*op.Node
		if grads, gradErr = op.Grad(loss, wrt...); gradErr != nil {
			return
		}
		metric("loss", loss)
		metric("grad_norm", o.update(trained, grads))
		metric("weight_norm", op.Apply(op.GlobalNorm{}, wrt...))
		b.follow()
		b.objective.Finish()
		if len(b.queries) > 0 {
			metric("embedding_std", spread(b.queries))
		}
	})
	if err != nil {
		return nil, err
	}
	if gradErr != nil {
		return nil, gradErr
	}
	for _, m := range b.objective.Metrics() {
		metric(m.Name, m.Node)
	}
	r.sig.Inputs = append(append(b.views, b.labels, b.index, b.rate, b.count), b.shuffle...)
	if b.shuffle != nil {
		r.shuffled = b.Batch / b.Parts
	}
	r.sig.Inputs = append(r.sig.Inputs, b.objective.Inputs()...)
	r.sig.State = append(b.params.Slots(), o.slots...)
	r.finite = len(r.sig.State)
	r.sig.State = append(r.sig.State, b.objective.Slots()...)
	return r, nil
}

// follow moves the key encoder, whose running statistics are its own, towards the encoder after its step: at the next, it is where
// MoCo's is (He et al. 2020), which moves before it is used.
func (b *builder) follow() {
	for _, name := range []string{"encoder", "head"} {
		key := b.params.Sub("key").Sub(name)
		for _, p := range b.params.Sub(name).Trained() {
			k, ok := key.Lookup(p.Name[len(name)+1:])
			if !ok {
				continue
			}
			if clean, ok := b.params.Lookup(cleanNorms + "." + p.Name); ok { // keys are of the clean stream
				p = clean
			}
			k.Out = op.Apply(op.EMA{Decay: b.KeyMomentum}, k.In, p.Out)
		}
	}
}

// spread is the standard deviation of the embeddings' numbers over the batch, the mean of all dimensions: for embeddings of length 1
// and dimension D that fill the sphere it is 1/sqrt(D), and 0 if all are one.
func spread(queries []*op.Node) *op.Node {
	x := queries[0]
	if len(queries) > 1 {
		x = op.Apply(op.Concat{}, queries...)
	}
	mean := op.Scale{Factor: 1 / float64(op.TypeOf(x).Shape[0])}
	first := op.Apply(mean, op.Apply(op.SumAxis{Axis: 0}, x))
	second := op.Apply(mean, op.Apply(op.SumAxis{Axis: 0}, op.Apply(op.Square{}, x)))
	variance := op.Apply(op.ReLU{}, op.Apply(op.Sub{}, second, op.Apply(op.Square{}, first))) // rounding may make it negative
	return op.Mean(op.Apply(op.Sqrt{}, variance))
}
