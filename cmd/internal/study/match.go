package study

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"vidcsl/cmd/internal/robustness"
	"vidcsl/cmd/internal/runs"
)

// MatchedResult is the comparison with every way where its validation accuracy is nearest to that of the baseline.
type MatchedResult struct {
	Probe  string             `json:"probe"`
	Target float64            `json:"target"` // the mean of the baseline's runs at their end
	Within float64            `json:"within"`
	Ways   []MatchedWay       `json:"ways"`
	Report *robustness.Report `json:"report,omitempty"` // none where no way but the baseline is near
}

// MatchedWay says which snapshots stand for a way.
type MatchedWay struct {
	Way        string    `json:"way"`
	Steps      []int     `json:"steps"`          // of each run; 0: its end
	Validation []float64 `json:"validation"`     // the accuracy there
	Left       string    `json:"left,omitempty"` // why the way is left out; "": it is not
}

// match finds, for each run, the snapshot whose validation accuracy is nearest to that of the baseline at its end; nil if that is not asked for, or no run
// of the baseline is left. The baseline's runs are taken at their ends.
func (s *Study) match(list []training) (*MatchedResult, error) {
	if len(s.Config.Matched.Steps) == 0 {
		return nil, nil
	}
	m := &MatchedResult{Probe: s.Config.Select.Probe, Within: s.Config.Matched.Within}
	baseline, n := s.Config.role("baseline"), 0.0
	for _, w := range s.Config.Ways {
		m.Ways = append(m.Ways, MatchedWay{Way: w.Name})
	}
	for _, t := range list {
		if t.way == baseline {
			v, err := s.validated(t, 0)
			if err != nil {
				return nil, err
			}
			m.Target, n = m.Target+v, n+1
		}
	}
	if n == 0 {
		return nil, nil
	}
	m.Target /= n
	for _, t := range list {
		steps := []int{0}
		if t.way != baseline {
			steps = append(s.there(t, s.kept(t)), 0)
		}
		step, v, err := s.nearest(t, steps, m.Target)
		if err != nil {
			return nil, err
		}
		w := &m.Ways[t.way]
		w.Steps, w.Validation = append(w.Steps, step), append(w.Validation, v)
		if off := math.Abs(v - m.Target); t.way != baseline && off > m.Within && w.Left == "" {
			w.Left = fmt.Sprintf("seed %d comes no nearer to the baseline's %.1f %% than %.1f %%, %s", t.seed, 100*m.Target, 100*v, after(step))
		}
	}
	for i := range m.Ways {
		if w := &m.Ways[i]; len(w.Steps) == 0 {
			w.Left = "all its trainings diverged"
		}
	}
	return m, nil
}

// lacking returns a sentence for each way of which runs have no snapshots of steps that are asked for.
func (s *Study) lacking(list []training) (notes []string) {
	for way, w := range s.Config.Ways {
		var steps []int
		first, n := "", 0
		for _, t := range list {
			all := s.kept(t)
			there := s.there(t, all)
			if t.way != way || way == s.Config.role("baseline") || len(there) == len(all) {
				continue
			}
			for _, step := range all {
				if !slices.Contains(there, step) && !slices.Contains(steps, step) {
					steps = append(steps, step)
				}
			}
			if n++; first == "" {
				first = t.folder
			}
		}
		if n == 0 {
			continue
		}
		slices.Sort(steps)
		notes = append(notes, fmt.Sprintf("At like validation accuracy, %s is not looked at after %s, of which %d of its runs have no snapshots, such as %s: they were trained before matched.steps asked for them. To train one with them, remove its folder.",
			w.Name, stepList(steps), n, first))
	}
	return notes
}

// stepList is the steps as words.
func stepList(steps []int) string {
	words := make([]string, len(steps))
	for i, step := range steps {
		words[i] = strconv.Itoa(step)
	}
	if len(words) == 1 {
		return "step " + words[0]
	}
	return "steps " + strings.Join(words, ", ")
}

// after says when a snapshot was taken.
func after(step int) string {
	if step == 0 {
		return "at its end"
	}
	return fmt.Sprintf("after step %d", step)
}

// nearest returns the first of the steps at which the validation accuracy of a run is nearest to a target.
func (s *Study) nearest(t training, steps []int, target float64) (step int, accuracy float64, err error) {
	least := math.Inf(1)
	for _, at := range steps {
		v, err := s.validated(t, at)
		if err != nil {
			return 0, 0, err
		}
		if off := math.Abs(v - target); off < least {
			least, step, accuracy = off, at, v
		}
	}
	return step, accuracy, nil
}

// comparable reports whether there is a way beside the baseline that is not left out.
func (m *MatchedResult) comparable() bool {
	n := 0
	for _, w := range m.Ways {
		if w.Left == "" {
			n++
		}
	}
	return n > 1
}

// named is an encoder that is tested, by the name of its run, and the place of its way.
type named struct {
	name string
	way  int
}

// ends are the runs as they are at their end.
func (s *Study) ends(list []training) (all []named) {
	for _, t := range list {
		all = append(all, named{t.folder, t.way})
	}
	return all
}

// snapshots are those that stand for the ways that are not left out.
func (s *Study) snapshots(list []training, m *MatchedResult) (all []named) {
	nth := map[int]int{}
	for _, t := range list {
		if w := m.Ways[t.way]; w.Left == "" {
			all = append(all, named{runs.At(t.folder, w.Steps[nth[t.way]]), t.way})
		}
		nth[t.way]++
	}
	return all
}

// early says which ways stand for themselves before their end, where the baseline, at its end, was trained on: the length of training differs too.
func (m *MatchedResult) early() (list []string) {
	if m == nil {
		return nil
	}
	for _, w := range m.Ways {
		if w.Left == "" && len(w.Steps) > 0 && !slices.Contains(w.Steps, 0) {
			list = append(list, fmt.Sprintf("At like validation accuracy %s is of before its end (%s), and the baseline of its end: they differ in the length of their training too.", w.Way, stepList(w.Steps)))
		}
	}
	return list
}
