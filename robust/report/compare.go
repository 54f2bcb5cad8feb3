package report

import (
	"fmt"
	"strings"
)

// comparison is gaps as the page shows them.
type comparison struct {
	Keys     []key
	Verdicts []verdict
	Cards    []gapCard
	Target   string // of matched accuracy
	Near     string // to it
	Chosen   table
}

func (p *Page) gap(keys []key) (any, error) {
	if len(p.Gaps) == 0 {
		return nil, nil
	}
	cards, err := p.gapCards(p.Gaps)
	return comparison{Keys: keys, Verdicts: verdicts(p.Gaps), Cards: cards}, err
}

func (p *Page) matched(keys []key) (any, error) {
	if p.Matched == nil {
		return nil, nil
	}
	cards, err := p.gapCards(p.Matched.Gaps)
	return comparison{Keys: keys, Verdicts: verdicts(p.Matched.Gaps), Cards: cards, Target: p.target(), Near: p.near(), Chosen: p.chosen()}, err
}

// verdict is the measures that have it.
type verdict struct{ Verdict, Badge, Text string }

// verdicts has first what does not show a gap, so that nobody reads on as if all did.
func verdicts(gaps []Gap) []verdict {
	var list []verdict
	for _, v := range []struct{ verdict, means string }{
		{Reversed, "the baseline is ahead of supervised"},
		{None, "the interval of the gap has 0 in it"},
		{Open, "supervised is ahead of the baseline"},
	} {
		var measures []string
		for _, g := range gaps {
			if g.Verdict == v.verdict {
				measures = append(measures, g.Measure)
			}
		}
		if len(measures) > 0 {
			list = append(list, verdict{v.verdict, badges[v.verdict], fmt.Sprintf("On %d of %s %s: %s.", len(measures), count(len(gaps), "measure"), v.means, strings.Join(measures, ", "))})
		}
	}
	return list
}

// target is the accuracy that snapshots were chosen by.
func (p *Page) target() string { return percent(p.Matched.Target) + "\u00a0%, " }

// near says how the accuracy was measured, and how near it is.
func (p *Page) near() string {
	var list []string
	if by := p.Matched.Probe; by != "" {
		list = append(list, fmt.Sprintf(" The accuracy is that on the validation data by the %s probe.", by))
	}
	if by := p.Matched.Within; by > 0 {
		list = append(list, fmt.Sprintf(" It is not the same for all, but within %s points; a way that comes no nearer is left out.", percent(by)))
	}
	return strings.Join(list, "") + " On the test data accuracies may be farther apart: clean is among the measures."
}

// chosen says which snapshots stand for each way.
func (p *Page) chosen() table {
	t := table{Head: []string{"way", "after step", "validation accuracy, %", ""}}
	for i, w := range p.Matched.Ways {
		var steps, accuracies []string
		for _, s := range w.Steps {
			step := "end"
			if s > 0 {
				step = fmt.Sprint(s)
			}
			steps = append(steps, step)
		}
		for _, a := range w.Validation {
			accuracies = append(accuracies, percent(a))
		}
		row := []string{p.Ways[i].Name, strings.Join(steps, ", "), strings.Join(accuracies, ", "), ""}
		if w.Left != "" {
			row[3] = "left out: " + w.Left
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
