package robustness

import (
	"fmt"
	"slices"
	"strings"

	"vidcsl/robust"
	"vidcsl/robust/report"
)

// answer writes the sentences that say what a page answers: whether with labels more accuracy is left under corruptions and attacks than by the baseline, and how
// much of that gap other ways close; and the findings, which say it of every measure. It looks at the ways, the gaps and what is matched alone.
func answer(p *report.Page) {
	p.Findings = nil
	switch {
	case len(p.Ways) == 0:
		p.Answer = "Nothing was measured."
	case len(p.Ways) == 1:
		p.Answer = oneWay(p.Ways[0])
	case len(p.Gaps) == 0:
		p.Answer = noEnds(p)
	default:
		p.Answer, p.Findings = headline(p, p.Gaps), findings(p, p.Gaps)
		answerMatched(p)
	}
}

// answerMatched adds the same at like validation accuracy.
func answerMatched(p *report.Page) {
	m := p.Matched
	if m == nil {
		return
	}
	for _, end := range []int{p.Baseline, p.Supervised} {
		if why := m.Ways[end].Left; why != "" {
			p.Answer += fmt.Sprintf(" At like validation accuracy they cannot be compared: %s is left out, %s.", p.Ways[end].Name, why)
			return
		}
	}
	if len(m.Gaps) == 0 {
		return
	}
	at := fmt.Sprintf("At the snapshots whose validation accuracy%s is nearest to the baseline's: ", by(m.Probe))
	p.Answer += " " + at + headline(p, m.Gaps)
	for _, f := range findings(p, m.Gaps) {
		p.Findings = append(p.Findings, at+f)
	}
}

// by names what an accuracy is by, if that is known.
func by(probe string) string {
	if probe == "" {
		return ""
	}
	return fmt.Sprintf(" by the %s probe", probe)
}

// oneWay says what is left of the accuracy of one.
func oneWay(w report.Way) string {
	list := []string{fmt.Sprintf("on %s of the clips as they are", share(w.Clean))}
	if len(w.Corruptions) > 0 {
		list = append(list, fmt.Sprintf("on %s under corruptions (mPC)", share(w.MPC)))
	}
	for _, c := range w.Curves {
		last := len(c.Epsilons) - 1
		list = append(list, fmt.Sprintf("on %s under %s", share(c.Accuracy[last]), conditionOf(c, last)))
	}
	return fmt.Sprintf("The way %s is right %s. Whether that is much shows only beside another.", w.Name, joined(list))
}

func conditionOf(c report.Curve, at int) robust.Condition {
	return robust.Condition{Kind: robust.Attack, Name: c.Attack, Norm: c.Norm, Epsilon: c.Epsilons[at]}
}

// noEnds says which of several ways is best by what was measured; without a baseline and a way with labels, there is no gap.
func noEnds(p *report.Page) string {
	var list []string
	add := func(what string, of func(w report.Way) robust.Value) {
		var best []string // more than one where they are equal
		var most robust.Value
		for _, w := range p.Ways {
			switch v := of(w); {
			case !v.Defined():
			case len(best) == 0 || v.Value > most.Value+1e-9:
				best, most = []string{w.Name}, v
			case v.Value >= most.Value-1e-9:
				best = append(best, w.Name)
			}
		}
		switch {
		case len(best) == len(p.Ways):
			list = append(list, fmt.Sprintf("%s all alike (%s)", what, share(most)))
		case len(best) > 0:
			list = append(list, fmt.Sprintf("%s %s (%s)", what, joined(best), share(most)))
		}
	}
	first := p.Ways[0]
	add("on clips as they are", func(w report.Way) robust.Value { return w.Clean })
	if len(first.Corruptions) > 0 {
		add("under corruptions (mPC)", func(w report.Way) robust.Value { return w.MPC })
	}
	for k, c := range first.Curves {
		last := len(c.Epsilons) - 1
		add(fmt.Sprintf("under %s", conditionOf(c, last)), func(w report.Way) robust.Value { return w.Curves[k].Accuracy[last] })
	}
	return fmt.Sprintf("Of %d ways of training, most accuracy has %s. How much of the gap to training with labels is closed cannot be said: that takes a baseline and a way with labels.",
		len(p.Ways), joined(list))
}

// findings say which verdicts gaps have, and what is closed of those that are open.
func findings(p *report.Page, gaps []report.Gap) (list []string) {
	by, _ := judged(gaps)
	with, without := p.Ways[p.Supervised].Name, p.Ways[p.Baseline].Name
	for _, v := range []struct {
		verdict, format string
		of              func(g report.Gap) string
	}{
		{report.Open, "There is a gap: %s is right more often than %s, by %s.", points},
		{report.Reversed, "Not defined, reversed: %s is right less often than %s, by %s, so there is no share of a gap to close.", points},
		{report.None, "No gap shows between %s and %s under %s: the interval of the difference has 0 in it, so no share is given.", named},
		{unknown, "The gap between %s and %s is not known under %s.", func(g report.Gap) string { return fmt.Sprintf("%s (%s)", named(g), g.Size.Undefined) }},
	} {
		var words []string
		for _, g := range by[v.verdict] {
			words = append(words, v.of(g))
		}
		if len(words) > 0 {
			list = append(list, fmt.Sprintf(v.format, with, without, joined(words)))
		}
	}
	return append(list, closings(p, by[report.Open])...)
}

// closings says how much other ways close of the gap under corruptions, and of the widest one under attacks.
func closings(p *report.Page, open []report.Gap) (text []string) {
	var leading []report.Gap
	widest := -1
	for i, g := range open {
		if g.Measure == robust.MPC().Name {
			leading = append(leading, g)
		} else if widest < 0 || g.Size.Value > open[widest].Size.Value {
			widest = i
		}
	}
	if widest >= 0 {
		leading = append(leading, open[widest])
	}
	for _, g := range leading {
		var list []string
		for i, w := range g.Ways {
			switch v := w.Closed; {
			case i == p.Baseline || i == p.Supervised:
			case v.Defined():
				list = append(list, fmt.Sprintf("%s closes %.0f %% (%.0f to %.0f %%)", p.Ways[i].Name, 100*v.Value, 100*v.Low, 100*v.High))
			default:
				list = append(list, fmt.Sprintf("what %s closes is not defined", p.Ways[i].Name))
			}
		}
		if len(list) > 0 {
			text = append(text, fmt.Sprintf("Of the gap under %s, %s.", named(g), joined(list)))
		}
	}
	return text
}

// points is how large a gap is, with what it is measured by.
func points(g report.Gap) string {
	v := g.Size
	low, high := v.Low, v.High
	if g.Verdict == report.Reversed {
		v.Value, low, high = -v.Value, -v.High, -v.Low
	}
	return fmt.Sprintf("%.1f points (%.1f to %.1f) under %s", 100*v.Value, 100*low, 100*high, named(g))
}

// named is what a gap is under, as people call it.
func named(g report.Gap) string {
	if g.Measure == robust.MPC().Name {
		return "corruptions (mPC)"
	}
	return g.Measure
}

func share(v robust.Value) string {
	if !v.Defined() {
		return "an unknown share"
	}
	return fmt.Sprintf("%.1f %%", 100*v.Value)
}

// joined joins words by commas, the last by and.
func joined(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(slices.Clone(list[:last]), ", ") + " and " + list[last]
}
