package contrast_test

import (
	"reflect"
	"strings"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
	"vidcsl/pipeline/config"
)

// TestConfig: what is wrong is named, with its value and what is legal, all of it at once.
func TestConfig(t *testing.T) {
	for _, c := range []struct {
		change func(*contrast.Config)
		want   string
	}{
		{func(c *contrast.Config) { c.Objective = "byol" }, `objective is "byol", want moco, simclr, supcon or supervised`},
		{func(c *contrast.Config) { c.Temperature, c.Queue = 0, 0 }, "temperature is 0, want a number above 0 and at most 100\nqueue is 0, want a whole number from 1 to 16777216"},
		{func(c *contrast.Config) { c.Bank = "batch" }, "bank is batch, want queue or samples for moco"},
		{func(c *contrast.Config) { c.Objective, c.Bank = "simclr", "queue" }, "bank is queue, want batch for simclr"},
		{func(c *contrast.Config) { c.Objective, c.Removal.Detector = "supcon", "oracle" }, "removal.detector is oracle, want none for supcon, whose positives are those of the labels"},
		{func(c *contrast.Config) { c.Objective, c.Removal.Detector = "simclr", "cluster" }, "removal.features is keys, want whitened where there is no bank"},
		{func(c *contrast.Config) { c.Removal.Warmup, c.Removal.Ramp = 0.75, 0.5 }, "removal.ramp is 0.5, want at most 0.25, what the warm-up leaves"},
		{func(c *contrast.Config) { c.Removal.Attracted = 0.5 }, "removal.attracted is 0.5, want at most the share that is found, 0.05"},
		{func(c *contrast.Config) { c.Removal.Precision = 0.5 }, "removal.precision is 0.5, want 1, except for oracle"},
		{func(c *contrast.Config) { c.Adversarial.Kind, c.Objective = "rocl", "supervised" }, "adversarial.kind is rocl, want none for supervised, which has no contrastive loss"},
		{func(c *contrast.Config) { c.Adversarial.Kind, c.Adversarial.Steps = "pgd", -1 }, "adversarial.kind is \"pgd\", want none, rocl, acl or advcl\nadversarial.steps is -1, want a whole number from 0 to 100"},
		{func(c *contrast.Config) { c.Removal.Clusters = nil }, "removal.clusters is [], want a list of 1 to 8 whole numbers, each from 2 to 1048576"},
		{func(*contrast.Config) {}, ""},
		{func(c *contrast.Config) { c.Objective = "simclr" }, ""},
		{func(c *contrast.Config) { c.Objective, c.Bank = "supcon", "queue" }, ""},
		{func(c *contrast.Config) {
			c.Objective, c.Removal.Detector, c.Removal.Features = "simclr", "cluster", "whitened"
		}, ""},
	} {
		v := contrast.Default()
		c.change(&v)
		got := ""
		if err := v.Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
		}
	}
}

// TestConfigText: the canonical text of a configuration is read as the same one.
func TestConfigText(t *testing.T) {
	want := contrast.Default()
	want.Objective, want.Removal.Clusters = "supcon", []int{10, 100}
	text, err := config.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	node, err := config.Parse("run.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	var got contrast.Config
	if err := config.Decode(node, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestSizes: sizes that do not fit are errors of New.
func TestSizes(t *testing.T) {
	fits := contrast.Dims{Batch: 8, Parts: 2, Embedding: 4, Features: 4, Samples: 20, Classes: 3, Steps: 9, EpochSteps: 2}
	for _, c := range []struct {
		objective, detector string
		change              func(*contrast.Dims)
		want                string
	}{
		{"moco", "none", func(d *contrast.Dims) { d.Batch = 0 }, "contrast: 0 batch, want at least 1"},
		{"moco", "none", func(d *contrast.Dims) { d.Parts = 3 }, "contrast: a batch of 8 in 3 parts, want equal parts"},
		{"moco", "none", func(d *contrast.Dims) { d.Batch = 70000 }, "contrast: a queue of 65536 for a batch of 70000, want at least as many keys"},
		{"moco", "none", func(d *contrast.Dims) { d.Embedding = 0 }, "contrast: embeddings of 0 numbers, want at least 1"},
		{"moco", "none", func(d *contrast.Dims) { d.DType = op.I32 }, "contrast: embeddings of i32, want floating-point numbers"},
		{"moco", "neighbors", func(d *contrast.Dims) { d.Features = 0 }, "contrast: features of 0 numbers, want at least 1 for detector neighbors"},
		{"supervised", "none", func(d *contrast.Dims) { d.Classes = 0 }, "contrast: 0 classes, want at least 1 to learn from labels"},
		{"supervised", "none", func(d *contrast.Dims) { d.Embedding = 0 }, ""},
	} {
		d := fits
		c.change(&d)
		_, err := contrast.New(op.NewGraph(), plain(c.objective, c.detector, "eliminate"), d)
		if got := message(err); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	pseudo := plain("moco", "none", "eliminate")
	pseudo.Adversarial.Kind, pseudo.Adversarial.Clusters = "advcl", 21
	if _, err := contrast.New(op.NewGraph(), pseudo, fits); message(err) != "contrast: adversarial.clusters is 21, of 20 samples, want no more than these" {
		t.Errorf("got %s", message(err))
	}
	many := plain("moco", "cluster", "eliminate")
	for _, c := range []struct{ bank, features, want string }{
		{"queue", "keys", ""}, // of 65536 keys
		{"samples", "keys", "contrast: removal.clusters has 21, of 20 keys or samples, want no more than these"},
		{"queue", "whitened", "contrast: removal.clusters has 21, of 20 keys or samples, want no more than these"},
	} {
		many.Bank, many.Removal.Features, many.Removal.Clusters = c.bank, c.features, []int{20, 21}
		_, err := contrast.New(op.NewGraph(), many, fits)
		if got := message(err); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestMisuse: embeddings that do not fit, and calls out of order, are errors of op.Build.
func TestMisuse(t *testing.T) {
	d := contrast.Dims{Batch: 4, Parts: 2, Embedding: 4, Samples: 20, Steps: 9, EpochSteps: 2}
	g := op.NewGraph()
	in := func(t op.Type, name string) *op.Node { return op.Input(g, name, t) }
	good := contrast.Embeddings{Query: in(op.Of(op.F32, 2, 4), "q"), Key: in(op.Of(op.F32, 2, 4), "k"), Index: in(op.Of(op.I32, 2), "i"), Labels: in(op.Of(op.I32, 2), "l")}
	for _, c := range []struct {
		f    func(o *contrast.Objective)
		want string
	}{
		{func(o *contrast.Objective) { e := good; e.Labels = nil; o.Loss(e) }, "no labels, want i32[2]"},
		{func(o *contrast.Objective) { e := good; e.Key = e.Index; o.Loss(e) }, "key are i32[2], want f32[2 4]"},
		{func(o *contrast.Objective) { o.Finish() }, "finished after the losses of 0 of 2 parts, want all, once"},
		{func(o *contrast.Objective) { o.Loss(good); o.Loss(good); o.Loss(good) }, "a loss for a part more than the 2 there are"},
		{func(o *contrast.Objective) { o.Loss(good); o.Loss(good); o.Finish(); o.Finish() }, "finished after the losses of 2 of 2 parts, want all, once"},
	} {
		o, err := contrast.New(g, plain("simclr", "none", "eliminate"), d)
		if err != nil {
			t.Fatal(err)
		}
		if err := op.Build(func() { c.f(o) }); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
