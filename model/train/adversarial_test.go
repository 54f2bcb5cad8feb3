package train_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// watching is an engine whose programs also return the adversarial views of a step, and what they were made of.
type watching struct {
	model.Engine
	saw *watched
}

// watched is the program of a watching engine.
type watched struct {
	model.Program
	at, origin []float32 // of all parts, normalised
	weights    int       // gradients of weights that the views need
}

// Compile implements [model.Engine]: the last perturbation of each part is its adversarial view.
func (e watching) Compile(sig model.Signature) (model.Program, error) {
	if e.saw.Program != nil { // what a detector compiles
		return e.Engine.Compile(sig)
	}
	list, _, err := op.Schedule(sig.Metrics[:1])
	if err != nil {
		return nil, err
	}
	again := map[*op.Node]bool{}
	var views, last []*op.Node
	for _, in := range list {
		if _, ok := in.Spec.(op.Perturb); ok {
			again[list[in.In[1]].Node] = true
			views = append(views, in.Node)
		}
	}
	for _, v := range views {
		if !again[v] {
			last = append(last, v)
		}
	}
	back, _, err := op.Schedule(last)
	if err != nil {
		return nil, err
	}
	var made []*op.Node
	for _, in := range back {
		if _, ok := in.Spec.(op.Conv3DWeight); ok {
			e.saw.weights++
		}
		for _, v := range last {
			if in.Node == v {
				made = append(made, v, back[in.In[0]].Node)
			}
		}
	}
	sig.Metrics = append(append([]*op.Node{}, sig.Metrics...), made...)
	e.saw.Program, err = e.Engine.Compile(sig)
	return e.saw, err
}

// Run implements [model.Program].
func (p *watched) Run(ctx context.Context, in ...op.Tensor) ([]op.Tensor, error) {
	out, err := p.Program.Run(ctx, in...)
	p.at, p.origin = nil, nil
	for len(out) > 0 && out[len(out)-1].Rank() == 5 {
		p.at = append(p.at, op.Data[float32](out[len(out)-2])...)
		p.origin = append(p.origin, op.Data[float32](out[len(out)-1])...)
		out = out[:len(out)-2]
	}
	return out, err
}

// adversaryCase is one of testdata/adversarial.json, see scripts/golden_adversarial.py.
type adversaryCase struct {
	Name, Kind, Objective, Views string
	Steps                        int
	Weight, Float32              float64
	Removal                      bool
	RandomStart                  bool `json:"random_start"`
	Numbers                      [][5]float64
	Running                      []float64
}

// configure returns the configuration of a case.
func (a adversaryCase) configure() train.Config {
	c := train.Default()
	contrastive(&c, a.Objective)
	c.Queue = 16
	if a.Objective == "simclr" {
		c.Head.Kind = "simclr"
	}
	c.Encoder.Arch, c.Batch = "tiny3d", 8
	c.Mean, c.Std = [3]float64{0.4, 0.5, 0.6}, [3]float64{0.2, 0.25, 0.3}
	c.Schedule = train.Schedule{Steps: 4, Decay: "cosine"}
	c.Optimizer.LR, c.Optimizer.Decay = map[string]float64{"moco": 0.05, "simclr": 0.005}[a.Objective], 0
	if a.Removal {
		c.Removal.Detector, c.Removal.Warmup, c.Removal.Ramp = "oracle", 0, 0
	}
	v := &c.Adversarial
	v.Kind, v.Steps, v.Weight, v.RandomStart = a.Kind, a.Steps, a.Weight, a.RandomStart
	v.Epsilon, v.Step, v.HighPass, v.Clusters, v.From = 4./255, 3./255, 2.5, 3, 0.75
	return c
}

// Losses, lengths of gradients, adversarial views and running statistics are PyTorch's, in every kind. A pixel whose gradient is 0 but for
// rounding may go the other way, and through batch normalization of 8 clips that is felt: tolerances are of that.
func TestAdversarialAsPyTorch(t *testing.T) {
	var gold struct{ Cases []adversaryCase }
	text, err := os.ReadFile("testdata/adversarial.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &gold); err != nil {
		t.Fatal(err)
	}
	d := formulas{model.DataInfo{Views: 2, Shape: [4]int{4, 12, 12, 3}, Batch: 8, Classes: []string{"a", "b", "c", "d"}}}
	d.info.Keys, d.info.Labels = make([]string, 8), make([]int32, 8)
	for _, want := range gold.Cases {
		t.Run(want.Name, func(t *testing.T) {
			saw := &watched{}
			views := ""
			var running []float32
			var h history
			tr := startOn(t, watching{cpu.New(cpu.Options{Threads: 1}), saw}, d, want.configure(), train.Observe(&h))
			look := observer(func(r *train.Record) error {
				if r.Step == 2 {
					views = saw.moved(d.info.Shape)
				}
				if r.Step == 3 {
					v, err := tr.Get("encoder.layers.0.bn.running_mean")
					running = op.Data[float32](v)
					return err
				}
				return nil
			})
			train.Observe(look)(tr)
			byFormula(t, tr)
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for i, s := range want.Numbers {
				for k, name := range []string{"loss", "grad_norm", "loss_clean", "loss_adversarial", "attack_gain"} {
					off := math.Abs(h[i][name]-s[k]) / max(1, math.Abs(s[k]))
					if worst = max(worst, off); !(off < 5e-3) {
						t.Errorf("step %d: %s is %v, want %v", i+1, name, h[i][name], s[k])
					}
				}
			}
			other := 0
			for i := range want.Views {
				if len(views) != len(want.Views) || views[i] != want.Views[i] {
					other++
				}
			}
			t.Logf("off by %.1e, PyTorch's float32 by %.1e; %d of %d pixels differ", worst, want.Float32, other, len(want.Views))
			if other > len(want.Views)/200 {
				t.Errorf("%d of %d pixels of the adversarial view differ", other, len(want.Views))
			}
			for i, v := range want.Running {
				if math.Abs(float64(running[i])-v) > 1e-4 {
					t.Errorf("running mean %d is %v, want %v", i, running[i], v)
				}
			}
			if saw.weights > 0 {
				t.Errorf("%d gradients of weights on the way to the views", saw.weights)
			}
		})
	}
}

// observer is a function that is told of steps.
type observer func(r *train.Record) error

// Observe implements [train.Observer].
func (o observer) Observe(r *train.Record) error { return o(r) }

// byFormula sets all parameters as golden_adversarial.py does.
func byFormula(t *testing.T, tr *train.Trainer) {
	for _, s := range tr.State() {
		var v op.Tensor
		switch part, name, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(s.Name, "key."), "clean."), "."); {
		case part == "encoder" || part == "head":
			v = formula(name, s.First.Shape)
		case s.Name == "pseudo.labels":
			v = op.From([]int32{0, 1, 2, 0, 1, 2, 0, 1}, 8)
		case part == "pseudo":
			v = formula(name, s.First.Shape)
		default:
			continue
		}
		if err := tr.Set(s.Name, v); err != nil {
			t.Fatal(err)
		}
	}
}

// moved says how far the pixels of the first clip were moved, from A for -4/255 to I for 4/255.
func (p *watched) moved(shape [4]int) string {
	std := [3]float64{0.2, 0.25, 0.3}
	size := shape[0] * shape[1] * shape[2]
	var b strings.Builder
	for i := range 3 * size {
		b.WriteByte(byte('E' + math.RoundToEven(float64(p.at[i]-p.origin[i])*std[i/size]*255)))
	}
	return b.String()
}
