package train_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"os"
	"strings"
	"testing"

	"vidcsl/model"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// numbers are n numbers from -1 to 1, from a hash of the name and the place, as in scripts/model_zoo.py.
func numbers(name string, n int) []float64 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	v := make([]float64, n)
	for i := range v {
		x := uint32(i)*2654435761 + h
		x = (x ^ x>>16) * 0x7feb352d
		x = (x ^ x>>15) * 0x846ca68b
		x ^= x >> 16
		v[i] = float64(x>>8)/(1<<23) - 1
	}
	return v
}

// formula is the first value of a parameter.
func formula(name string, shape []int) op.Tensor {
	t := op.NewTensor(op.Of(op.F32, shape...))
	for i, x := range numbers(name, t.Len()) {
		switch {
		case strings.HasSuffix(name, "running_mean"), strings.HasSuffix(name, "bias"):
			x *= 0.1
		case strings.HasSuffix(name, "running_var"):
			x = 1 + 0.5*x
		case len(shape) == 1:
			x = 1 + 0.25*x
		default:
			x *= math.Sqrt(6 / float64(t.Len()/shape[0]))
		}
		op.Data[float32](t)[i] = float32(x)
	}
	return t
}

// formulas is the data set of scripts/golden_train.py: batches that come from the formula alone.
type formulas struct{ info model.DataInfo }

// Info implements [model.Dataset].
func (f formulas) Info() model.DataInfo { return f.info }

// Batches implements [model.Dataset].
func (f formulas) Batches(_ context.Context, from model.Cursor) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		n, s := f.info.Batch, f.info.Shape
		for step := from.Epoch; ; step++ {
			b := &model.Batch{Next: model.Cursor{Epoch: step + 1}}
			for _, view := range []string{"", " view 1"} {
				x := op.NewTensor(op.Of(op.U8, n, s[0], s[1], s[2], s[3]))
				for i, v := range numbers(fmt.Sprint("pixels ", step, view), x.Len()) {
					op.Data[uint8](x)[i] = uint8((v + 1) * 128)
				}
				b.Views = append(b.Views, x)
			}
			for i, v := range numbers(fmt.Sprint("labels ", step), n) {
				b.Labels, b.Index = append(b.Labels, int32((v+1)/2*4)), append(b.Index, int32(i))
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// The losses and the lengths of the gradients of ten steps are PyTorch's, with every optimiser, and contrastively.
func TestStepsAsPyTorch(t *testing.T) {
	var gold struct {
		Cases []struct {
			Name, Kind, Objective string
			LR, Warmup, Float32   float64
			Decay                 float64 `json:"weight_decay"`
			Clip                  float64 `json:"clip_norm"`
			Nesterov              bool
			Accumulate            int
			Steps                 [][2]float64
		}
	}
	text, err := os.ReadFile("testdata/steps.json")
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
			c := train.Default()
			c.Objective = cmp.Or(want.Objective, "supervised")
			c.Queue, c.Head.Dim, c.KeyMomentum = 16, 16, 0.9
			if want.Objective == "simclr" {
				c.Head.Kind = "simclr"
			}
			c.Encoder.Arch, c.Batch, c.Parts = "tiny3d", 8, max(1, want.Accumulate)
			c.Mean, c.Std = [3]float64{0.4, 0.5, 0.6}, [3]float64{0.2, 0.25, 0.3}
			c.Schedule = train.Schedule{Steps: 10, Decay: "cosine", Warmup: want.Warmup}
			o := &c.Optimizer
			o.Kind, o.LR, o.Decay, o.Nesterov, o.ClipNorm = want.Kind, want.LR, want.Decay, want.Nesterov, want.Clip
			var h history
			tr := start(t, d, c, train.Observe(&h))
			for _, s := range tr.State() {
				part, name, _ := strings.Cut(strings.TrimPrefix(s.Name, "key."), ".")
				if part != "encoder" && part != "head" {
					continue
				}
				if err := tr.Set(s.Name, formula(name, s.First.Shape)); err != nil {
					t.Fatal(err)
				}
			}
			if err := tr.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for i, s := range want.Steps {
				worst = max(worst, math.Abs(h[i]["loss"]-s[0])/max(1, s[0]), math.Abs(h[i]["grad_norm"]-s[1])/max(1, s[1]))
			}
			t.Logf("off by %.1e, PyTorch's float32 by %.1e", worst, want.Float32)
			if !(worst < 1e-4) {
				t.Errorf("off by %.2g from PyTorch", worst)
			}
		})
	}
}
