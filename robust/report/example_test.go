package report_test

import (
	"bytes"
	"fmt"
	"log"
	"strings"

	"vidcsl/robust"
	"vidcsl/robust/report"
)

// A page on three ways of training, one of which closes a part of the gap between the other two.
func Example() {
	accuracy := func(v float64) robust.Value { return robust.Value{Value: v, Low: v - 0.03, High: v + 0.03} }
	page := &report.Page{
		Title:      "Do false negatives cost robustness?",
		Answer:     "Under PGD supervised is ahead by 20 points; removing clusters closes 40 % of that.",
		Ways:       []report.Way{{Name: "supervised"}, {Name: "csl"}, {Name: "cluster"}},
		Supervised: 0,
		Baseline:   1,
		Gaps: []report.Gap{{
			Measure: "pgd linf 2/255",
			Size:    accuracy(0.2),
			Verdict: report.Open,
			Ways: []report.GapOf{
				{Accuracy: accuracy(0.5)},
				{Accuracy: accuracy(0.3)},
				{Accuracy: accuracy(0.38), Closed: robust.Value{Value: 0.4, Low: 0.2, High: 0.66}},
			},
		}},
	}
	var html bytes.Buffer
	if err := page.Write(&html); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Count(html.String(), "<svg class=\"key\""), "ways in legends,", strings.Count(html.String(), `role="img"`), "chart")
	fmt.Println(strings.Contains(html.String(), "supervised is ahead of csl by 20.0\u00a0points [17.0,\u00a023.0]."))
	// Output:
	// 6 ways in legends, 1 chart
	// true
}
