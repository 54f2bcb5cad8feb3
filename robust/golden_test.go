package robust

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
)

// golden is what scripts/golden_robust.py wrote.
type golden struct {
	Labels []int32 `json:"labels"`
	Runs   map[string]map[string]struct {
		Predicted  []int32   `json:"predicted"`
		Confidence []float64 `json:"confidence"`
	} `json:"runs"`
	ECE    map[string]float64    `json:"ece"`
	Values map[string][3]float64 `json:"values"`
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	f, err := os.Open("testdata/robust.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(&g); err != nil {
		t.Fatal(err)
	}
	return g
}

var (
	packets2 = Condition{Kind: Corruption, Name: "packets", Severity: 2}
	pgd      = Condition{Kind: Attack, Name: "pgd", Norm: "linf", Epsilon: 8.0 / 255}
)

func (g golden) run(name string) Run {
	r := Run{Name: name}
	for _, c := range []struct {
		name string
		Condition
	}{
		{"clean", Condition{Kind: Clean}},
		{"fog1", Condition{Kind: Corruption, Name: "fog", Severity: 1}},
		{"fog2", Condition{Kind: Corruption, Name: "fog", Severity: 2}},
		{"packets1", Condition{Kind: Corruption, Name: "packets", Severity: 1}},
		{"packets2", packets2},
		{"pgd", pgd},
	} {
		cell, from := Cell{Condition: c.Condition}, g.Runs[name][c.name]
		for i, p := range from.Predicted {
			cell.Clips = append(cell.Clips, Clip{Key: fmt.Sprintf("%04d", i), Label: g.Labels[i], Predicted: p, Confidence: from.Confidence[i]})
		}
		r.Cells = append(r.Cells, cell)
	}
	return r
}

// Values are those that NumPy computes from the formulas, intervals near those of its own resamples.
func TestGolden(t *testing.T) {
	g := readGolden(t)
	names := []string{"x0", "x1", "csl0", "csl1", "supervised"}
	var runs []Run
	for _, n := range names {
		runs = append(runs, g.run(n))
	}
	s, err := NewStudy(runs, Options{Resamples: 2000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	x, csl, supervised := Role{0, 1}, Role{2, 3}, Role{4}
	for name, got := range map[string]Value{
		"mpc":            s.Mean(Role{0}, MPC()),
		"rpc":            s.RPC(Role{0}),
		"mce":            s.MCE(Role{0}, csl),
		"relative_mce":   s.RelativeMCE(Role{0}, csl),
		"gamma_a":        s.GammaA(Role{0}, Under(packets2)),
		"gamma_r":        s.GammaR(Role{0}, Under(packets2)),
		"attack_gamma_r": s.GammaR(Role{0}, Under(pgd)),
		"mean_of_seeds":  s.Mean(x, MPC()),
		"gap":            s.GapClosed(x, csl, supervised, MPC()),
	} {
		want := g.Values[name]
		width := want[2] - want[1]
		if !got.Defined() || math.Abs(got.Value-want[0]) > 1e-12 || math.Abs(got.Low-want[1]) > 0.08*width || math.Abs(got.High-want[2]) > 0.08*width {
			t.Errorf("%s: %+v, want %v", name, got, want)
		}
	}
	for i, n := range names {
		if got, ok := runs[i].Cells[0].ECE(); !ok || math.Abs(got-g.ECE[n]) > 1e-12 {
			t.Errorf("ECE of %s: %v, want %v", n, got, g.ECE[n])
		}
	}
}
