package robustness

import (
	"fmt"
	"strings"

	"vidcsl/robust"
	"vidcsl/robust/report"
)

// unknown is the verdict on a gap whose size is not defined.
const unknown = "unknown"

// judged are the gaps of robustness, which that of the clean accuracy is not, by their verdicts.
func judged(gaps []report.Gap) (by map[string][]report.Gap, n int) {
	by = map[string][]report.Gap{}
	for _, g := range gaps {
		verdict := g.Verdict
		switch {
		case g.Measure == robust.CleanAccuracy().Name:
			continue
		case !g.Size.Defined():
			verdict = unknown
		}
		by[verdict], n = append(by[verdict], g), n+1
	}
	return by, n
}

// headline says in a sentence or two by how many measures there is a gap, how wide it is by the leading one, and which way closes most of that.
func headline(p *report.Page, gaps []report.Gap) string {
	by, n := judged(gaps)
	with, without := p.Ways[p.Supervised].Name, p.Ways[p.Baseline].Name
	of := ""
	if n > 1 {
		of = fmt.Sprintf(" by each of %d measures", n)
	}
	open := by[report.Open]
	switch {
	case n == 0:
		return "Nothing but the clean accuracy was measured, so nothing is known of a gap in robustness."
	case len(by[unknown]) == n:
		return fmt.Sprintf("The gap between %s and %s is not known: %s.", with, without, by[unknown][0].Size.Undefined)
	case len(by[report.Reversed]) == n:
		return fmt.Sprintf("Not defined, reversed%s: %s is right less often than %s, by %s.", of, with, without, points(widest(by[report.Reversed])))
	case len(by[report.None]) == n:
		return fmt.Sprintf("No gap shows between %s and %s%s: the interval of the difference has 0 in it.", with, without, of)
	case len(open) == n:
		g := leading(open)
		return fmt.Sprintf("There is a gap%s: %s is right more often than %s, by %s.%s", of, with, without, points(g), most(p, g))
	}
	var list []string
	for _, v := range []struct{ verdict, format string }{
		{report.Open, "there is a gap by %d"}, {report.Reversed, "it is reversed, so not defined, by %d"}, {report.None, "none shows by %d"}, {unknown, "it is not known by %d"},
	} {
		if k := len(by[v.verdict]); k > 0 {
			list = append(list, fmt.Sprintf(v.format, k))
		}
	}
	text := fmt.Sprintf("It depends on the measure: of %d, %s.", n, joined(list))
	if len(open) > 0 {
		g := leading(open)
		text += fmt.Sprintf(" %s is ahead of %s by %s.%s", strings.ToUpper(with[:1])+with[1:], without, points(g), most(p, g))
	}
	return text
}

// most says which way closes most of a gap. The best of several is better than it would be again: the interval is that of one alone.
func most(p *report.Page, g report.Gap) string {
	best, others := -1, 0
	for i, w := range g.Ways {
		if i == p.Baseline || i == p.Supervised {
			continue
		}
		others++
		if v := w.Closed; v.Defined() && v.Low > 0 && (best < 0 || v.Value > g.Ways[best].Closed.Value) {
			best = i
		}
	}
	switch {
	case others == 0:
		return ""
	case best < 0:
		return " No other way closes a share of it that is clearly above 0."
	}
	v := g.Ways[best].Closed
	return fmt.Sprintf(" Of that, %s closes %s%.0f %% (%.0f to %.0f %%).", p.Ways[best].Name, map[bool]string{true: "most, "}[others > 1], 100*v.Value, 100*v.Low, 100*v.High)
}

// leading is the gap under corruptions, or else the widest one.
func leading(gaps []report.Gap) report.Gap {
	for _, g := range gaps {
		if g.Measure == robust.MPC().Name {
			return g
		}
	}
	return widest(gaps)
}

// widest is the largest gap, either way; the first of equals.
func widest(gaps []report.Gap) report.Gap {
	best := gaps[0]
	for _, g := range gaps[1:] {
		if max(g.Size.Value, -g.Size.Value) > max(best.Size.Value, -best.Size.Value) {
			best = g
		}
	}
	return best
}
