package robustness

import (
	"slices"

	"vidcsl/cmd/internal/runs"
	"vidcsl/robust"
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
}

// Tested is one run.
type Tested struct {
	Run       string          `json:"run"`
	Head      string          `json:"head"` // what classifies; neighbours are counted as the run's configuration says
	Objective string          `json:"objective"`
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
func (j *Job) report(all []*tested) (*Report, error) {
	o := robust.DefaultOptions()
	o.Seed = j.Seed
	var list []robust.Run
	for _, t := range all {
		r := robust.Run{Name: t.Run}
		for _, w := range t.work {
			r.Cells = append(r.Cells, *w.done)
			if w.attack != nil && w.condition.Epsilon == 0 {
				for _, eps := range j.Epsilons {
					r.Cells = append(r.Cells, w.done.Within(eps))
				}
			}
		}
		list = append(list, r)
	}
	s, err := robust.NewStudy(list, o)
	if err != nil {
		return nil, err
	}
	ways, err := waysOf(all)
	if err != nil {
		return nil, err
	}
	baseline := roleOf(ways, all, j.Baseline)
	r := &Report{Version: j.Version, Command: j.Command, Seed: j.Seed, Data: j.Data, Intervals: o}
	for i, t := range all {
		r.Runs = append(r.Runs, Tested{
			Run: t.Run, Head: t.headName(), Objective: t.Config.Objective, Removal: t.Record.Removed(), TrainSeed: t.Config.Seed, Train: t.TrainPath,
			Made: t.made, Cells: t.dir, Attacks: t.settings(), Skipped: t.skipped, Summary: s.Summary(i, baseline),
		})
	}
	if j.Supervised != "" {
		r.Closed = closed(s, list[0], ways, all, baseline, roleOf(ways, all, j.Supervised))
	}
	return r, nil
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

// waysOf puts runs that differ in the seed alone together.
func waysOf(all []*tested) (ways []robust.Role, err error) {
	for i, t := range all {
		found := false
		for k := range ways {
			first := all[ways[k][0]]
			if names := t.job.Ways; names != nil {
				found = names[first.Run] == names[t.Run]
			} else if found, err = runs.SameButSeed(first.Record, t.Record); err != nil {
				return nil, err
			}
			if found {
				ways[k] = append(ways[k], i)
				break
			}
		}
		if !found {
			ways = append(ways, robust.Role{i})
		}
	}
	return ways, nil
}

// roleOf returns the way that a run is of; none without a run.
func roleOf(ways []robust.Role, all []*tested, run string) robust.Role {
	for _, w := range ways {
		for _, i := range w {
			if all[i].Run == run {
				return w
			}
		}
	}
	return nil
}

func closed(s *robust.Study, run robust.Run, ways []robust.Role, all []*tested, baseline, supervised robust.Role) *Closed {
	names := func(r robust.Role) (list []string) {
		for _, i := range r {
			list = append(list, all[i].Run)
		}
		return list
	}
	c := &Closed{Baseline: names(baseline), Supervised: names(supervised)}
	measures := measuresOf(run)
	for _, m := range measures {
		c.Measures = append(c.Measures, m.Name)
	}
	for _, w := range ways {
		way := Way{Runs: names(w)}
		for _, m := range measures {
			way.Values = append(way.Values, s.Mean(w, m))
			way.Closed = append(way.Closed, s.GapClosed(w, baseline, supervised, m))
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
