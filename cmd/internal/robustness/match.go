package robustness

import (
	"slices"

	"vidcsl/robust"
	"vidcsl/robust/report"
)

// Match adds to a page its ways at like validation accuracy: m, whose ways are in the order of p, with the gaps of a second page, on which ways are by the
// same names. at may lack ways that are left out, or be nil if there is none. The answer of p is written anew.
func Match(p, at *report.Page, m report.Matched) {
	p.Matched = &m
	if at != nil {
		for _, g := range at.Gaps {
			p.Matched.Gaps = append(p.Matched.Gaps, inOrder(g, at.Ways, p.Ways))
		}
	}
	answer(p)
}

// inOrder returns a gap of some ways as one of others.
func inOrder(g report.Gap, from, to []report.Way) report.Gap {
	list := make([]report.GapOf, len(to))
	for i, w := range to {
		out := robust.Value{Undefined: "the way is left out"}
		list[i] = report.GapOf{Accuracy: out, Closed: out}
		if at := slices.IndexFunc(from, func(o report.Way) bool { return o.Name == w.Name }); at >= 0 {
			list[i] = g.Ways[at]
		}
	}
	g.Ways = list
	return g
}
