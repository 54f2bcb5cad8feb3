package contrast_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

// golden is testdata/contrast.json, see scripts/golden_contrast.py.
type golden struct {
	Dim              int
	Query, Key, Bank []float64
	Index            []int32
	BankLabels       []int32
	Cases            []struct {
		Name   string
		Config struct {
			Objective, Action string
			Temperature       float64
		}
		Labels, IDs        []int32
		Loss               float64
		GradQuery, GradKey []float64
	}
}

// TestGolden compares losses and gradients with those of PyTorch, lightly and pytorch-metric-learning.
func TestGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/contrast.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	n, q := len(g.Index), len(g.BankLabels)
	for _, c := range g.Cases {
		t.Run(c.Name, func(t *testing.T) {
			config := plain(c.Config.Objective, "none", "eliminate")
			config.Temperature, config.Queue, config.Removal.Weight = c.Config.Temperature, q, 0.5
			if c.Config.Action != "" {
				config.Removal.Detector, config.Removal.Action = "oracle", c.Config.Action
			}
			if c.IDs != nil {
				config.Bank = "queue"
			}
			r := build(t, config, contrast.Dims{Batch: n, Parts: 1, Embedding: g.Dim, Samples: 40, Steps: 1, EpochSteps: 1})
			if c.IDs != nil {
				r.set(t, "bank.keys", op.From(slices.Clone(g.Bank), q, g.Dim))
				r.set(t, "bank.samples", op.From(c.IDs, q))
				r.set(t, "bank.labels", op.From(g.BankLabels, q))
			}
			r.batch(op.From(g.Query, n, g.Dim), op.From(g.Key, n, g.Dim), g.Index, c.Labels)
			wantNear(t, "loss", r.measured(t)["loss"], c.Loss, 1e-12)
			wrt, wants := []*op.Node{r.query}, [][]float64{c.GradQuery}
			if c.GradKey != nil {
				wrt, wants = append(wrt, r.key), append(wants, c.GradKey)
			}
			grads, err := op.Grad(r.loss, wrt...)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range r.values(t, grads...) {
				for i, got := range op.Data[float64](v) {
					wantNear(t, "gradient", got, wants[k][i], 1e-12)
				}
			}
		})
	}
}
