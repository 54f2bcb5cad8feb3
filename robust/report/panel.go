package report

import (
	"fmt"
	"html/template"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"vidcsl/robust"
)

// panel is one small chart.
type panel struct {
	Title   string
	Chart   template.HTML
	Numbers table
}

// panels is charts that belong together, under a heading.
type panels struct {
	Title  string
	Panels []panel
}

// curve is a way in a panel.
type curve struct {
	way int
	x   []float64
	y   []robust.Value
}

// axis is what the curves of a panel are over: its name, and a word for each place on it.
type axis struct {
	name  string
	label func(v float64) string
}

// highest returns the top of the scale for curves.
func highest(curves []curve) float64 {
	high := 0.0
	for _, c := range curves {
		for _, v := range c.y {
			if drawable(v) {
				high = max(high, v.Value, min(v.High, 1))
			}
		}
	}
	return high
}

// panel draws curves from 0 to high.
func (p *Page) panel(name string, curves []curve, over axis, high, width, height float64) (panel, error) {
	c := newChart()
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal = nil, c.line("var(--rule)", 0.7)
	c.plot.Add(grid)
	y := &c.plot.Y
	step := round(max(high, 0.01) / 4)
	y.Min, y.Max = 0, step
	for y.Max < high-1e-9 {
		y.Max += step
	}
	y.Tick.Marker = percentTicks(0, y.Max, step)
	places := places(curves)
	x := &c.plot.X
	x.Label.Text, x.Label.Padding = over.name, 1
	if len(places) > 0 {
		x.Min, x.Max = places[0], places[len(places)-1]
		x.Tick.Marker = apart(c, places, over, width-50)
	}
	last := func(l look) int {
		if l.end {
			return 1
		}
		return 0
	}
	drawn := slices.Clone(curves)
	slices.SortStableFunc(drawn, func(a, b curve) int { return last(p.look(a.way)) - last(p.look(b.way)) })
	for _, one := range drawn {
		l := p.look(one.way)
		if !l.end && !p.banded() {
			l.width = 1.1
		}
		c.plot.Add(series{chart: c, look: l, x: one.x, y: one.y, band: l.end || p.banded()})
	}
	x.Padding, y.Padding = 6, 6
	label := fmt.Sprintf("Accuracy over %s under %s, a line for each way. The numbers are in the table that follows.", over.name, name)
	svg, err := c.svg(width, height, label)
	return panel{name, svg, p.curveNumbers(curves, places, over)}, err
}

// places returns where the curves have values, rising.
func places(curves []curve) []float64 {
	var list []float64
	for _, c := range curves {
		list = append(list, c.x...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// apart returns ticks at the places, those alone that leave room for each other's labels, and the last in any case.
func apart(c *chart, places []float64, over axis, width float64) plot.ConstantTicks {
	style := c.plot.X.Tick.Label
	span := places[len(places)-1] - places[0]
	room := func(a, b float64) bool {
		need := (style.Width(over.label(a))+style.Width(over.label(b)))/2 + 5
		return span > 0 && (b-a)/span*width >= float64(need)
	}
	list := plot.ConstantTicks{{Value: places[0], Label: over.label(places[0])}}
	end := places[len(places)-1]
	for _, v := range places[1:] {
		if room(list[len(list)-1].Value, v) && (v == end || room(v, end)) {
			list = append(list, plot.Tick{Value: v, Label: over.label(v)})
		}
	}
	return list
}

func (p *Page) curveNumbers(curves []curve, places []float64, over axis) table {
	t := table{Head: []string{over.name}}
	for _, v := range places {
		t.Head = append(t.Head, over.label(v))
	}
	for _, c := range curves {
		row := []string{p.Ways[c.way].Name}
		for _, v := range places {
			cell := "–"
			if i := slices.Index(c.x, v); i >= 0 {
				cell = interval(c.y[i])
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
