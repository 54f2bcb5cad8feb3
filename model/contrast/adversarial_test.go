package contrast_test

import (
	"math"
	"slices"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

// streams are an objective with adversarial views, with inputs for all embeddings.
type streams struct {
	*contrast.Objective
	clean, second, query, key, high, logits *op.Node // inputs
	raised, loss                            *op.Node
	feed                                    map[*op.Node]op.Tensor
}

// adversarial makes the graph of one part of n samples, whose numbers are 0 to n-1, over the embeddings in order.
func adversarial(t *testing.T, c contrast.Config, labels []int32) *streams {
	t.Helper()
	n := len(labels)
	g := op.NewGraph()
	o, err := contrast.New(g, c, contrast.Dims{Batch: n, Parts: 1, Embedding: 5, Features: 3, Samples: 50, Steps: 100, EpochSteps: 1, DType: op.F64})
	if err != nil {
		t.Fatal(err)
	}
	s := &streams{Objective: o, feed: map[*op.Node]op.Tensor{}}
	input := func(seed uint64, name string, shape ...int) *op.Node {
		x := op.Input(g, name, op.Of(op.F64, shape...))
		s.feed[x] = normal(seed, shape...)
		return x
	}
	s.clean, s.second, s.query = input(1, "clean", n, 5), input(2, "second", n, 5), input(3, "query", n, 5)
	s.key, s.high, s.logits = input(4, "key", n, 5), input(5, "high", n, 5), input(6, "logits", n, c.Adversarial.Clusters)
	features := input(7, "features", n, 3)
	index, of := op.Input(g, "index", op.Of(op.I32, n)), op.Input(g, "labels", op.Of(op.I32, n))
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(i)
	}
	s.feed[index], s.feed[of] = op.From(ids, n), op.From(labels, n)
	err = op.Build(func() {
		unit := func(x *op.Node) *op.Node { return op.Apply(op.L2Normalize{Eps: 1e-12}, x) }
		part := o.Begin(contrast.Embeddings{Query: unit(s.clean), Key: unit(s.second), KeyFeatures: features, Index: index, Labels: of})
		a := contrast.Attacked{Query: unit(s.query), Logits: s.logits, High: unit(s.high)}
		if o.AttacksBoth() {
			a.Key = unit(s.key)
		}
		s.raised, s.loss = part.Raise(a), part.Loss(a)
		o.Finish()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range o.Slots() {
		s.feed[slot.In] = slot.First
	}
	for i, v := range o.Feed(0) {
		s.feed[o.Inputs()[i]] = v
	}
	return s
}

// values computes nodes.
func (s *streams) values(t *testing.T, nodes ...*op.Node) []op.Tensor {
	t.Helper()
	out, err := op.Interpret(nodes, s.feed)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// slot returns the input of a value of the state.
func (s *streams) slot(name string) *op.Node {
	for _, v := range s.Slots() {
		if v.Name == name {
			return v.In
		}
	}
	return nil
}

// A pair that is removed is in the denominator of no anchor, the adversarial one neither, in the attack and in the loss; any other is.
func TestRemovedForAdversarialAnchors(t *testing.T) {
	labels := []int32{0, 1, 2}
	for _, kind := range []string{"rocl", "acl", "advcl"} {
		c := plain("moco", "oracle", "eliminate")
		c.Queue, c.Adversarial.Kind, c.Adversarial.RandomStart = 8, kind, false
		s := adversarial(t, c, labels)
		keys := s.slot("bank.keys")
		s.feed[keys] = unit(normal(9, 8, 5))
		s.feed[s.slot("bank.samples")] = op.From([]int32{0, 11, 12, 13, 14, 15, 1, -1}, 8)
		s.feed[s.slot("bank.labels")] = op.From([]int32{0, 0, 1, 2, 3, -1, 2, 0}, 8)
		// for each entry, the anchors that it is a negative of: not of its own sample, not of its label, not empty
		negatives := [][]int{{1, 2}, {1, 2}, {0, 2}, {0, 1}, {0, 1, 2}, {0, 1, 2}, {0}, {}}
		for what, node := range map[string]*op.Node{"attack": s.raised, "loss": s.loss} {
			grads, err := op.Grad(node, s.query)
			if err != nil {
				t.Fatal(err)
			}
			before := op.Data[float64](s.values(t, grads[0])[0])
			for entry, of := range negatives {
				old := s.feed[keys]
				moved := op.From(slices.Clone(op.Data[float64](old)), 8, 5)
				for i := range 5 {
					op.Data[float64](moved)[entry*5+i] *= -0.5
				}
				s.feed[keys] = moved
				after := op.Data[float64](s.values(t, grads[0])[0])
				s.feed[keys] = old
				for anchor := range labels {
					change := 0.0
					for i := anchor * 5; i < anchor*5+5; i++ {
						change = max(change, math.Abs(after[i]-before[i]))
					}
					if is := slices.Contains(of, anchor); is != (change > 1e-9) {
						t.Errorf("%s, %s: entry %d moves the gradient of adversarial anchor %d by %v", kind, what, entry, anchor, change)
					}
				}
			}
		}
	}
}

// Several positives of a sample count as their mean, and all are in the denominator, with every action.
func TestViewsOfOneSample(t *testing.T) {
	labels := []int32{0, 1, 0, 2}
	for _, action := range []string{"none", "eliminate", "attract", "both"} {
		c := plain("simclr", "oracle", action)
		if action == "none" {
			c.Removal.Detector, c.Removal.Action = "none", "eliminate"
		}
		c.Adversarial.Kind, c.Adversarial.Weight, c.Adversarial.RandomStart, c.Removal.Weight = "rocl", 0.25, false, 0.5
		s := adversarial(t, c, labels)
		row := func(x *op.Node, i int) []float64 { return op.Data[float64](unit(s.feed[x]))[i*5:][:5] }
		cosine := func(a, b []float64) (sum float64) {
			for i, v := range a {
				sum += v * b[i]
			}
			return sum / c.Temperature
		}
		one := func(anchor *op.Node, i int, positives ...*op.Node) float64 {
			mean, k, all := 0.0, float64(len(positives)), 0.0
			for _, p := range positives {
				mean += cosine(row(anchor, i), row(p, i)) / k
				all += math.Exp(cosine(row(anchor, i), row(p, i)))
			}
			var found []float64
			for j := range labels {
				for _, entry := range []*op.Node{s.clean, s.second} {
					logit := cosine(row(anchor, i), row(entry, j))
					switch {
					case j == i:
						continue
					case labels[i] == labels[j] && action != "none":
						if found = append(found, logit); action != "attract" {
							continue
						}
					}
					all += math.Exp(logit)
				}
			}
			if sum := mean * k; action == "attract" {
				for _, l := range found {
					sum += l
				}
				mean = sum / (k + float64(len(found)))
			}
			loss := math.Log(all) - mean
			if action == "both" {
				for _, l := range found {
					loss += 0.5 * (math.Log(all+math.Exp(l)) - l) / float64(len(found))
				}
			}
			return loss
		}
		views, adversary := 0.0, 0.0
		for i := range labels {
			views += (one(s.clean, i, s.second, s.query) + one(s.second, i, s.clean, s.query) + one(s.query, i, s.second, s.clean)) / 12
			adversary += one(s.query, i, s.second) / 4
		}
		got := s.values(t, s.loss, s.raised)
		wantNear(t, action+": loss", op.Data[float64](got[0])[0], views+0.25*adversary, 1e-12)
		wantNear(t, action+": what the attack raises", op.Data[float64](got[1])[0], adversary, 1e-12)
	}
}

// What does not belong to a configuration's adversarial views is refused.
func TestAdversarialRefuses(t *testing.T) {
	d := contrast.Dims{Batch: 2, Parts: 1, Embedding: 5, Samples: 50, Steps: 100, EpochSteps: 1, DType: op.F64}
	for _, c := range []struct {
		kind string
		call func(o *contrast.Objective, e contrast.Embeddings)
		want string
	}{
		{"none", func(o *contrast.Objective, e contrast.Embeddings) { o.Begin(e) }, "op: contrast.simclr(): a part with adversarial views, where the configuration has none"},
		{"rocl", func(o *contrast.Objective, e contrast.Embeddings) { o.Loss(e) }, "op: contrast.simclr(): a loss without adversarial views, want those of rocl"},
		{"rocl", func(o *contrast.Objective, e contrast.Embeddings) { o.Begin(e).Loss(contrast.Attacked{}) }, "op: contrast.rocl(): the adversarial view is none, want f64[2 5]"},
		{"acl", func(o *contrast.Objective, e contrast.Embeddings) {
			o.Begin(e).Raise(contrast.Attacked{Query: e.Query, Key: e.Index})
		}, "op: contrast.acl(): the second adversarial view is i32[2], want f64[2 5]"},
	} {
		g := op.NewGraph()
		config := plain("simclr", "none", "eliminate")
		config.Adversarial.Kind = c.kind
		o, err := contrast.New(g, config, d)
		if err != nil {
			t.Fatal(err)
		}
		x, i := op.Input(g, "x", op.Of(op.F64, 2, 5)), op.Input(g, "i", op.Of(op.I32, 2))
		err = op.Build(func() { c.call(o, contrast.Embeddings{Query: x, Key: x, Index: i, Labels: i}) })
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// An oracle that errs removes all pairs of one label, and of the others as many as its precision says, or all.
func TestOracleErrs(t *testing.T) {
	const n, q = 64, 1024
	labels, of, ids := make([]int32, n), make([]int32, q), make([]int32, q)
	index := make([]int32, n)
	for i := range of {
		of[i], ids[i] = int32(i%8)-1, int32(n+i%500) // one of 8 has no label
	}
	for i := range labels {
		labels[i], index[i] = int32(i%7), int32(i)
	}
	for _, precision := range []float64{1, 0.9, 0.5, 0.2, 0.01} {
		c := plain("moco", "oracle", "eliminate")
		c.Queue, c.Removal.Precision = q, precision
		r := build(t, c, contrast.Dims{Batch: n, Parts: 2, Embedding: 5, Samples: 1000, Steps: 10, EpochSteps: 10})
		r.set(t, "bank.samples", op.From(ids, q))
		r.set(t, "bank.labels", op.From(of, q))
		r.batch(normal(1, n, 5), normal(2, n, 5), index, labels)
		m := r.measured(t)
		wantNear(t, "recall", m["recall"], 1, 0)
		if want := max(precision, m["base_rate"]); math.Abs(m["precision"]-want) > 0.02 {
			t.Errorf("precision %v, want about %v", m["precision"], want)
		}
		before := m["removed"]
		if r.step(1); precision == 0.5 {
			if after := r.measured(t)["removed"]; after == before {
				t.Errorf("%v of the pairs are removed in two steps", after)
			}
		}
	}
}
