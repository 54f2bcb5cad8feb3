package contrast_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

// rig is an objective in a graph, one or several parts of it, with inputs for the embeddings before they are brought to unit length.
type rig struct {
	*contrast.Objective
	query, key, features *op.Node // inputs [Batch, ...]
	index, labels        *op.Node
	loss                 *op.Node // mean over the parts
	feed                 map[*op.Node]op.Tensor
}

// build makes the graph of an objective on F64.
func build(t testing.TB, c contrast.Config, d contrast.Dims) *rig {
	t.Helper()
	g := op.NewGraph()
	d.DType = op.F64
	o, err := contrast.New(g, c, d)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Objective: o, feed: map[*op.Node]op.Tensor{}}
	r.query, r.key = op.Input(g, "query", op.Of(op.F64, d.Batch, d.Embedding)), op.Input(g, "key", op.Of(op.F64, d.Batch, d.Embedding))
	r.features = op.Input(g, "features", op.Of(op.F64, d.Batch, max(1, d.Features)))
	r.index, r.labels = op.Input(g, "index", op.Of(op.I32, d.Batch)), op.Input(g, "labels", op.Of(op.I32, d.Batch))
	err = op.Build(func() {
		unit := op.L2Normalize{Eps: 1e-12}
		n := d.Batch / d.Parts
		for i := range d.Parts {
			part := func(x *op.Node) *op.Node { return op.Apply(op.Slice{From: i * n, To: (i + 1) * n}, x) }
			l := o.Loss(contrast.Embeddings{Query: op.Apply(unit, part(r.query)), Key: op.Apply(unit, part(r.key)),
				KeyFeatures: part(r.features), Index: part(r.index), Labels: part(r.labels)})
			l = op.Apply(op.Scale{Factor: 1 / float64(d.Parts)}, l)
			if r.loss != nil {
				l = op.Apply(op.Add{}, r.loss, l)
			}
			r.loss = l
		}
		o.Finish()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range o.Slots() {
		r.feed[s.In] = s.First
	}
	r.step(0)
	return r
}

// step feeds what belongs to a step.
func (r *rig) step(step int) {
	values := r.Feed(step)
	for i, n := range r.Inputs() {
		r.feed[n] = values[i]
	}
}

// set replaces a value of the state.
func (r *rig) set(t testing.TB, name string, v op.Tensor) {
	t.Helper()
	for _, s := range r.Slots() {
		if s.Name == name {
			if !v.Equal(s.First.Type) {
				t.Fatalf("%s is %v, set to %v", name, s.First.Type, v.Type)
			}
			r.feed[s.In] = v
			return
		}
	}
	t.Fatalf("there is no slot %s", name)
}

// batch feeds a batch; nil labels are none.
func (r *rig) batch(query, key op.Tensor, index, labels []int32) {
	if labels == nil {
		labels = make([]int32, len(index))
		for i := range labels {
			labels[i] = -1
		}
	}
	r.feed[r.query], r.feed[r.key] = query, key
	r.feed[r.index], r.feed[r.labels] = op.From(index, len(index)), op.From(labels, len(labels))
	if _, ok := r.feed[r.features]; !ok {
		r.feed[r.features] = op.NewTensor(op.TypeOf(r.features))
	}
}

// values computes nodes.
func (r *rig) values(t testing.TB, nodes ...*op.Node) []op.Tensor {
	t.Helper()
	out, err := op.Interpret(nodes, r.feed)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// measured computes the loss, as "loss", and all metrics.
func (r *rig) measured(t testing.TB) map[string]float64 {
	t.Helper()
	nodes, names := []*op.Node{r.loss}, []string{"loss"}
	for _, m := range r.Metrics() {
		nodes, names = append(nodes, m.Node), append(names, m.Name)
	}
	got := map[string]float64{}
	for i, v := range r.values(t, nodes...) {
		got[names[i]] = op.Data[float64](v)[0]
	}
	return got
}

// advance makes the state that of the next step.
func (r *rig) advance(t testing.TB) {
	t.Helper()
	var nodes, in []*op.Node
	for _, s := range r.Slots() {
		if s.Out != nil {
			nodes, in = append(nodes, s.Out), append(in, s.In)
		}
	}
	for i, v := range r.values(t, nodes...) {
		r.feed[in[i]] = v
	}
}

// state returns a value of the state.
func (r *rig) state(name string) op.Tensor {
	for _, s := range r.Slots() {
		if s.Name == name {
			return r.feed[s.In]
		}
	}
	return op.Tensor{}
}

// normal returns normally distributed numbers.
func normal(seed uint64, shape ...int) op.Tensor {
	rng := rand.New(rand.NewPCG(seed, 7))
	t := op.NewTensor(op.Of(op.F64, shape...))
	for i := range op.Data[float64](t) {
		op.Data[float64](t)[i] = rng.NormFloat64()
	}
	return t
}

// unit brings rows to unit length.
func unit(t op.Tensor) op.Tensor {
	out := op.NewTensor(t.Type)
	if err := (op.L2Normalize{Eps: 1e-12}).Reference(out, []op.Tensor{t}); err != nil {
		panic(err)
	}
	return out
}

func wantNear(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// plain is a configuration without warm-up.
func plain(objective, detector, action string) contrast.Config {
	c := contrast.Default()
	c.Objective, c.Removal.Detector, c.Removal.Action = objective, detector, action
	c.Removal.Warmup, c.Removal.Ramp = 0, 0
	return c
}
