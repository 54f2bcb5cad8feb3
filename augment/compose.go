package augment

import (
	"errors"
	"fmt"

	"vidcsl/pipeline/config"
)

// Compose applies transforms one after the other.
func Compose(ts ...Transform) Transform { return &group{kind: "compose", list: ts} }

// OneOf applies one of the transforms, each with the same probability.
func OneOf(ts ...Transform) Transform { return &group{kind: "one_of", list: ts} }

// Sometimes applies the transforms, one after the other, with probability p, and otherwise none of them.
func Sometimes(p float64, ts ...Transform) Transform {
	return &group{kind: "sometimes", p: p, list: ts}
}

// group is a combinator: its choice is drawn for the whole view, as everything is.
type group struct {
	kind string
	p    float64
	list []Transform
}

func (g *group) Name() string { return g.kind }
func (g *group) Config() any  { return g.p }

func (g *group) walk(visit func(Transform)) {
	visit(g)
	for _, t := range g.list {
		t.walk(visit)
	}
}

// shared reports whether the views of a sample share the choice: they must, where a transform draws for them together.
func (g *group) shared() bool {
	shared := false
	g.walk(func(t Transform) {
		if l, ok := t.(interface{ joint() bool }); ok && l.joint() {
			shared = true
		}
	})
	return shared
}

func (g *group) check(path string) error {
	var errs []error
	if g.kind == "sometimes" && !(g.p >= 0 && g.p <= 1) {
		errs = append(errs, &config.Error{Path: path + ".p", Value: fmt.Sprint(g.p), Want: "a number from 0 to 1"})
	}
	if g.kind == "sometimes" {
		path += ".apply"
	}
	if len(g.list) == 0 {
		errs = append(errs, &config.Error{Path: path, Value: "empty", Want: "at least one transform"})
	}
	for i, t := range g.list {
		errs = append(errs, checkStep(fmt.Sprintf("%s[%d]", path, i), t))
	}
	return errors.Join(errs...)
}

// checkStep checks one element of a list of transforms.
func checkStep(path string, t Transform) error {
	if t == nil {
		return &config.Error{Path: path, Value: "nil", Want: "a transform"}
	}
	return t.check(path + "." + t.Name())
}

func (g *group) draw(d *Draft) error {
	list := g.list
	switch g.kind {
	case "one_of":
		i := d.rand(g.kind, g.shared()).IntN(len(list))
		list = list[i : i+1]
	case "sometimes":
		// the draw of the group carries the name of its first member, so that another group put before it changes nothing
		if d.rand("sometimes "+list[0].Name(), g.shared()).Float64() >= g.p {
			return nil
		}
	}
	for _, t := range list {
		if err := t.draw(d); err != nil {
			return err
		}
	}
	return nil
}
