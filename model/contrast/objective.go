package contrast

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"vidcsl/model"
	"vidcsl/model/op"
)

// Dims are the sizes that an objective is made for.
type Dims struct {
	Batch     int // samples of a step
	Parts     int // equal parts of a step, each with a loss of its own
	Embedding int // numbers of an embedding
	Features  int // numbers of what the encoder says before the head
	Samples   int // of the data set
	Classes   int // of the data set

	Steps      int // of the run
	EpochSteps int // of an epoch
	Seed       uint64
	DType      op.DType // of embeddings and logits: F32, or F64 to check gradients
}

// Embeddings are what a model says of one part of a batch, n samples.
type Embeddings struct {
	Query, Key                 *op.Node // [n, Embedding] of unit length: of the first view and of the second
	QueryFeatures, KeyFeatures *op.Node // [n, Features], before the head
	Logits                     *op.Node // [n, Classes], for the supervised objective alone
	Index                      *op.Node // i32[n]: the samples' numbers, each less than Samples and none twice in a batch
	Labels                     *op.Node // i32[n]: -1 without one. Only supcon, supervised and the oracle learn from them
}

// Metric is a scalar that a step reports.
type Metric struct {
	Name string
	Node *op.Node
}

// Objective adds a loss to a graph, with the bank and the detector that belong to it. One goroutine uses it.
// Who calls Refresh closes it.
type Objective struct {
	config Config
	dims   Dims
	graph  *op.Graph

	slots    []*model.Slot
	inputs   []*op.Node
	feeds    []func(step int) op.Tensor
	bank     *bank   // nil: negatives of the batch
	memory   *memory // nil: no detector needs it
	detector detector
	pseudo   *pseudo  // nil: no pseudo-labels
	step     *op.Node // I32[Batch]: the step, for every sample of a batch; nil: nothing is kept of it
	rate     *op.Node // F32: the part of the found pairs that is kept; nil: all
	seed     *op.Node // I32: of the step

	parts   []Embeddings
	sums    sums
	metrics []Metric
	done    bool
}

// New returns the objective of a configuration for a graph. An error names what of the configuration, or of it and the sizes, is wrong.
func New(g *op.Graph, c Config, d Dims) (*Objective, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("contrast: %w", err)
	}
	if err := d.Check(c); err != nil {
		return nil, err
	}
	o := &Objective{config: c, dims: d, graph: g, sums: sums{}}
	if kind := c.bank(); kind == "queue" || kind == "samples" {
		o.bank = newBank(o, kind == "samples")
	}
	if c.usesMemory() {
		o.memory = newMemory(o)
	}
	if o.bank != nil || o.memory != nil {
		o.step = o.input("contrast.step", op.Of(op.I32, d.Batch), func(step int) op.Tensor { return filled(int32(step), d.Batch) })
	}
	if c.Adversarial.usesPseudo() {
		o.pseudo = newPseudo(o)
	}
	removes := c.Removal.Detector != "none"
	if removes && (c.Removal.Warmup > 0 || c.Removal.Ramp > 0) {
		o.rate = o.input("contrast.rate", op.Of(op.F32), func(step int) op.Tensor { return op.From([]float32{float32(o.kept(step))}) })
	}
	if o.rate != nil || c.Removal.Detector == "random" || c.Removal.Precision < 1 || c.Adversarial.draws() {
		o.seed = o.input("contrast.seed", op.Of(op.I32), func(step int) op.Tensor { return op.From([]int32{stepSeed(d.Seed, step)}) })
	}
	if removes {
		o.detector = newDetector(o)
	}
	return o, nil
}

// Check returns an error for sizes that do not fit each other, or the configuration, as [New] does.
func (d Dims) Check(c Config) error {
	if err := d.check(c); err != nil {
		return fmt.Errorf("contrast: %w", err)
	}
	return nil
}

func (d Dims) check(c Config) error {
	for _, v := range []struct {
		name string
		n    int
	}{{"batch", d.Batch}, {"parts", d.Parts}, {"samples", d.Samples}, {"steps", d.Steps}, {"epoch steps", d.EpochSteps}} {
		if v.n < 1 {
			return fmt.Errorf("%d %s, want at least 1", v.n, v.name)
		}
	}
	switch bank, r := c.bank(), c.Removal; {
	case d.Batch%d.Parts != 0:
		return fmt.Errorf("a batch of %d in %d parts, want equal parts", d.Batch, d.Parts)
	case !d.DType.Float():
		return fmt.Errorf("embeddings of %v, want floating-point numbers", d.DType)
	case bank == "none" && d.Classes < 1:
		return fmt.Errorf("%d classes, want at least 1 to learn from labels", d.Classes)
	case bank != "none" && d.Embedding < 1:
		return fmt.Errorf("embeddings of %d numbers, want at least 1", d.Embedding)
	case bank == "queue" && c.Queue < d.Batch:
		return fmt.Errorf("a queue of %d for a batch of %d, want at least as many keys", c.Queue, d.Batch)
	case c.usesMemory() && d.Features < 1:
		what := "detector " + r.Detector
		if c.Adversarial.usesPseudo() {
			what = "pseudo-labels"
		}
		return fmt.Errorf("features of %d numbers, want at least 1 for %s", d.Features, what)
	case r.Detector == "cluster" && slices.Max(r.Clusters) > c.clustered(d):
		return fmt.Errorf("removal.clusters has %d, of %d keys or samples, want no more than these", slices.Max(r.Clusters), c.clustered(d))
	case c.Adversarial.usesPseudo() && c.Adversarial.Clusters > d.Samples:
		return fmt.Errorf("adversarial.clusters is %d, of %d samples, want no more than these", c.Adversarial.Clusters, d.Samples)
	case c.Adversarial.usesPseudo() && c.Adversarial.found(d) >= d.Steps:
		return fmt.Errorf("pseudo-labels would be found at step %d of %d, want them earlier: adversarial.from %v, and an epoch of %d steps has to be done",
			c.Adversarial.found(d), d.Steps, c.Adversarial.From, d.EpochSteps)
	}
	return nil
}

// clustered returns of how many points at most the clusters of the detector are.
func (c Config) clustered(d Dims) int {
	if c.Removal.Features != "whitened" && c.bank() == "queue" {
		return c.Queue
	}
	return d.Samples
}

// Momentum reports whether keys have to come from a momentum encoder, since they are kept in a bank, and not from the encoder that is
// trained, through which their gradients flow.
func (o *Objective) Momentum() bool { return o.bank != nil }

// Slots returns the state that the objective keeps, after Finish. Their order and names are the same for a configuration and sizes.
func (o *Objective) Slots() []model.Slot {
	list := make([]model.Slot, len(o.slots))
	for i, s := range o.slots {
		list[i] = *s
	}
	return list
}

// Inputs returns what has to be fed at every step, in the order of Feed.
func (o *Objective) Inputs() []*op.Node { return o.inputs }

// Feed returns the values of the inputs at a step, counted from 0. They are a function of the step and of what New was given.
func (o *Objective) Feed(step int) []op.Tensor {
	list := make([]op.Tensor, len(o.feeds))
	for i, f := range o.feeds {
		list[i] = f(step)
	}
	return list
}

// Metrics returns what a step reports, after Finish; over all of the batch.
func (o *Objective) Metrics() []Metric { return o.metrics }

// slot adds a value of the state.
func (o *Objective) slot(name string, first op.Tensor) *model.Slot {
	s := &model.Slot{Name: name, In: op.Input(o.graph, name, first.Type), First: first}
	o.slots = append(o.slots, s)
	return s
}

// input adds a value that is a function of the step.
func (o *Objective) input(name string, t op.Type, feed func(step int) op.Tensor) *op.Node {
	n := op.Input(o.graph, name, t)
	o.inputs, o.feeds = append(o.inputs, n), append(o.feeds, feed)
	return n
}

// kept returns which part of the pairs that are found is removed at a step: none before the end of the warm-up, then more until the ramp
// has risen to all.
func (o *Objective) kept(step int) float64 {
	r, steps := o.config.Removal, float64(o.dims.Steps)
	warm, ramp := math.Round(r.Warmup*steps), math.Round(r.Ramp*steps)
	if float64(step) < warm {
		return 0
	}
	return min(1, (float64(step)-warm+1)/cmp.Or(ramp, 1))
}

// stepSeed returns the seed of a step: splitmix64 (Steele, Lea, Flood 2014) of the run's seed and the step.
func stepSeed(seed uint64, step int) int32 {
	z := seed + uint64(step+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int32(z ^ z>>31)
}
