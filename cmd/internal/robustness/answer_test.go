package robustness

import (
	"strings"
	"testing"

	"vidcsl/robust"
	"vidcsl/robust/report"
)

// between is a value with an interval, in percent.
func between(v, low, high float64) robust.Value {
	return robust.Value{Value: v / 100, Low: low / 100, High: high / 100}
}

func sized(measure, verdict string, v robust.Value, closed ...robust.Value) report.Gap {
	g := report.Gap{Measure: measure, Size: v, Verdict: verdict, Ways: make([]report.GapOf, 2)}
	for _, c := range closed {
		g.Ways = append(g.Ways, report.GapOf{Closed: c})
	}
	return g
}

// The answer names what there is in numbers, and says so where there is nothing.
func TestAnswer(t *testing.T) {
	noise := []report.Corruption{{Name: "gaussian_noise"}}
	pgd := func(clean, attacked float64) []report.Curve {
		return []report.Curve{{Attack: "pgd", Norm: "linf", Epsilons: []float64{0, 8. / 255}, Accuracy: []robust.Value{between(clean, 0, 100), between(attacked, 0, 100)}}}
	}
	three := []report.Way{{Name: "moco"}, {Name: "supervised"}, {Name: "cluster"}}
	ends := func(gaps ...report.Gap) *report.Page {
		return &report.Page{Ways: three, Baseline: 0, Supervised: 1, Gaps: append([]report.Gap{sized("clean", report.Open, between(9, 8, 10))}, gaps...)}
	}
	none := robust.Value{Undefined: "the gap is not clearly positive"}
	lost := sized("mPC", report.None, robust.Value{Undefined: "fog 5: no clip could be decoded"})
	matched := ends(sized("mPC", report.Open, between(12, 9, 15), between(45, 20, 70)))
	matched.Matched = &report.Matched{Probe: "linear", Ways: make([]report.MatchedWay, 3), Gaps: []report.Gap{sized("mPC", report.None, between(1, -2, 4), none)}}
	left := ends(sized("mPC", report.Open, between(12, 9, 15), between(45, 20, 70)))
	left.Matched = &report.Matched{Ways: []report.MatchedWay{{}, {Left: "no snapshot is within 5 points"}, {}}}
	for name, c := range map[string]struct {
		p    *report.Page
		want string
	}{
		"nothing": {&report.Page{Baseline: -1, Supervised: -1}, "Nothing was measured."},
		"one way": {
			&report.Page{Ways: []report.Way{{Name: "moco", Clean: between(70, 60, 80), MPC: between(40, 30, 50), Corruptions: noise, Curves: pgd(70, 5)}}, Baseline: -1, Supervised: -1},
			"The way moco is right on 70.0 % of the clips as they are, on 40.0 % under corruptions (mPC) and on 5.0 % under pgd linf 8/255. Whether that is much shows only beside another.",
		},
		"one way, nothing decoded": {
			&report.Page{Ways: []report.Way{{Name: "moco", Clean: between(70, 60, 80), MPC: none, Corruptions: noise}}, Baseline: -1, Supervised: -1},
			"The way moco is right on 70.0 % of the clips as they are and on an unknown share under corruptions (mPC). Whether that is much shows only beside another.",
		},
		"no ends": {
			&report.Page{Ways: []report.Way{
				{Name: "moco", Clean: between(70, 60, 80), MPC: between(40, 30, 50), Corruptions: noise, Curves: pgd(70, 5)},
				{Name: "cluster", Clean: between(68, 60, 80), MPC: between(45, 30, 50), Corruptions: noise, Curves: pgd(68, 2)},
			}, Baseline: 0, Supervised: -1},
			"Of 2 ways of training, most accuracy has on clips as they are moco (70.0 %), under corruptions (mPC) cluster (45.0 %) and under pgd linf 8/255 moco (5.0 %). How much of the gap to " +
				"training with labels is closed cannot be said: that takes a baseline and a way with labels.",
		},
		"no ends, ties": {
			&report.Page{Ways: []report.Way{
				{Name: "moco", Clean: between(70, 60, 80), Curves: pgd(70, 0)},
				{Name: "cluster", Clean: between(70, 60, 80), Curves: pgd(70, 0)},
				{Name: "oracle", Clean: between(65, 60, 80), Curves: pgd(65, 0)},
			}, Baseline: -1, Supervised: -1},
			"Of 3 ways of training, most accuracy has on clips as they are moco and cluster (70.0 %) and under pgd linf 8/255 all alike (0.0 %). How much of the gap to training with labels is closed " +
				"cannot be said: that takes a baseline and a way with labels.",
		},
		"open": {
			ends(sized("mPC", report.Open, between(12, 9, 15), between(45, 20, 70)), sized("pgd linf 1/255", report.Open, between(4, 1, 7), none),
				sized("pgd linf 2/255", report.Open, between(6, 3, 9), between(-5, -30, 20))),
			"There is a gap by each of 3 measures: supervised is right more often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC). Of that, cluster closes 45 % (20 to 70 %).\n" +
				"There is a gap: supervised is right more often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC), 4.0 points (1.0 to 7.0) under pgd linf 1/255 and 6.0 points (3.0 to 9.0) under pgd linf 2/255.\n" +
				"Of the gap under corruptions (mPC), cluster closes 45 % (20 to 70 %).\n" +
				"Of the gap under pgd linf 2/255, cluster closes -5 % (-30 to 20 %).",
		},
		"open, share not defined": {
			ends(sized("mPC", report.Open, between(12, 9, 15), none)),
			"There is a gap: supervised is right more often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC). No other way closes a share of it that is clearly above 0.\n" +
				"There is a gap: supervised is right more often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC).\n" +
				"Of the gap under corruptions (mPC), what cluster closes is not defined.",
		},
		"reversed": {
			ends(sized("mPC", report.Reversed, between(-12, -15, -9), none)),
			"Not defined, reversed: supervised is right less often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC).\n" +
				"Not defined, reversed: supervised is right less often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC), so there is no share of a gap to close.",
		},
		"none": {
			ends(sized("mPC", report.None, between(1, -2, 4), none), sized("pgd linf 8/255", report.None, between(0, 0, 0), none)),
			"No gap shows between supervised and moco by each of 2 measures: the interval of the difference has 0 in it.\n" +
				"No gap shows between supervised and moco under corruptions (mPC) and pgd linf 8/255: the interval of the difference has 0 in it, so no share is given.",
		},
		"mixed": {
			ends(sized("mPC", report.Reversed, between(-12, -15, -9), none), sized("pgd linf 1/255", report.Open, between(4, 1, 7), between(50, 10, 90)),
				sized("pgd linf 8/255", report.None, between(0, 0, 0), none)),
			"It depends on the measure: of 3, there is a gap by 1, it is reversed, so not defined, by 1 and none shows by 1. Supervised is ahead of moco by 4.0 points (1.0 to 7.0) under pgd linf 1/255. Of that, cluster closes 50 % (10 to 90 %).\n" +
				"There is a gap: supervised is right more often than moco, by 4.0 points (1.0 to 7.0) under pgd linf 1/255.\n" +
				"Not defined, reversed: supervised is right less often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC), so there is no share of a gap to close.\n" +
				"No gap shows between supervised and moco under pgd linf 8/255: the interval of the difference has 0 in it, so no share is given.\n" +
				"Of the gap under pgd linf 1/255, cluster closes 50 % (10 to 90 %).",
		},
		"not known": {ends(lost), "The gap between supervised and moco is not known: fog 5: no clip could be decoded.\n" +
			"The gap between supervised and moco is not known under corruptions (mPC) (fog 5: no clip could be decoded)."},
		"clean only": {ends(), "Nothing but the clean accuracy was measured, so nothing is known of a gap in robustness."},
		"matched": {
			matched,
			"There is a gap: supervised is right more often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC). Of that, cluster closes 45 % (20 to 70 %). At the snapshots whose validation accuracy by the linear probe is nearest to the baseline's: No gap shows between supervised and moco: the interval of the difference has 0 in it.\n" +
				"There is a gap: supervised is right more often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC).\n" +
				"Of the gap under corruptions (mPC), cluster closes 45 % (20 to 70 %).\n" +
				"At the snapshots whose validation accuracy by the linear probe is nearest to the baseline's: No gap shows between supervised and moco under corruptions (mPC): the interval of the difference has 0 in it, so no share is given.",
		},
		"matched, left out": {
			left,
			"There is a gap: supervised is right more often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC). Of that, cluster closes 45 % (20 to 70 %). At like validation accuracy they cannot be compared: supervised is left out, no snapshot is within 5 points.\n" +
				"There is a gap: supervised is right more often than moco, by 12.0 points (9.0 to 15.0) under corruptions (mPC).\n" +
				"Of the gap under corruptions (mPC), cluster closes 45 % (20 to 70 %).",
		},
	} {
		answer(c.p)
		if got := strings.Join(append([]string{c.p.Answer}, c.p.Findings...), "\n"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// At like validation accuracy, gaps are of the ways by their names; of one that is left out nothing is known.
func TestMatch(t *testing.T) {
	of := func(closed float64) report.GapOf { return report.GapOf{Closed: between(closed, 0, 100)} }
	p := &report.Page{Ways: []report.Way{{Name: "moco"}, {Name: "supervised"}, {Name: "cluster"}, {Name: "oracle"}}, Supervised: 1}
	p.Gaps = []report.Gap{{Measure: "mPC", Size: between(12, 9, 15), Verdict: report.Open, Ways: []report.GapOf{{}, {}, of(10), of(20)}}}
	at := &report.Page{Ways: []report.Way{{Name: "oracle"}, {Name: "supervised"}, {Name: "moco"}}, Baseline: 2, Supervised: 1}
	at.Gaps = []report.Gap{{Measure: "mPC", Size: between(5, 4, 6), Verdict: report.Open, Ways: []report.GapOf{of(30), {}, {}}}}
	Match(p, at, report.Matched{Probe: "knn", Target: 0.6, Within: 0.1, Ways: []report.MatchedWay{{}, {}, {Left: "none is near"}, {}}})
	m := p.Matched
	if m.Target != 0.6 || m.Within != 0.1 || len(m.Gaps) != 1 || m.Gaps[0].Ways[3] != of(30) || m.Gaps[0].Ways[2].Closed.Undefined != "the way is left out" || len(at.Gaps[0].Ways) != 3 {
		t.Errorf("%+v", m)
	}
	const want = "At the snapshots whose validation accuracy by the knn probe is nearest to the baseline's: There is a gap: supervised is right more often than moco, by 5.0 points (4.0 to 6.0) under corruptions (mPC). " +
		"No other way closes a share of it that is clearly above 0."
	if !strings.HasSuffix(p.Answer, want) {
		t.Errorf("the answer is %s", p.Answer)
	}
	Match(p, nil, report.Matched{Target: 0.6, Ways: []report.MatchedWay{{}, {Left: "none is near"}, {}, {}}})
	if want := "At like validation accuracy they cannot be compared: supervised is left out, none is near."; !strings.HasSuffix(p.Answer, want) || len(p.Matched.Gaps) > 0 {
		t.Errorf("the answer is %s", p.Answer)
	}
}

// A line is what a shell takes for the same words.
func TestLine(t *testing.T) {
	if got, want := line([]string{"vidcsl", "robust", "my run", "--epsilon", "1/255,2/255", "", "it's", "$x"}), `vidcsl robust 'my run' --epsilon 1/255,2/255 '' 'it'\''s' '$x'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
