package report

import (
	"html/template"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"vidcsl/robust"
)

// hues is how many colours of ways page.css has: --hue-0 and so on.
const hues = 7

// look is how a way is drawn, in every chart and legend. Ways differ in colour and in the shape of their marks; from the eighth on, lines are
// dashed and marks hollow. The two ends of the gap are heavier than the others.
type look struct {
	ink    string
	width  vg.Length
	dashes []vg.Length
	shape  shape
	hollow bool
	end    bool // of the gap
}

// shape is a regular polygon: how many corners, and by what share of a turn the first is turned from the right. 0 corners: a circle.
type shape struct {
	corners int
	turn    float64
}

var shapes = [hues]shape{{4, 0.125}, {3, 0.25}, {4, 0}, {3, 0.75}, {3, 0}, {3, 0.5}, {5, 0.25}}

func (p *Page) look(way int) look {
	switch way {
	case p.Supervised:
		return look{ink: "var(--ink)", width: 2.2, end: true}
	case p.Baseline:
		return look{ink: "var(--baseline)", width: 2.2, hollow: true, end: true}
	}
	n := way // among those that are no ends
	for _, end := range []int{p.Supervised, p.Baseline} {
		if end >= 0 && end < way {
			n--
		}
	}
	l := look{ink: "var(--hue-" + strconv.Itoa(n%hues) + ")", width: 1.5, shape: shapes[n%hues]}
	if n/hues%2 == 1 {
		l.dashes, l.hollow = []vg.Length{5, 3}, true
	}
	return l
}

func (l look) add(path *vg.Path, at vg.Point, radius vg.Length) {
	if l.shape.corners == 0 {
		path.Move(vg.Point{X: at.X + radius, Y: at.Y})
		path.Arc(at, radius, 0, 2*math.Pi)
		path.Close()
		return
	}
	radius *= 1.2 // so that a polygon looks as large as a circle
	if l.shape.corners == 3 {
		radius *= 1.15
	}
	for k := range l.shape.corners {
		sin, cos := math.Sincos(2 * math.Pi * (l.shape.turn + float64(k)/float64(l.shape.corners)))
		corner := vg.Point{X: at.X + radius*vg.Length(cos), Y: at.Y + radius*vg.Length(sin)}
		if k == 0 {
			path.Move(corner)
		} else {
			path.Line(corner)
		}
	}
	path.Close()
}

// marks draws the mark of a way at each of some places.
func (c *chart) marks(canvas draw.Canvas, l look, places []vg.Point, radius vg.Length) {
	if len(places) == 0 {
		return
	}
	var path vg.Path
	for _, at := range places {
		l.add(&path, at, radius)
	}
	if l.hollow {
		canvas.SetColor(c.ink("var(--paper)"))
		canvas.Fill(path)
		canvas.SetLineStyle(c.line(l.ink, 1.4))
		canvas.Stroke(path)
		return
	}
	canvas.SetLineStyle(c.line("var(--paper)", 1.4)) // half of it is seen, around the mark
	canvas.Stroke(path)
	canvas.SetColor(c.ink(l.ink))
	canvas.Fill(path)
}

// series is a way's values over something, as a line with marks and, where band is set, a band for the intervals. It is broken where a value is not
// defined.
type series struct {
	chart *chart
	look  look
	x     []float64
	y     []robust.Value
	band  bool
}

// Plot implements [plot.Plotter].
func (s series) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	within := func(v float64) vg.Length { return y(min(max(v, p.Y.Min), p.Y.Max)) }
	for from := 0; from < len(s.x); from++ {
		to := from
		var line, upper, lower []vg.Point
		for ; to < len(s.x) && drawable(s.y[to]); to++ {
			line = append(line, vg.Point{X: x(s.x[to]), Y: within(s.y[to].Value)})
			upper = append(upper, vg.Point{X: x(s.x[to]), Y: within(s.y[to].High)})
			lower = append(lower, vg.Point{X: x(s.x[to]), Y: within(s.y[to].Low)})
		}
		if len(line) > 0 {
			s.stretch(canvas, line, upper, lower)
		}
		from = to
	}
}

// stretch draws one unbroken stretch.
func (s series) stretch(canvas draw.Canvas, line, upper, lower []vg.Point) {
	switch {
	case s.band && len(line) == 1:
		canvas.StrokeLines(s.chart.line(s.look.ink, 1), []vg.Point{lower[0], upper[0]})
	case s.band:
		around := append([]vg.Point(nil), upper...)
		for i := range lower {
			around = append(around, lower[len(lower)-1-i])
		}
		canvas.FillPolygon(s.chart.ink(s.look.ink+";fill-opacity:.13"), around)
	}
	canvas.StrokeLines(s.chart.line(s.look.ink, s.look.width, s.look.dashes...), line)
	s.chart.marks(canvas, s.look, line, vg.Length(1.1+0.75*float64(s.look.width)))
}

// drawable reports whether a value has a place in a chart: it is defined and finite, and its interval is one.
func drawable(v robust.Value) bool {
	return v.Defined() && !math.IsNaN(v.Value) && !math.IsInf(v.Value, 0) && !math.IsNaN(v.Low) && !math.IsNaN(v.High)
}

// sample returns a piece of a way's line, for legends.
func (p *Page) sample(way int) (template.HTML, error) {
	c := newChart()
	c.class, c.edge = "key", 0
	c.plot.HideAxes()
	c.plot.X.Padding, c.plot.Y.Padding = 0, 0
	c.plot.Add(sample{c, p.look(way)})
	svg, err := c.svg(34, 14, "")
	return template.HTML(strings.Replace(string(svg), `role="img" aria-label=""`, `aria-hidden="true"`, 1)), err
}

type sample struct {
	chart *chart
	look  look
}

// Plot implements [plot.Plotter].
func (s sample) Plot(canvas draw.Canvas, _ *plot.Plot) {
	middle := canvas.Center()
	canvas.StrokeLine2(s.chart.line(s.look.ink, s.look.width, s.look.dashes...), canvas.Min.X+1, middle.Y, canvas.Max.X-1, middle.Y)
	s.chart.marks(canvas, s.look, []vg.Point{middle}, 3.2)
}

// banded reports whether all ways have bands for their intervals in a chart of curves. Of more than 6 ways only the ends of the gap have, or nothing
// could be told apart.
func (p *Page) banded() bool { return len(p.Ways) <= 6 }
