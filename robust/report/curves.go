package report

import (
	"cmp"
	"slices"
	"strconv"

	"vidcsl/robust"
)

// severities has a panel for each corruption, by groups, in the order in which the ways have them. All have one scale.
func (p *Page) severities() ([]panels, error) {
	over := axis{"severity", func(v float64) string {
		if v == 0 {
			return "clean"
		}
		return number(v, 0)
	}}
	by, names := map[string][]curve{}, []Corruption{}
	for i, w := range p.Ways {
		for _, c := range w.Corruptions {
			if !slices.ContainsFunc(names, func(n Corruption) bool { return n.Name == c.Name }) {
				names = append(names, c)
			}
			line := curve{way: i}
			if drawable(w.Clean) {
				line.x, line.y = []float64{0}, []robust.Value{w.Clean}
			}
			for k, s := range c.Severities {
				line.x, line.y = append(line.x, float64(s)), append(line.y, c.Accuracy[k])
			}
			by[c.Name] = append(by[c.Name], line)
		}
	}
	high := 0.0
	for _, curves := range by {
		high = max(high, highest(curves))
	}
	var groups []panels
	for _, n := range names {
		made, err := p.panel(title(n.Name), by[n.Name], over, high, 240, 160)
		if err != nil {
			return nil, err
		}
		group := cmp.Or(title(n.Group), "Corruptions")
		g := slices.IndexFunc(groups, func(g panels) bool { return g.Title == group })
		if g < 0 {
			groups, g = append(groups, panels{Title: group}), len(groups)
		}
		groups[g].Panels = append(groups[g].Panels, made)
	}
	return groups, nil
}

// attacks has a panel for each attack and norm, in the order in which the ways have them.
func (p *Page) attacks() ([]panel, error) {
	type attack struct{ name, norm string }
	by, names := map[attack][]curve{}, []attack{}
	for i, w := range p.Ways {
		for _, c := range w.Curves {
			a := attack{c.Attack, c.Norm}
			if !slices.Contains(names, a) {
				names = append(names, a)
			}
			by[a] = append(by[a], curve{way: i, x: c.Epsilons, y: c.Accuracy})
		}
	}
	var list []panel
	for _, a := range names {
		made, err := p.panel(a.name+" "+a.norm, by[a], epsilons(a.norm), highest(by[a]), 340, 230)
		if err != nil {
			return nil, err
		}
		list = append(list, made)
	}
	return list, nil
}

// epsilons is the axis of an attack: for linf in levels of 255, as the field has them, else as they are.
func epsilons(norm string) axis {
	if norm == "linf" {
		return axis{"ε (/255)", func(v float64) string { return strconv.FormatFloat(255*v, 'g', 3, 64) }}
	}
	return axis{"ε in " + norm + ", pixels from 0 to 1", func(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }}
}
