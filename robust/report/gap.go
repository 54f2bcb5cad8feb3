package report

import (
	"fmt"
	"html/template"
	"math"
)

// gapCard is one measure of the gap as the page shows it.
type gapCard struct {
	Measure, Verdict, Badge, Sentence string
	Chart                             template.HTML
	Numbers                           table
}

// badges say a verdict in a word or two.
var badges = map[string]string{Open: "gap open", Reversed: "reversed", None: "no gap shows"}

func (p *Page) gapCards(gaps []Gap) ([]gapCard, error) {
	var cards []gapCard
	for _, g := range gaps {
		card := gapCard{Measure: g.Measure, Verdict: g.Verdict, Badge: badges[g.Verdict], Sentence: p.sentence(g), Numbers: p.gapNumbers(g)}
		label := fmt.Sprintf("Accuracy of each way by %s, with intervals. %s The numbers are in the table that follows.", g.Measure, card.Sentence)
		rows := p.rows(g)
		if len(rows) > 0 {
			chart := gapChart(rows, g.Verdict == Open)
			svg, err := chart.svg(gapWidth, gapRow*float64(len(rows))+24, label)
			if err != nil {
				return nil, err
			}
			card.Chart = svg
		}
		cards = append(cards, card)
	}
	return cards, nil
}

// sentence says how large the gap is, and where nothing can be said of shares of it.
func (p *Page) sentence(g Gap) string {
	if !g.Size.Defined() {
		return "The size of the gap is not defined: " + g.Size.Undefined + "."
	}
	points := func(sign float64) string {
		low, high := g.Size.Low, g.Size.High
		if sign < 0 {
			low, high = high, low
		}
		return fmt.Sprintf("%s\u00a0points [%s,\u00a0%s]", percent(sign*g.Size.Value), percent(sign*low), percent(sign*high))
	}
	switch g.Verdict {
	case Open:
		return fmt.Sprintf("%s is ahead of %s by %s.", p.Ways[p.Supervised].Name, p.Ways[p.Baseline].Name, points(1))
	case Reversed:
		return fmt.Sprintf("%s is ahead of %s by %s: there is nothing to close.", p.Ways[p.Baseline].Name, p.Ways[p.Supervised].Name, points(-1))
	}
	return fmt.Sprintf("%s less %s is %s, which has 0 in it, so no share is given.", p.Ways[p.Supervised].Name, p.Ways[p.Baseline].Name, points(1))
}

// closed says what share of an open gap a way closes; nothing for other gaps and for the two ends.
func (p *Page) closed(g Gap, way int) string {
	switch v := g.Ways[way].Closed; {
	case way == p.Baseline || way == p.Supervised || g.Verdict != Open:
		return ""
	case !v.Defined() || math.IsNaN(v.Value):
		return "not defined"
	default:
		return "closes " + whole(v)
	}
}

func (p *Page) gapNumbers(g Gap) table {
	t := table{Head: []string{"way", "accuracy, % [95 % interval]"}}
	if g.Verdict == Open {
		t.Head = append(t.Head, "of the gap it closes")
	}
	for i, w := range g.Ways {
		row := []string{p.Ways[i].Name, explained(w.Accuracy)}
		switch {
		case g.Verdict != Open:
		case i == p.Baseline:
			row = append(row, "0 %, by definition")
		case i == p.Supervised:
			row = append(row, "100 %, by definition")
		case !w.Closed.Defined():
			row = append(row, explained(w.Closed))
		default:
			row = append(row, whole(w.Closed))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
