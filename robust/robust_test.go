package robust

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

var clean = Condition{Kind: Clean}

func corrupted(name string, severity int) Condition {
	return Condition{Kind: Corruption, Name: name, Severity: severity}
}

// cell is of n videos of class 0, of which the first are taken for that, and the last cannot be decoded.
func cell(c Condition, n, right, lost int) Cell {
	out := Cell{Condition: c}
	for i := range n {
		clip := Clip{Key: fmt.Sprintf("%04d", i)}
		switch {
		case i >= n-lost:
			clip.Predicted = Undecodable
		case i >= right:
			clip.Predicted = 1
		}
		out.Clips = append(out.Clips, clip)
	}
	return out
}

func study(t *testing.T, runs ...Run) *Study {
	t.Helper()
	s, err := NewStudy(runs, Options{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

// By hand: clips that cannot be decoded are no mistakes, and the clean accuracy that a cell is compared with is on the same clips.
func TestUndecodable(t *testing.T) {
	// of 10, 6 are right; of the 5 that packet loss leaves, 4 are, and all 5 were
	r := Run{"r", []Cell{cell(clean, 10, 6, 0), cell(corrupted("packet_loss", 5), 10, 4, 5)}}
	s := study(t, r)
	c := &r.Cells[1]
	if a, u := c.Accuracy(), c.Undecodable(); a.Hits != 4 || a.N != 5 || u.Hits != 5 || u.N != 10 {
		t.Errorf("accuracy %v, undecodable %v", a, u)
	}
	m := Under(c.Condition)
	for name, v := range map[string]struct {
		got  Value
		want float64
	}{
		"mPC": {s.Mean(Role{0}, MPC()), 0.8}, "rPC": {s.RPC(Role{0}), 0.8 / 0.6},
		"gamma_a": {s.GammaA(Role{0}, m), 0.8}, "gamma_r": {s.GammaR(Role{0}, m), 0.8},
	} {
		if !v.got.Defined() || !near(v.got.Value, v.want) || v.got.Low > v.want || v.got.High < v.want {
			t.Errorf("%s: %v, want %v", name, v.got, v.want)
		}
	}
}

// What would be a quotient by nothing, or a mean of nothing, says why it is not there.
func TestNotDefined(t *testing.T) {
	noisy := corrupted("noise", 1)
	all := study(t,
		Run{"usual", []Cell{cell(clean, 40, 30, 0), cell(noisy, 40, 20, 0)}},
		Run{"all lost", []Cell{cell(clean, 40, 30, 0), cell(noisy, 40, 0, 40)}},
		Run{"never right", []Cell{cell(clean, 40, 0, 0), cell(noisy, 40, 0, 0)}},
		Run{"always right", []Cell{cell(clean, 40, 40, 0), cell(noisy, 40, 40, 0)}},
		Run{"no cells", []Cell{cell(clean, 40, 30, 0)}},
		Run{"slightly better", []Cell{cell(clean, 40, 30, 0), {noisy, slightly(cell(noisy, 40, 20, 0).Clips)}}},
		Run{"no clips", []Cell{{Condition: clean}, {Condition: noisy}}},
	)
	for _, c := range []struct {
		what string
		got  Value
		want string
	}{
		{"all lost, mPC", all.Mean(Role{1}, MPC()), "noise 1: no clip could be decoded"},
		{"all lost, rPC", all.RPC(Role{1}), "noise 1: no clip could be decoded"},
		{"all lost, gap", all.GapClosed(Role{1}, Role{0}, Role{3}, MPC()), "noise 1: no clip could be decoded"},
		{"never right, rPC", all.RPC(Role{2}), "the clean accuracy is not clearly positive: 0.000 (0.000 to 0.000)"},
		{"never right, gamma_r", all.GammaR(Role{2}, Under(noisy)), "the clean accuracy is not clearly positive"},
		{"baseline always right", all.MCE(Role{0}, Role{3}), "noise: the error of the baseline is not clearly positive"},
		{"baseline loses nothing", all.RelativeMCE(Role{0}, Role{3}), "noise: what the baseline loses is not clearly positive"},
		{"no cells, mPC", all.Mean(Role{4}, MPC()), "there are no cells for mPC"},
		{"no cells, mCE", all.MCE(Role{4}, Role{0}), "there are no corruptions"},
		{"other cells", all.MCE(Role{0}, Role{4}), "noise: the runs have cells of different severities"},
		{"no gap", all.GapClosed(Role{3}, Role{0}, Role{0}, MPC()), "the gap between supervised and the baseline is not clearly positive: 0.000"},
		{"gap not clear", all.GapClosed(Role{3}, Role{0}, Role{5}, MPC()), "the gap between supervised and the baseline is not clearly positive"},
		{"gap below 0", all.GapClosed(Role{0}, Role{3}, Role{0}, MPC()), "the gap between supervised and the baseline is not clearly positive: -0.5"},
		{"no clips", all.Mean(Role{6}, CleanAccuracy()), "clean: no clips"},
		{"no run", all.Mean(nil, MPC()), "there is no run"},
	} {
		if c.got.Defined() || !strings.Contains(c.got.Undefined, c.want) || c.got.Value != 0 {
			t.Errorf("%s: %+v, want %s", c.what, c.got, c.want)
		}
	}
	if v := all.GapClosed(Role{0}, Role{2}, Role{3}, MPC()); !v.Defined() || !near(v.Value, 0.5) {
		t.Errorf("the gap is %v", v)
	}
}

// slightly makes a run right once more, and wrong once more of others: no clear difference.
func slightly(clips []Clip) []Clip {
	clips[30].Predicted, clips[31].Predicted, clips[0].Predicted = 0, 0, 1
	return clips
}

// Two runs that are alike in all clips have no interval between them, whatever the seed draws; two that are alike in accuracy alone have.
func TestPaired(t *testing.T) {
	noisy := corrupted("noise", 1)
	other := cell(noisy, 40, 20, 0)
	for i := range other.Clips {
		other.Clips[i].Predicted = 1 - other.Clips[i].Predicted
	}
	s := study(t,
		Run{"a", []Cell{cell(clean, 40, 40, 0), cell(noisy, 40, 20, 0)}},
		Run{"b", []Cell{cell(clean, 40, 40, 0), cell(noisy, 40, 20, 0)}},
		Run{"c", []Cell{cell(clean, 40, 40, 0), {noisy, other.Clips}}},
		Run{"best", []Cell{cell(clean, 40, 40, 0), cell(noisy, 40, 40, 0)}},
	)
	if v := s.GapClosed(Role{1}, Role{0}, Role{3}, MPC()); v != (Value{}) {
		t.Errorf("the gap closed by the same is %v", v)
	}
	if v := s.GapClosed(Role{2}, Role{0}, Role{3}, MPC()); v.Value != 0 || v.Low > -0.2 || v.High < 0.2 {
		t.Errorf("the gap closed by another one is %v", v)
	}
	// runs that are alike leave the interval as it is; runs that differ widen it
	if one, two := s.Mean(Role{0}, MPC()), s.Mean(Role{0, 1}, MPC()); one != two {
		t.Errorf("%v of one, %v of two alike", one, two)
	}
	if one, two := s.Mean(Role{0}, MPC()), s.Mean(Role{0, 3}, MPC()); !near(two.Value, 0.75) || two.High-two.Low < 1.5*(one.High-one.Low) {
		t.Errorf("%v of one, %v of two", one, two)
	}
}

// Several clips of one video are drawn together: they say no more than one where they are alike.
func TestClipsOfOneVideo(t *testing.T) {
	once, twice := cell(clean, 40, 20, 0), cell(clean, 40, 20, 0)
	twice.Clips = append(twice.Clips, twice.Clips...)
	s := study(t, Run{"once", []Cell{once}}, Run{"twice", []Cell{twice}})
	if a, b := s.Mean(Role{0}, CleanAccuracy()), s.Mean(Role{1}, CleanAccuracy()); a != b {
		t.Errorf("%v of one clip each, %v of two", a, b)
	}
}

func TestAttackCurve(t *testing.T) {
	smallest := Cell{Condition: Condition{Kind: Attack, Name: "fab", Norm: "l2"}, Clips: []Clip{
		{Key: "wrong before", Predicted: 1},
		{Key: "near", Predicted: 1, Norm: 0.1},
		{Key: "middle", Predicted: 2, Norm: 0.25},
		{Key: "far", Predicted: 1, Norm: 0.5},
		{Key: "not found", Norm: 0.7},
		{Key: "lost", Predicted: Undecodable},
	}}
	r := Run{"r", []Cell{smallest, cell(Condition{Kind: Attack, Name: "pgd", Norm: "linf", Epsilon: 0.2}, 4, 1, 0), cell(Condition{Kind: Attack, Name: "pgd", Norm: "linf", Epsilon: 0.1}, 4, 3, 0)}}
	var text []string
	for _, p := range append(r.Curve("fab", "l2", 0.05, 0.3, 1), r.Curve("pgd", "linf")...) {
		text = append(text, fmt.Sprintf("%v: %d/%d %d/%d", p.Epsilon, p.Accuracy.Hits, p.Accuracy.N, p.Success.Hits, p.Success.N))
	}
	if got, want := strings.Join(text, ", "), "0.05: 4/5 0/4, 0.3: 2/5 2/4, 1: 1/5 3/4, 0.1: 3/4 0/3, 0.2: 1/4 0/1"; got != want {
		t.Errorf("the curves are %s, want %s", got, want)
	}
	if v := smallest.MedianNorm(); v.Value != 0.25 || v.Low != 0 || !math.IsInf(v.High, 1) {
		t.Errorf("median %v", v)
	}
	for i := range smallest.Clips[1:4] {
		smallest.Clips[1+i].Predicted = 0
	}
	if v := smallest.MedianNorm(); !strings.Contains(v.Undefined, "half of the clips") {
		t.Errorf("median %v", v)
	}
}

func TestNewStudyRefuses(t *testing.T) {
	noisy := corrupted("noise", 1)
	good := func() Run { return Run{"r", []Cell{cell(clean, 4, 2, 0), cell(noisy, 4, 2, 0)}} }
	for want, change := range map[string]func(r *Run){
		"run r has no clean cell":                  func(r *Run) { r.Cells = r.Cells[1:] },
		"run r has two cells of noise 1":           func(r *Run) { r.Cells = append(r.Cells, r.Cells[1]) },
		"the label of 0002 is 3, and 0 in another": func(r *Run) { r.Cells[1].Clips[2].Label = 3 },
		`corruption "noise" has severity 6`:        func(r *Run) { r.Cells[1].Severity = 6 },
		`a cell is of kind ""`:                     func(r *Run) { r.Cells[1].Kind = "" },
		"clip 1 (0001) has label -1":               func(r *Run) { r.Cells[1].Clips[1].Label = -1 },
		"has confidence NaN, want 0 to 1":          func(r *Run) { r.Cells[1].Clips[1].Confidence = math.NaN() },
		"has a perturbation of norm +Inf":          func(r *Run) { r.Cells[1].Clips[1].Norm = math.Inf(1) },
		`attack "x" has norm "" and epsilon 0`:     func(r *Run) { r.Cells[1].Condition = Condition{Kind: Attack, Name: "x"} },
		`a clean cell has name "x", severity 0`:    func(r *Run) { r.Cells[0].Name = "x" },
	} {
		r := good()
		change(&r)
		if _, err := NewStudy([]Run{r}, DefaultOptions()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := NewStudy([]Run{good()}, Options{}); err == nil || !strings.Contains(err.Error(), "0 resamples") {
		t.Errorf("error %v", err)
	}
}

func TestValueAsJSON(t *testing.T) {
	for _, v := range []Value{{Value: 0.5, Low: 0, High: 1}, {Value: 0, Low: 0, High: math.Inf(1)}, {Undefined: "no clips"}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back Value
		if err := json.Unmarshal(text, &back); err != nil || back != v {
			t.Errorf("%+v is %s, read as %+v, %v", v, text, back, err)
		}
	}
	var v Value
	if err := json.Unmarshal([]byte("{}"), &v); err == nil {
		t.Error("{} is read as a value")
	}
}

// The summary has every cell, and its table every line.
func TestSummary(t *testing.T) {
	g := readGolden(t)
	s := study(t, g.run("x0"), g.run("csl0"))
	sum := s.Summary(0, Role{1})
	if len(sum.Corruptions) != 2 || len(sum.Corruptions[1].Severities) != 2 || len(sum.Attacks) != 1 || sum.Corruptions[1].Lost == 0 {
		t.Fatalf("%+v", sum)
	}
	var out strings.Builder
	if err := sum.WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"clean ", "calibration error 0.", "mPC ", "relative mCE ", "corruption  1     2 ", "fog  ", "packets  ", "pgd linf  8/255  "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}
