package train_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/model/op"
	"vidcsl/model/train"
)

// Contrastive runs find the second view of a sample among others, and spread what they embed.
func TestContrastiveRunsLearn(t *testing.T) {
	for _, objective := range []string{"moco", "simclr", "supcon"} {
		t.Run(objective, func(t *testing.T) {
			c := tiny()
			contrastive(&c, objective)
			c.Schedule.Steps = 40
			if objective != "moco" {
				c.Head.Kind = "simclr"
			}
			var h history
			if err := start(t, newBars(128, 16, 2), c, train.Observe(&h)).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			first, last := h[3], h[len(h)-1]
			t.Logf("loss %.2f, then %.2f; contrast accuracy %.2f", first["loss"], h.mean("loss", 5), h.mean("contrast_accuracy", 5))
			if first["loss"] <= h.mean("loss", 5) || h.mean("contrast_accuracy", 5) < 0.3 {
				t.Errorf("loss went from %.3f to %.3f, contrast accuracy to %.3f", first["loss"], h.mean("loss", 5), h.mean("contrast_accuracy", 5))
			}
			if std := last["embedding_std"] * math.Sqrt(16); std < 0.5 || std > 1 {
				t.Errorf("embeddings spread %.2f of 1/sqrt(D)", std)
			}
		})
	}
}

// The key encoder starts as the encoder and follows it; its running statistics are its own.
func TestKeyEncoderFollows(t *testing.T) {
	c := tiny()
	contrastive(&c, "moco")
	c.Schedule.Steps = 1
	tr := start(t, newBars(64, 16, 2), c)
	get := func(name string) []float32 {
		v, err := tr.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		return op.Data[float32](v)
	}
	names := []string{"encoder.layers.0.conv.weight", "encoder.layers.3.bn.bias", "head.2.weight"}
	before := map[string][]float32{}
	for _, name := range names {
		before[name] = get(name)
		if fmt.Sprint(get("key."+name)) != fmt.Sprint(before[name]) {
			t.Errorf("%s differs before the first step", name)
		}
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		after, key := get(name), get("key."+name)
		for i, v := range before[name] {
			if want := 0.9*v + 0.1*after[i]; math.Abs(float64(key[i]-want)) > 1e-6 {
				t.Fatalf("%s: element %d is %v, want %v between %v and %v", name, i, key[i], want, v, after[i])
			}
		}
	}
	if mean := "encoder.layers.1.bn.running_mean"; fmt.Sprint(get(mean)) == fmt.Sprint(get("key."+mean)) {
		t.Error("the key encoder has the encoder's statistics")
	}
}

// A run whose embeddings are all the same is told so once, not before it had time to spread them.
func TestCollapseIsSeen(t *testing.T) {
	var text bytes.Buffer
	observe := train.WatchCollapse(slog.New(slog.NewTextHandler(&text, nil)), 64, 1000)
	tell := func(from, to int, std, alignment, uniformity float64) {
		for step := from; step <= to; step++ {
			r := train.Record{Step: step, Metrics: []train.Metric{{Name: "embedding_std", Value: std}, {Name: "alignment", Value: alignment}, {Name: "uniformity", Value: uniformity}}}
			if err := observe.Observe(&r); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name                       string
		from, to                   int
		std, alignment, uniformity float64
		warnings                   int
	}{
		{"fresh", 1, 50, 0.001, 0.001, -0.01, 0},
		{"spread", 51, 400, 0.12, 0.3, -3, 0},
		{"collapsed", 401, 600, 0.001, 0.001, -0.01, 1},
		{"spread again", 601, 800, 0.12, 0.3, -3, 1},
		{"aligned without spread", 801, 1000, 0.02, 0.001, -0.01, 2},
	} {
		tell(c.from, c.to, c.std, c.alignment, c.uniformity)
		if n := strings.Count(text.String(), "the embeddings collapse"); n != c.warnings {
			t.Errorf("%s: %d warnings, want %d", c.name, n, c.warnings)
		}
	}
}

// The encoder of a run is what another run starts from, without its classifier.
func TestWeightsGoFromRunToRun(t *testing.T) {
	c, dir := tiny(), t.TempDir()
	contrastive(&c, "simclr")
	c.Schedule.Steps = 3
	tr := start(t, newBars(64, 16, 2), c, train.Dir(dir))
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	fine := tiny()
	fine.Encoder.Weights = filepath.Join(dir, "encoder.safetensors")
	next := start(t, newBars(64, 16, 1), fine)
	for _, s := range tr.State() {
		if !strings.HasPrefix(s.Name, "encoder.") {
			continue
		}
		want, err := tr.Get(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := next.Get(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got.Data) != fmt.Sprint(want.Data) {
			t.Errorf("%s differs", s.Name)
		}
	}
	if _, err := next.Get("encoder.fc.weight"); err != nil {
		t.Error(err)
	}
	fine.Encoder.Width = 1
	if _, err := train.New(nil, newBars(64, 16, 1), fine); err == nil || !strings.Contains(err.Error(), "encoder.safetensors holds the weights of another model") {
		t.Errorf("other weights: %v", err)
	}
}

// The log of what was looked for leaves out what is not defined, as the likeness of the first clusters to those before.
func TestRefreshLog(t *testing.T) {
	c := tiny()
	contrastive(&c, "moco")
	c.Schedule.Steps, c.LogEvery = 8, 1
	c.Removal.Detector, c.Removal.Clusters, c.Removal.Refresh, c.Removal.Warmup, c.Removal.Ramp = "cluster", []int{4}, 2, 0, 0
	var text bytes.Buffer
	if err := start(t, newBars(64, 16, 2), c, train.Log(slog.New(slog.NewTextHandler(&text, nil)))).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(text.String()) {
		if strings.Contains(line, "false negatives were looked for") {
			lines = append(lines, line)
		}
	}
	if len(lines) < 2 || strings.Contains(lines[0], "nmi") || !strings.Contains(lines[len(lines)-1], "nmi=[") || strings.Contains(strings.Join(lines, ""), "NaN") {
		t.Errorf("the log is\n%s", &text)
	}
}
