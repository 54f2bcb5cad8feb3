package train_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/nn"
	"vidcsl/model/op"
	"vidcsl/model/train"
	"vidcsl/pipeline/config"
)

// What cannot be trained on is an error before anything is compiled: there is no engine here.
func TestNewRefuses(t *testing.T) {
	for want, change := range map[string]func(c *train.Config, d *bars){
		"train: the data set is empty":                                                     func(_ *train.Config, d *bars) { d.info.Keys, d.info.Labels = nil, nil },
		"train: batches hold 16 samples, want 8, as the configuration says":                func(c *train.Config, _ *bars) { c.Batch = 8 },
		"train: a batch of 16 is more than the data set, which has 10 samples":             func(_ *train.Config, d *bars) { d.info.Keys, d.info.Labels = d.info.Keys[:10], d.info.Labels[:10] },
		"train: views are [4 12 12 1], want frames, height, width and 3 channels":          func(_ *train.Config, d *bars) { d.info.Shape[3] = 1 },
		"train: samples have 1 views, want 2 for objective moco":                           func(c *train.Config, _ *bars) { c.Objective = "moco" },
		"train: 63 labels for 64 samples":                                                  func(_ *train.Config, d *bars) { d.info.Labels = d.info.Labels[1:] },
		"train: 1 of 64 samples have no label, want labels for objective supervised":       func(_ *train.Config, d *bars) { d.info.Labels[9] = -1 },
		"train: the data set has 1 class, want at least 2 for objective supervised":        func(_ *train.Config, d *bars) { clear(d.info.Labels); d.info.Classes = nil },
		"train: no sample has a label, want labels for objective supcon and detector no":   func(c *train.Config, d *bars) { c.Objective, d.info.Views = "supcon", 2; unlabel(d) },
		"contrast: a queue of 8 for a batch of 16":                                         func(c *train.Config, d *bars) { c.Objective, c.Queue, d.info.Views = "moco", 8, 2 },
		"nn: c3d: op: max_pool3d(":                                                         func(c *train.Config, _ *bars) { c.Encoder.Arch = "c3d" },
		"train: weights to start from: safetensors: open nowhere":                          func(c *train.Config, _ *bars) { c.Encoder.Weights = "nowhere" },
		"accumulate is 3, want a divisor of batch, which is 16":                            func(c *train.Config, _ *bars) { c.Parts = 3 },
		"encoder.bn_groups is 3, want a divisor of the 16 samples of a part":               func(c *train.Config, _ *bars) { c.Encoder.BNGroups = 3 },
		"schedule.epochs is 2, want a number if steps is 0, and 0 if it is not; it is 20":  func(c *train.Config, _ *bars) { c.Schedule.Epochs = 2 },
		"optimizer.nesterov is true, want false, except with sgd and a momentum":           func(c *train.Config, _ *bars) { c.Optimizer.Kind, c.Optimizer.Nesterov = "lars", true },
		"bank is batch, want queue or samples for moco":                                    func(c *train.Config, _ *bars) { c.Objective, c.Bank = "moco", "batch" },
		"adversarial.kind is acl, want none for supervised, which has no contrastive loss": func(c *train.Config, _ *bars) { c.Adversarial.Kind = "acl" },
		"adversarial.epsilon is 8, want a number from 0 to 1":                              func(c *train.Config, _ *bars) { c.Adversarial.Epsilon = 8 },
		"contrast: pseudo-labels would be found at step 20 of 20, want them earlier: ": func(c *train.Config, d *bars) {
			contrastive(c, "simclr")
			c.Adversarial.Kind, c.Adversarial.From, d.info.Views = "advcl", 1, 2
		},
	} {
		c, d := tiny(), newBars(64, 16, 1)
		change(&c, d)
		if _, err := train.New(nil, d, c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func unlabel(d *bars) {
	for i := range d.info.Labels {
		d.info.Labels[i] = -1
	}
}

// broken is a data set whose third batch is wrong.
type broken struct {
	*bars
	change func(b *model.Batch) (*model.Batch, error)
}

// Batches implements [model.Dataset].
func (d broken) Batches(ctx context.Context, from model.Cursor) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		n := 0
		for b, err := range d.bars.Batches(ctx, from) {
			if n++; n == 3 {
				if b, err = d.change(b); b == nil && err == nil {
					return
				}
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

// A batch that is not what the data set said, and an error of the data, end the run; what was trained until then is kept.
func TestBatchesThatDoNotFit(t *testing.T) {
	gone := errors.New("the disk is gone")
	for want, change := range map[string]func(b *model.Batch) (*model.Batch, error){
		"train: a batch with 1 views, want 2":                       func(b *model.Batch) (*model.Batch, error) { b.Views = b.Views[:1]; return b, nil },
		"train: view 1 of a batch is u8[1], want u8[16 4 12 12 3]":  func(b *model.Batch) (*model.Batch, error) { b.Views[1] = op.NewTensor(op.Of(op.U8, 1)); return b, nil },
		"train: a batch with 15 labels and 16 places, want 16":      func(b *model.Batch) (*model.Batch, error) { b.Labels = b.Labels[1:]; return b, nil },
		"train: a batch with sample 64, want one of 64":             func(b *model.Batch) (*model.Batch, error) { b.Index[3] = 64; return b, nil },
		"train: the data ended at step 2 of 20; a data set goes on": func(*model.Batch) (*model.Batch, error) { return nil, nil },
		"the disk is gone": func(*model.Batch) (*model.Batch, error) { return nil, gone },
		"train: sample 7 (clip7) is twice in a batch": func(b *model.Batch) (*model.Batch, error) {
			b.Index[0], b.Index[1] = 7, 7
			clear(b.Index[2:])
			return b, nil
		},
	} {
		dir := t.TempDir()
		if want == "train: sample 7 (clip7) is twice in a batch" {
			want = "train: sample 0 (clip0) is twice in a batch"
		}
		err := start(t, broken{newBars(64, 16, 2), change}, tiny(), train.Dir(dir)).Run(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if len(content(t, dir, 2)) == 0 {
			t.Errorf("%s: no checkpoint", want)
		}
	}
}

// A run that breaks down says at which step, where it is seen first, and what to try; checkpoints before stay as they are. An engine
// that looks for NaN says what made the first.
func TestDivergence(t *testing.T) {
	for _, every := range []int{0, 1} {
		c, dir := tiny(), t.TempDir()
		c.Optimizer.LR, c.Optimizer.Decay, c.Optimizer.Momentum, c.Checkpoint.Every = 1000, 10, 0.99, every
		hunter := cpu.New(cpu.Options{Threads: 1, CheckNaN: true})
		err := start(t, newBars(64, 16, 1), c, train.Dir(dir), train.Hunt(hunter)).Run(t.Context())
		var diverged *train.DivergedError
		if !errors.As(err, &diverged) {
			t.Fatalf("got %v", err)
		}
		wants := []string{"optimizer.lr below 1000, or schedule.warmup: 0.05, or optimizer.clip_norm: 1"}
		if every == 0 {
			wants = append(wants, "first in encoder.layers.", "made NaN at element")
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v lacks %s", err, want)
			}
		}
		if _, err := os.Stat(checkpoint(dir, diverged.Step)); err == nil {
			t.Error("there is a checkpoint of what diverged")
		}
		if every > 0 && len(content(t, dir, diverged.Step-1)) == 0 {
			t.Error("the checkpoint before is empty")
		}
		if lines := losses(t, dir); len(lines) != diverged.Step || !json.Valid([]byte(lines[len(lines)-1]+"}")) {
			t.Errorf("%d lines, the last %s", len(lines), lines[len(lines)-1])
		}
	}
}

// The YAML of a configuration is strict, and comes back as it was.
func TestConfigIsYAML(t *testing.T) {
	c := train.Default()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "train.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("objective: simclr\nremoval: {detector: topk, clusters: [10, 20]}\nencoder: {arch: tiny3d, stem: small}\nschedule: {epochs: 0, steps: 7}\noptimizer: {kind: lars, lr: 0.3}\n")
	if err := c.Read(path); err != nil {
		t.Fatal(err)
	}
	if c.Objective != "simclr" || c.Removal.TopK != 10 || c.Encoder.Arch != "tiny3d" || c.Optimizer.Momentum != 0.9 || c.Schedule.Steps != 7 {
		t.Errorf("got %+v", c)
	}
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	write(string(text))
	var again train.Config
	if err := again.Read(path); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, again) {
		t.Errorf("got %+v, want %+v", again, c)
	}
	write("encoder: {arch: r3d}\nhaed: {dim: 3}\noptimizer: {lr: 0}\n")
	err = c.Read(path)
	for _, want := range []string{"train.yaml:1: encoder.arch is \"r3d\", want c3d", "train.yaml:2: haed is not a known key", "train.yaml:3: optimizer.lr is 0, want a number above 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	archs := nn.Archs()
	for _, f := range config.Fields(c) {
		if f.Doc == "" {
			t.Errorf("%s says nothing of itself", f.Name)
		}
		if f.Name == "encoder.arch" && f.Legal != strings.Join(archs[:len(archs)-1], ", ")+" or "+archs[len(archs)-1] {
			t.Errorf("architectures are %s, want %v", f.Legal, archs)
		}
	}
}

func TestSchedule(t *testing.T) {
	s := train.Schedule{Warmup: 0.1, Decay: "cosine"}
	for step, want := range map[int]float64{0: 0.2, 9: 2, 10: 2, 55: 1, 99: 2 * (1 + math.Cos(math.Pi*89/90)) / 2} {
		if got := s.Rate(2, step, 100); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
	for _, step := range []int{0, 50, 99} {
		if got := (train.Schedule{Decay: "constant"}).Rate(2, step, 100); got != 2 {
			t.Errorf("constant at step %d: %v", step, got)
		}
	}
}
