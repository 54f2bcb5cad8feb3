package robustness

import (
	"fmt"
	"slices"

	"vidcsl/robust"
	"vidcsl/robust/corrupt"
	"vidcsl/robust/report"
)

// measured is the cells of all runs, ready for statistics.
type measured struct {
	study                *robust.Study
	options              robust.Options
	runs                 []robust.Run
	ways                 []way
	baseline, supervised int // places of ways; -1: none
}

// measure takes all cells together. Those of attacks that look for the smallest perturbation count at each size, too.
func (j *Job) measure(all []*tested) (m *measured, err error) {
	m = &measured{options: robust.DefaultOptions()}
	m.options.Seed = j.Seed
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
		m.runs = append(m.runs, r)
	}
	if m.study, err = robust.NewStudy(m.runs, m.options); err != nil {
		return nil, err
	}
	if m.ways, err = j.waysOf(all); err != nil {
		return nil, err
	}
	m.baseline, m.supervised = wayOf(m.ways, all, j.Baseline), wayOf(m.ways, all, j.Supervised)
	return m, nil
}

// page returns the numbers of a report for people. What takes the engine is left out.
func (j *Job) page(all []*tested, m *measured) *report.Page {
	p := &report.Page{
		Title: title(len(m.ways)), Baseline: m.baseline, Supervised: m.supervised,
		Version: j.Version, Data: j.Data, Seed: j.Seed, Intervals: m.options,
	}
	for _, w := range m.ways {
		p.Ways = append(p.Ways, m.way(w))
	}
	if m.baseline >= 0 && m.supervised >= 0 && m.baseline != m.supervised {
		for _, of := range measuresOf(m.runs[0]) {
			p.Gaps = append(p.Gaps, m.gap(of))
		}
	}
	answer(p)
	p.Notes = j.notes(all, m, p)
	j.describeRuns(all, m, p)
	return p
}

func title(ways int) string {
	if ways == 1 {
		return "Robustness of one way of training"
	}
	return fmt.Sprintf("Robustness of %d ways of training", ways)
}

// way returns the numbers of one.
func (m *measured) way(w way) report.Way {
	s := m.study
	out := report.Way{Name: w.name, About: w.about, Clean: s.Mean(w.role, robust.CleanAccuracy()), MPC: s.Mean(w.role, robust.MPC()), RPC: s.RPC(w.role)}
	for _, c := range m.runs[0].Cells {
		switch {
		case c.Kind == robust.Corruption:
			out.Corruptions = withCorruption(out.Corruptions, c.Condition, s.Mean(w.role, robust.Under(c.Condition)))
		case c.Kind == robust.Attack && c.Epsilon > 0:
			out.Curves = m.withAttack(out.Curves, w.role, c.Condition)
		}
	}
	for i := range out.Curves {
		out.Curves[i] = rising(out.Curves[i])
	}
	return out
}

// withCorruption adds the accuracy at a severity to that at the others.
func withCorruption(list []report.Corruption, c robust.Condition, v robust.Value) []report.Corruption {
	at := slices.IndexFunc(list, func(o report.Corruption) bool { return o.Name == c.Name })
	if at < 0 {
		at = len(list)
		list = append(list, report.Corruption{Name: c.Name, Group: groupOf(c.Name)})
	}
	list[at].Severities, list[at].Accuracy = append(list[at].Severities, c.Severity), append(list[at].Accuracy, v)
	return list
}

func groupOf(corruption string) string {
	for _, i := range corrupt.List() {
		if i.Name == corruption {
			return i.Group
		}
	}
	return ""
}

// withAttack adds the accuracy at a size to that at the others, of which the first is that before.
func (m *measured) withAttack(list []report.Curve, role robust.Role, c robust.Condition) []report.Curve {
	under := robust.Under(c)
	at := slices.IndexFunc(list, func(o report.Curve) bool { return o.Attack == c.Name && o.Norm == c.Norm })
	if at < 0 {
		at = len(list)
		list = append(list, report.Curve{Attack: c.Name, Norm: c.Norm, Epsilons: []float64{0}, Accuracy: []robust.Value{m.study.Before(role, under)}})
	}
	list[at].Epsilons, list[at].Accuracy = append(list[at].Epsilons, c.Epsilon), append(list[at].Accuracy, m.study.Mean(role, under))
	return list
}

// rising returns a curve with its sizes in order.
func rising(c report.Curve) report.Curve {
	out := report.Curve{Attack: c.Attack, Norm: c.Norm, Epsilons: slices.Sorted(slices.Values(c.Epsilons))}
	for _, eps := range out.Epsilons {
		out.Accuracy = append(out.Accuracy, c.Accuracy[slices.Index(c.Epsilons, eps)])
	}
	return out
}

// gap returns that by one measure.
func (m *measured) gap(of robust.Measure) report.Gap {
	s, from, to := m.study, m.ways[m.baseline].role, m.ways[m.supervised].role
	g := report.Gap{Measure: of.Name, Size: s.Difference(to, from, of), Verdict: report.None}
	switch v := g.Size; {
	case !v.Defined():
	case v.Low > 0:
		g.Verdict = report.Open
	case v.High < 0:
		g.Verdict = report.Reversed
	}
	for i, w := range m.ways {
		one := report.GapOf{Accuracy: s.Mean(w.role, of), Closed: robust.Value{Undefined: "it is an end of the gap"}}
		if i != m.baseline && i != m.supervised {
			one.Closed = s.GapClosed(w.role, from, to, of)
		}
		g.Ways = append(g.Ways, one)
	}
	return g
}
