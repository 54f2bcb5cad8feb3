package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sphereCard is the embeddings of one run as the page shows them.
type sphereCard struct {
	Way, Run, About string
	Pictures        []panel
	Removed         string // a sentence on the pairs; "" where there are none
	Drawn           bool   // pairs are
}

// grouping is what points are coloured by.
type grouping struct {
	title string
	of    func(q Point) int32
	name  func(group int32) string
}

func (p *Page) sphereCards() ([]sphereCard, error) {
	var cards []sphereCard
	for _, s := range p.Spheres {
		card := sphereCard{Way: s.Way, Run: s.Run, About: s.About, Removed: s.removed(), Drawn: len(s.Pairs) > 0}
		for i, g := range s.groupings() {
			var pairs []Pair
			if i == 0 {
				pairs = s.Pairs
			}
			picture, err := s.picture(g, pairs)
			if err != nil {
				return nil, err
			}
			card.Pictures = append(card.Pictures, picture)
		}
		cards = append(cards, card)
	}
	return cards, nil
}

// groupings returns what there is to colour the points by: clusters, classes.
func (s Sphere) groupings() []grouping {
	var list []grouping
	if s.Clusters > 0 {
		list = append(list, grouping{"Coloured by " + count(s.Clusters, "cluster"), func(q Point) int32 { return q.Cluster }, func(g int32) string { return fmt.Sprint(g) }})
	}
	labelled := false
	for _, q := range s.Points {
		labelled = labelled || q.Label >= 0
	}
	if labelled || s.Clusters == 0 {
		list = append(list, grouping{"Coloured by class", func(q Point) int32 { return q.Label }, func(g int32) string {
			if int(g) < len(s.Classes) {
				return s.Classes[g]
			}
			return fmt.Sprint(g)
		}})
	}
	return list
}

func (s Sphere) removed() string {
	if s.Removed == 0 {
		return ""
	}
	return fmt.Sprintf("%s taken for false negatives and removed: %s %% of them truly were, being of one class. Of all pairs, %s %% are.",
		count(s.Removed, "pair"), percent(s.Right), percent(s.Base))
}

func (s Sphere) picture(g grouping, pairs []Pair) (panel, error) {
	const side = 340
	c := newChart()
	c.class = "dots"
	c.plot.HideAxes()
	c.plot.X.Padding, c.plot.Y.Padding = 0, 0
	square(c.plot, s.Points)
	c.plot.Add(cloud{c, s.Points, g, pairs})
	label := fmt.Sprintf("%s of %s, %s, in two dimensions. %s.", count(len(s.Points), "embedding"), s.Way, s.Run, g.title)
	if len(pairs) > 0 {
		label += " " + s.removed()
	}
	svg, err := c.svg(side, side, label)
	return panel{Title: g.title, Chart: svg, Numbers: s.sizes(g)}, err
}

// sizes counts the points of each group.
func (s Sphere) sizes(g grouping) table {
	sizes, last := map[int32]int{}, int32(-1)
	for _, q := range s.Points {
		group := max(g.of(q), -1)
		sizes[group]++
		last = max(last, group)
	}
	t := table{Head: []string{"group", "points"}}
	for group := range last + 1 {
		t.Rows = append(t.Rows, []string{g.name(group), fmt.Sprint(sizes[group])})
	}
	if sizes[-1] > 0 {
		t.Rows = append(t.Rows, []string{"none, or not known", fmt.Sprint(sizes[-1])})
	}
	return t
}

// square gives both axes one scale that has all points in it.
func square(p *plot.Plot, points []Point) {
	low, high := Point{X: math.Inf(1), Y: math.Inf(1)}, Point{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, q := range points {
		if finite(q.X, q.Y) {
			low.X, low.Y = min(low.X, q.X), min(low.Y, q.Y)
			high.X, high.Y = max(high.X, q.X), max(high.Y, q.Y)
		}
	}
	if low.X > high.X {
		low, high = Point{}, Point{}
	}
	half := max(high.X-low.X, high.Y-low.Y, 1e-9) / 2 * 1.04
	p.X.Min, p.X.Max = (low.X+high.X)/2-half, (low.X+high.X)/2+half
	p.Y.Min, p.Y.Max = (low.Y+high.Y)/2-half, (low.Y+high.Y)/2+half
}

func finite(list ...float64) bool {
	for _, v := range list {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// cloud is points, coloured by group, and pairs of them.
type cloud struct {
	chart  *chart
	points []Point
	group  grouping
	pairs  []Pair
}

// Plot implements [plot.Plotter]. A point is a line of no length with round ends: so the points of a colour are one path.
func (d cloud) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	at := func(q Point) vg.Point { return vg.Point{X: x(q.X), Y: y(q.Y)} }
	paths := make([]vg.Path, hues+1) // the last: of no group
	for _, q := range d.points {
		if !finite(q.X, q.Y) {
			continue
		}
		hue := int32(hues)
		if g := d.group.of(q); g >= 0 {
			hue = g % hues
		}
		paths[hue].Move(at(q))
		paths[hue].Line(at(q))
	}
	size := vg.Length(min(max(130/math.Sqrt(float64(len(d.points)+1)), 3), 8))
	stroke := func(path vg.Path, style draw.LineStyle) {
		if len(path) > 0 {
			canvas.SetLineStyle(style)
			canvas.Stroke(path)
		}
	}
	stroke(paths[hues], d.chart.line("var(--none)", size))
	for h := range hues {
		stroke(paths[h], d.chart.line(fmt.Sprintf("var(--hue-%d);stroke-opacity:var(--dots)", h), size))
	}
	var lines [2]vg.Path
	for _, pair := range d.pairs {
		a, b := d.points[pair.A], d.points[pair.B]
		if !finite(a.X, a.Y, b.X, b.Y) {
			continue
		}
		path := &lines[0]
		if pair.Right {
			path = &lines[1]
		}
		path.Move(at(a))
		path.Line(at(b))
	}
	stroke(lines[0], d.chart.line("var(--wrong)", 1.1, 2.5, 3))
	stroke(lines[1], d.chart.line("var(--right)", 0.9))
}
