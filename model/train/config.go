package train

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"vidcsl/model/contrast"
	"vidcsl/model/nn"
	"vidcsl/pipeline/config"
)

// Config is everything that decides what a run computes from its data. Two runs with equal configurations over equal data make the
// same weights, bit for bit on one engine with one number of threads. It is the YAML of a training, and what a checkpoint holds of it.
type Config struct {
	contrast.Config // what is learned

	Encoder     Encoder    `yaml:"encoder" doc:"the network that is trained"`
	Head        Head       `yaml:"head" doc:"the projection between the encoder and a contrastive loss"`
	KeyMomentum float64    `yaml:"key_momentum" legal:"0..1" doc:"of the key encoder, where the objective has one: what it keeps of itself at a step"`
	Optimizer   Optimizer  `yaml:"optimizer" doc:"how weights follow their gradients"`
	Schedule    Schedule   `yaml:"schedule" doc:"how long, and at which rates"`
	Batch       int        `yaml:"batch" legal:"1..1048576" doc:"samples of a step"`
	Parts       int        `yaml:"accumulate" legal:"1..65536" doc:"equal parts of a batch that are computed one after the other, to hold less memory; each has its own loss and batch normalization"`
	BF16        bool       `yaml:"bf16" doc:"activations in bfloat16, weights and sums in float32; an engine is made with it"`
	Mean        [3]float64 `yaml:"mean" legal:"0..1" doc:"of the red, green and blue of the pixels, from 0 to 1; subtracted"`
	Std         [3]float64 `yaml:"std" legal:"(0..1]" doc:"what the pixels are divided by after that"`
	Seed        uint64     `yaml:"seed" doc:"of all that is drawn"`

	Checkpoint Checkpoint `yaml:"checkpoint" doc:"what a run can go on from"`
	LogEvery   int        `yaml:"log_every" legal:"1..1048576" doc:"steps between two lines of the log"`
}

// Encoder chooses the network, see [nn.Config].
type Encoder struct {
	Arch       string  `yaml:"arch" legal:"c3d|r2plus1d_18|r3d_18|resnet18|resnet50|s3d|slow_r50|tiny3d" doc:"the architecture"`
	Width      float64 `yaml:"width" legal:"(0..64]" doc:"multiplies the numbers of channels"`
	Depth      float64 `yaml:"depth" legal:"(0..64]" doc:"multiplies the numbers of blocks"`
	Stem       string  `yaml:"stem" legal:"standard|small" doc:"small is for pictures of about 32 pixels"`
	BNGroups   int     `yaml:"bn_groups" legal:"1..65536" doc:"equal runs of a part that are normalized each on its own, as on so many devices"`
	BNMomentum float64 `yaml:"bn_momentum" legal:"0..1" doc:"of the running statistics; 0 is the architecture's own"`
	Weights    string  `yaml:"weights" doc:"a safetensors file that the encoder starts from; without one, it starts from the seed"`
}

// Head chooses the projection head.
type Head struct {
	Kind string `yaml:"kind" legal:"moco|simclr|none" doc:"moco: two layers; simclr: with batch normalization"`
	Dim  int    `yaml:"dim" legal:"1..65536" doc:"of the embedding"`
}

// Optimizer chooses how weights follow their gradients.
type Optimizer struct {
	Kind     string  `yaml:"kind" legal:"sgd|lars|adamw" doc:"sgd with momentum, lars for large batches, or adamw"`
	LR       float64 `yaml:"lr" legal:"(0..1000]" doc:"the rate after the warm-up"`
	Momentum float64 `yaml:"momentum" legal:"[0..1)" doc:"of sgd and lars"`
	Nesterov bool    `yaml:"nesterov" doc:"with sgd: steps along where the momentum will be"`
	Decay    float64 `yaml:"weight_decay" legal:"0..10" doc:"how strongly weights are drawn to 0"`
	Decays   string  `yaml:"decays" legal:"auto|all|weights" doc:"what decays: all, or not biases and normalizations; auto is all with sgd and weights with the others"`
	Trust    float64 `yaml:"trust" legal:"(0..1]" doc:"of lars: a step's length as a part of the weights'"`
	Beta1    float64 `yaml:"beta1" legal:"[0..1)" doc:"of adamw"`
	Beta2    float64 `yaml:"beta2" legal:"[0..1)" doc:"of adamw"`
	Eps      float64 `yaml:"eps" legal:"(0..1]" doc:"of adamw"`
	ClipNorm float64 `yaml:"clip_norm" legal:"0.." doc:"gradients that are longer than this, all together, are shortened to it; 0: never"`
}

// Schedule says how long a run takes and how the rate goes.
type Schedule struct {
	Epochs int     `yaml:"epochs" legal:"0..1000000" doc:"passes over the data; 0 if steps are given"`
	Steps  int     `yaml:"steps" legal:"0..1000000000" doc:"in place of epochs"`
	Warmup float64 `yaml:"warmup" legal:"0..1" doc:"share of the steps in which the rate grows from 0"`
	Decay  string  `yaml:"decay" legal:"cosine|constant" doc:"how the rate goes on from there; cosine ends at 0"`
}

// Checkpoint says when checkpoints are written.
type Checkpoint struct {
	Every int `yaml:"every" legal:"0..1000000000" doc:"steps between two; 0: only at the end of a run"`
	Keep  int `yaml:"keep" legal:"1..1000000" doc:"how many, the newest, stay"`
	// Snapshots are for whoever looks at a training on its way: the encoder alone, which nothing goes on from. Those after the last step are never made.
	Snapshots []int `yaml:"snapshots" legal:"1..1000000000" doc:"steps after which the encoder is kept by itself, as snapshots/step-STEP.safetensors"`
}

// Default is MoCo v2's configuration (Chen et al. 2020, arXiv 2003.04297) with a batch, and ResNet's rate of it, that fit a CPU.
func Default() Config {
	return Config{
		Config:      contrast.Default(),
		Encoder:     Encoder{Arch: "r3d_18", Width: 1, Depth: 1, Stem: "standard", BNGroups: 1},
		Head:        Head{Kind: "moco", Dim: 128},
		KeyMomentum: 0.999,
		Optimizer:   Optimizer{Kind: "sgd", LR: 0.03, Momentum: 0.9, Decay: 1e-4, Decays: "auto", Trust: 0.001, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8},
		Schedule:    Schedule{Epochs: 200, Decay: "cosine"},
		Batch:       64,
		Parts:       1,
		// of Kinetics-400, as torchvision's models of videos have it
		Mean:       [3]float64{0.43216, 0.394666, 0.37645},
		Std:        [3]float64{0.22803, 0.22145, 0.216989},
		Checkpoint: Checkpoint{Every: 500, Keep: 3},
		LogEvery:   10,
	}
}

// Read overlays the YAML of a file on c. An error names every wrong place in it.
func (c *Config) Read(path string) error { return config.ReadFile(path, c) }

// CheckConfig implements config.Checker: what the fields together must keep to.
func (c *Config) CheckConfig() error {
	var errs []error
	bad := func(path string, value any, want string) {
		errs = append(errs, &config.Error{Path: path, Value: fmt.Sprint(value), Want: want})
	}
	if c.Batch%c.Parts != 0 {
		bad("accumulate", c.Parts, fmt.Sprintf("a divisor of batch, which is %d", c.Batch))
	} else if n := c.Batch / c.Parts; n%c.Encoder.BNGroups != 0 {
		bad("encoder.bn_groups", c.Encoder.BNGroups, fmt.Sprintf("a divisor of the %d samples of a part", n))
	}
	if s := c.Schedule; (s.Epochs > 0) == (s.Steps > 0) {
		bad("schedule.epochs", s.Epochs, fmt.Sprintf("a number if steps is 0, and 0 if it is not; it is %d", s.Steps))
	}
	if o := c.Optimizer; o.Nesterov && (o.Kind != "sgd" || o.Momentum == 0) {
		bad("optimizer.nesterov", true, "false, except with sgd and a momentum")
	}
	return errors.Join(errs...)
}

// Check returns an error that names every field out of range, its value and the legal ones.
func (c Config) Check() error {
	return config.Check("", &c)
}

// YAML returns the canonical text: every field, in order. Reading it gives c again.
func (c Config) YAML() ([]byte, error) { return config.Marshal(&c) }

// differences names the fields in which a run that is to go on differs from what it was; "" without any. How often checkpoints and
// lines of the log are written may change, and what the encoder started from no longer matters.
func differences(was, is Config) string {
	was.Checkpoint, was.LogEvery, was.Encoder.Weights = is.Checkpoint, is.LogEvery, is.Encoder.Weights
	var list []string
	var walk func(path string, a, b reflect.Value)
	walk = func(path string, a, b reflect.Value) {
		if a.Kind() != reflect.Struct {
			if !reflect.DeepEqual(a.Interface(), b.Interface()) {
				list = append(list, fmt.Sprintf("%s was %v, is %v", path, a, b))
			}
			return
		}
		for i := range a.NumField() {
			name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("yaml"), ",")
			walk(strings.TrimPrefix(path+"."+name, "."), a.Field(i), b.Field(i))
		}
	}
	walk("", reflect.ValueOf(was), reflect.ValueOf(is))
	return strings.Join(list, ", ")
}

// supervised reports whether labels are all that is learned from.
func (c Config) supervised() bool { return c.Objective == "supervised" }

// Network returns the encoder as package nn builds it; with classes, with a classifier of so many. Weights and BNGroups are of the training
// and no part of it.
func (e Encoder) Network(classes int) nn.Config {
	stem := nn.StandardStem
	if e.Stem == "small" {
		stem = nn.SmallStem
	}
	return nn.Config{Arch: e.Arch, Width: e.Width, Depth: e.Depth, Stem: stem, Classes: classes, BNMomentum: e.BNMomentum}
}

// total returns the steps of a run over data with so many steps in an epoch.
func (s Schedule) total(epoch int) int { return cmp.Or(s.Steps, s.Epochs*epoch) }
