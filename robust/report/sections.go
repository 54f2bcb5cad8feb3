package report

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
)

// section is a part of the page.
type section struct {
	ID, Title string
	Body      template.HTML
}

// sections returns the parts that have something in them.
func (p *Page) sections() ([]section, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, err
	}
	var list []section
	for _, s := range []struct {
		id, title string
		content   func() (any, error) // nil: nothing
	}{
		{"ways", "The ways of training", func() (any, error) { return p.overview(keys), nil }},
		{"gap", "The gap", func() (any, error) { return p.gap(keys) }},
		{"matched", "The gap at like validation accuracy", func() (any, error) { return p.matched(keys) }},
		{"corruptions", "Accuracy over severity", func() (any, error) { return p.corrupted(keys) }},
		{"attacks", "Under attack", func() (any, error) { return p.attacked(keys) }},
		{"sphere", "On the sphere", func() (any, error) { return p.sphere(keys) }},
		{"broken", "What broke first", p.broken},
		{"runs", "Configuration and seeds", p.trained},
		{"reproduce", "How to reproduce", p.reproduce},
	} {
		content, err := s.content()
		if err != nil {
			return nil, err
		}
		if content == nil {
			continue
		}
		var b bytes.Buffer
		if err := layout.ExecuteTemplate(&b, s.id, content); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		list = append(list, section{s.id, s.title, template.HTML(b.String())})
	}
	return list, nil
}

// key is a way in a legend.
type key struct {
	Sample     template.HTML
	Name, Role string // baseline or supervised, where the name does not say so
}

func (p *Page) keys() ([]key, error) {
	var keys []key
	for i, w := range p.Ways {
		sample, err := p.sample(i)
		if err != nil {
			return nil, err
		}
		k := key{Sample: sample, Name: w.Name}
		switch i {
		case p.Baseline:
			k.Role = "baseline"
		case p.Supervised:
			k.Role = "supervised"
		}
		if k.Role == k.Name {
			k.Role = ""
		}
		keys = append(keys, k)
	}
	return keys, nil
}

type charts struct {
	Keys   []key
	Groups []panels
	All    bool // ways have bands
}

func (p *Page) corrupted(keys []key) (any, error) {
	groups, err := p.severities()
	if len(groups) == 0 || err != nil {
		return nil, err
	}
	return charts{keys, groups, p.banded()}, nil
}

func (p *Page) attacked(keys []key) (any, error) {
	list, err := p.attacks()
	if len(list) == 0 || err != nil {
		return nil, err
	}
	return charts{keys, []panels{{Panels: list}}, p.banded()}, nil
}

type sphere struct {
	Keys  []key
	Runs  *panel
	Cards []sphereCard
}

func (p *Page) sphere(keys []key) (any, error) {
	runs, err := p.uniformity()
	if err != nil {
		return nil, err
	}
	cards, err := p.sphereCards()
	if runs == nil && len(cards) == 0 || err != nil {
		return nil, err
	}
	return sphere{keys, runs, cards}, nil
}

func (p *Page) broken() (any, error) {
	cards, err := p.brokenCards()
	if len(cards) == 0 || err != nil {
		return nil, err
	}
	return cards, nil
}

// trained is the runs of the page by ways.
type trained struct {
	*Page
	Ways []runsOfWay
}

type runsOfWay struct {
	Way  string
	Runs []Run
}

func (p *Page) trained() (any, error) {
	if len(p.Runs) == 0 {
		return nil, nil
	}
	t := trained{Page: p}
	for _, r := range p.Runs {
		i := slices.IndexFunc(t.Ways, func(w runsOfWay) bool { return w.Way == r.Way })
		if i < 0 {
			i, t.Ways = len(t.Ways), append(t.Ways, runsOfWay{Way: r.Way})
		}
		t.Ways[i].Runs = append(t.Ways[i].Runs, r)
	}
	return t, nil
}

func (p *Page) reproduce() (any, error) {
	if len(p.Reproduce) == 0 {
		return nil, nil
	}
	return p, nil
}
