package robustness

import (
	"slices"

	"vidcsl/cmd/internal/runs"
	"vidcsl/robust"
	"vidcsl/robust/report"
)

// Report is all that was measured, and what of.
type Report struct {
	Version   string         `json:"version"`
	Command   []string       `json:"command"`
	Seed      uint64         `json:"seed"`
	Data      string         `json:"data"`
	Intervals robust.Options `json:"intervals"` // bootstrap, of 95 %
	Runs      []Tested       `json:"runs"`
	// Closed is how much of the gap from the baseline to the supervised run other ways of training close.
	Closed *Closed `json:"closed,omitempty"`
	// Page is the same for people. Spheres and broken clips are in it where [Job.Evidence] asks for them. It is not in the JSON.
	Page *report.Page `json:"-"`
}

// Tested is one run.
type Tested struct {
	Run       string          `json:"run"`
	Head      string          `json:"head"` // what classifies; neighbours are counted as the run's configuration says
	Objective string          `json:"objective"`
	Attacked  string          `json:"adversarial,omitempty"` // kind of the adversarial views that it was trained with
	Removal   runs.Removed    `json:"removal"`
	TrainSeed uint64          `json:"train_seed"`
	Train     string          `json:"train"`             // what the head learned from
	Made      made            `json:"made"`              // digests and versions
	Cells     string          `json:"cells"`             // the folder
	Attacks   []string        `json:"attacks,omitempty"` // with their settings
	Skipped   []Skipped       `json:"skipped,omitempty"`
	Summary   *robust.Summary `json:"summary"`
}

// Closed compares ways of training. Runs that differ in the seed alone are one way.
type Closed struct {
	Baseline   []string `json:"baseline"`
	Supervised []string `json:"supervised"`
	Measures   []string `json:"measures"` // mPC, and attacks
	Ways       []Way    `json:"ways"`
}

// Way is one way of training.
type Way struct {
	Runs   []string       `json:"runs"`
	Values []robust.Value `json:"values"` // accuracy by each measure
	Closed []robust.Value `json:"closed"` // of each measure; see [robust.Study.GapClosed]
}

// report computes what all cells say.
func (j *Job) report(all []*tested, m *measured) *Report {
	r := &Report{Version: j.Version, Command: j.Command, Seed: j.Seed, Data: j.Data, Intervals: m.options}
	baseline := roleOf(m.ways, m.baseline)
	for i, t := range all {
		r.Runs = append(r.Runs, Tested{
			Run: t.Run, Head: t.headName(), Objective: t.Config.Objective, Attacked: adversarial(t.Config), Removal: t.Record.Removed(), TrainSeed: t.Config.Seed, Train: t.TrainPath,
			Made: t.made, Cells: t.dir, Attacks: t.settings(), Skipped: t.skipped, Summary: m.study.Summary(i, baseline),
		})
	}
	if j.Supervised != "" {
		r.Closed = m.closed(all)
	}
	r.Page = j.page(all, m)
	return r
}

// settings returns those of the attacks, once each.
func (t *tested) settings() (list []string) {
	for _, w := range t.work {
		if w.attack != nil && !slices.Contains(list, w.settings) {
			list = append(list, w.settings)
		}
	}
	return list
}

// closed compares all ways by all measures.
func (m *measured) closed(all []*tested) *Closed {
	names := func(r robust.Role) (list []string) {
		for _, i := range r {
			list = append(list, all[i].Run)
		}
		return list
	}
	baseline, supervised := m.ways[m.baseline].role, m.ways[m.supervised].role
	c := &Closed{Baseline: names(baseline), Supervised: names(supervised)}
	measures := measuresOf(m.runs[0])
	for _, of := range measures {
		c.Measures = append(c.Measures, of.Name)
	}
	for _, w := range m.ways {
		way := Way{Runs: names(w.role)}
		for _, of := range measures {
			way.Values = append(way.Values, m.study.Mean(w.role, of))
			way.Closed = append(way.Closed, m.study.GapClosed(w.role, baseline, supervised, of))
		}
		c.Ways = append(c.Ways, way)
	}
	return c
}

// measuresOf returns what ways of training are compared by: clean, all corruptions, each attack of a size.
func measuresOf(run robust.Run) []robust.Measure {
	list := []robust.Measure{robust.CleanAccuracy()}
	for _, c := range run.Cells {
		switch {
		case c.Kind == robust.Attack && c.Epsilon > 0:
			list = append(list, robust.Under(c.Condition))
		case c.Kind == robust.Corruption && len(list) == 1:
			list = append(list, robust.MPC())
		}
	}
	return list
}
