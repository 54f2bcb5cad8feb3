package report

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// uniformity places each run by alignment and uniformity; nil where no run has both.
func (p *Page) uniformity() (*panel, error) {
	c := newChart()
	t := table{Head: []string{"way", "run", "alignment", "uniformity"}}
	var all plotter.XYs
	var ways []runsOf
	for i, w := range p.Ways {
		r := runsOf{chart: c, look: p.look(i)}
		for k := range min(len(w.Alignment), len(w.Uniformity)) {
			a, u := w.Alignment[k], w.Uniformity[k]
			t.Rows = append(t.Rows, []string{w.Name, fmt.Sprint(k + 1), number(a, 3), number(u, 3)})
			if finite(a, u) {
				r.at, all = append(r.at, plotter.XY{X: u, Y: a}), append(all, plotter.XY{X: u, Y: a})
			}
		}
		ways = append(ways, r)
	}
	if len(all) == 0 {
		return nil, nil
	}
	grid := plotter.NewGrid()
	grid.Vertical, grid.Horizontal = c.line("var(--rule)", 0.7), c.line("var(--rule)", 0.7)
	c.plot.Add(grid)
	for i := range ways {
		c.plot.Add(ways[len(ways)-1-i])
	}
	left, right, bottom, top := plotter.XYRange(all)
	scale(&c.plot.X, left, right)
	scale(&c.plot.Y, bottom, top)
	c.plot.X.Label.Text, c.plot.Y.Label.Text = "uniformity, lower is better", "alignment, lower is better"
	svg, err := c.svg(400, 300, "Alignment over uniformity, a mark for each run. The numbers are in the table that follows.")
	return &panel{Title: "Alignment and uniformity", Chart: svg, Numbers: t}, err
}

// scale gives an axis a range with some margin, and ticks.
func scale(a *plot.Axis, low, high float64) {
	margin := max((high-low)*0.08, 0.01)
	a.Min, a.Max = low-margin, high+margin
	step := round((a.Max - a.Min) / 5)
	places := decimals(step)
	a.Tick.Marker = ticks(a.Min, a.Max, step, func(v float64) string { return number(v, places) })
}

// runsOf is the runs of a way as marks.
type runsOf struct {
	chart *chart
	look  look
	at    plotter.XYs
}

// Plot implements [plot.Plotter].
func (r runsOf) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	var places []vg.Point
	for _, q := range r.at {
		places = append(places, vg.Point{X: x(q.X), Y: y(q.Y)})
	}
	r.chart.marks(canvas, r.look, places, 4)
}
