package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vidcsl/robust"
)

const (
	gapWidth = 340.0
	gapRow   = 38.0
)

// gapLine is one way in the chart of a gap.
type gapLine struct {
	name, closed string
	look         look
	accuracy     robust.Value
}

// rows returns the ways that have an accuracy to show: supervised first, the baseline last, the others between them in their order.
func (p *Page) rows(g Gap) []gapLine {
	var order []int
	for i := range g.Ways {
		if i != p.Baseline && i != p.Supervised {
			order = append(order, i)
		}
	}
	order = append(append([]int{p.Supervised}, order...), p.Baseline)
	var rows []gapLine
	for _, i := range order {
		if drawable(g.Ways[i].Accuracy) {
			rows = append(rows, gapLine{p.Ways[i].Name, p.closed(g, i), p.look(i), g.Ways[i].Accuracy})
		}
	}
	return rows
}

// gapChart is a dot plot: a row for each way, its name and the share it closes above a line for its interval.
func gapChart(rows []gapLine, open bool) *chart {
	c := newChart()
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		low, high = min(low, max(r.accuracy.Low, 0)), max(high, min(r.accuracy.High, 1))
		low, high = min(low, r.accuracy.Value), max(high, r.accuracy.Value)
	}
	margin := max((high-low)*0.06, 0.005)
	x := &c.plot.X
	x.Min, x.Max = low-margin, high+margin
	x.Tick.Marker = percentTicks(max(x.Min, 0), min(x.Max, 1), round((x.Max-x.Min)/4)) // no accuracy lies beyond
	c.plot.HideY()
	c.plot.Y.Min, c.plot.Y.Max, c.plot.Y.Padding = 0, float64(len(rows)), 0
	c.plot.Add(dots{c, rows, open})
	return c
}

// percentTicks returns ticks for shares from low to high, as percentages.
func percentTicks(low, high, step float64) plot.ConstantTicks {
	places := decimals(100 * step)
	list := ticks(low, high, step, func(v float64) string { return number(100*v, places) })
	if len(list) > 0 {
		list[len(list)-1].Label += "\u00a0%"
	}
	return list
}

// dots are the rows of the chart of a gap.
type dots struct {
	chart *chart
	rows  []gapLine
	open  bool
}

// Plot implements [plot.Plotter].
func (d dots) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	within := func(v float64) vg.Length { return x(min(max(v, p.X.Min), p.X.Max)) }
	for i, r := range d.rows {
		top := y(float64(len(d.rows) - i))
		d.names(canvas, r, top-13)
		middle := top - 27
		d.track(canvas, p, middle-7, middle+7)
		canvas.StrokeLine2(d.chart.line(r.look.ink, r.look.width), within(r.accuracy.Low), middle, within(r.accuracy.High), middle)
		d.chart.marks(canvas, r.look, []vg.Point{{X: x(r.accuracy.Value), Y: middle}}, 3.6)
	}
}

// names writes what stands above the line of a row.
func (d dots) names(canvas draw.Canvas, r gapLine, at vg.Length) {
	left, right := d.chart.text("var(--ink)", 12.5), d.chart.text("var(--muted);text-anchor:end", 12.5)
	if r.look.end {
		left = bold(left)
	}
	canvas.FillText(left, vg.Point{X: canvas.Min.X, Y: at}, fit(left, r.name, canvas.Size().X-wider*right.Width(r.closed)-8))
	if r.closed != "" {
		canvas.FillText(right, vg.Point{X: canvas.Max.X, Y: at}, r.closed)
	}
}

// track draws what lies behind the line of a row: ticks, and the gap from the baseline to supervised where it is open.
func (d dots) track(canvas draw.Canvas, p *plot.Plot, bottom, top vg.Length) {
	x, _ := p.Transforms(&canvas)
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		canvas.StrokeLine2(d.chart.line("var(--rule)", 0.8), x(t.Value), bottom, x(t.Value), top)
	}
	first, last := d.rows[0], d.rows[len(d.rows)-1]
	if !first.look.end || !last.look.end || len(d.rows) < 2 {
		return
	}
	a, b := x(first.accuracy.Value), x(last.accuracy.Value)
	if d.open {
		canvas.FillPolygon(d.chart.ink("var(--band)"), []vg.Point{{X: a, Y: bottom}, {X: a, Y: top}, {X: b, Y: top}, {X: b, Y: bottom}})
	}
	canvas.StrokeLine2(d.chart.line(first.look.ink, 1, 2, 2), a, bottom, a, top)
	canvas.StrokeLine2(d.chart.line(last.look.ink, 1, 2, 2), b, bottom, b, top)
}
