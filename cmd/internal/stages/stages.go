// Package stages describes what the pipelines of a configuration are made of: transforms, groups of them, and recipes.
package stages

import (
	"encoding/json"
	"fmt"
	"slices"

	"vidcsl/augment"
	"vidcsl/pipeline/config"
)

// Line is one line of the list.
type Line struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"` // plan, color or pixels; group; recipe
	Summary string `json:"summary"`
}

// Catalog is all there is.
type Catalog struct {
	Transforms []Line `json:"transforms"`
	Groups     []Line `json:"groups"`
	Recipes    []Line `json:"recipes"`
}

// Entry is one of them.
type Entry struct {
	Line
	Doc      string    `json:"doc"`
	Sizes    bool      `json:"sizes"` // sets the size of the view
	Joint    bool      `json:"joint"` // drawn once for all views
	Settings []Setting `json:"settings"`
	Drawn    []string  `json:"drawn"`   // names in the plan
	Example  string    `json:"example"` // YAML

	Pipeline augment.Pipeline `json:"-"` // of the example
	Views    int              `json:"-"` // that show what it does
}

// Setting is one key under a transform's name.
type Setting struct {
	Name    string          `json:"name"`
	Type    string          `json:"type"`
	Legal   string          `json:"legal,omitempty"`   // where not all values of the type are
	Default json.RawMessage `json:"default,omitempty"` // without it, the key is needed
	Doc     string          `json:"doc"`
}

// settings are the fields of a configuration, with their values as the defaults.
func settings(c any) []Setting {
	var out []Setting
	for _, f := range config.Fields(c) {
		s := Setting{Name: f.Name, Type: f.Type, Legal: f.Legal, Default: json.RawMessage(f.Default), Doc: f.Doc}
		if !json.Valid(s.Default) {
			s.Default, _ = json.Marshal(f.Default) // text: cannot fail
		}
		out = append(out, s)
	}
	return out
}

// groups are the words of a pipeline that are no transforms.
var groups = []struct {
	Line
	doc, example string
	settings     []Setting
}{
	{
		Line:    Line{"compose", "group", "apply transforms one after the other"},
		doc:     "Holds a list. At the top of a pipeline it changes nothing; within one_of it makes several transforms one choice.",
		example: "augment:\n  - compose:\n      - color_jitter\n      - gaussian_blur\n",
	},
	{
		Line:    Line{"one_of", "group", "apply one of several transforms"},
		doc:     "Holds a list. One member is drawn for each view, each with the same probability.",
		example: "augment:\n  - one_of:\n      - gaussian_blur: {sigma: [1, 3]}\n      - rotate: {degrees: [-20, 20]}\n      - compose: [color_jitter, cutout]\n",
	},
	{
		Line:    Line{"sometimes", "group", "apply transforms with a probability"},
		doc:     "All of the list, one after the other, with probability p, else none of it.",
		example: "augment:\n  - sometimes:\n      p: 0.8\n      apply:\n        - color_jitter: {brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1}\n",
		settings: []Setting{
			{"p", "number", "from 0 to 1", json.RawMessage("0.5"), "probability that the transforms are applied"},
			{"apply", "list of transforms", "at least one", nil, "transforms, applied one after the other"},
		},
	},
	{
		Line:    Line{"recipe", "group", "the transforms of a recipe, in its place"},
		doc:     "Holds the name of a recipe. Others can stand before and after it.",
		example: "augment:\n  - recipe: mocov2\n  - random_erasing: {p: 0.25}\n",
	},
}

// List lists everything.
func List() *Catalog {
	c := &Catalog{}
	for _, name := range augment.Default().Names() {
		if i, err := augment.Default().Info(name); err == nil {
			c.Transforms = append(c.Transforms, Line{name, i.Kind, i.Summary})
		}
	}
	for _, g := range groups {
		c.Groups = append(c.Groups, g.Line)
	}
	for _, name := range augment.Recipes() {
		c.Recipes = append(c.Recipes, Line{name, "recipe", augment.RecipeDoc(name)})
	}
	return c
}

// Find describes the transform, group or recipe of that name. The error says which names are near.
func Find(name string) (*Entry, error) {
	var known []string
	c := List()
	for _, l := range slices.Concat(c.Transforms, c.Groups, c.Recipes) {
		known = append(known, l.Name)
		if l.Name == name {
			return describe(l)
		}
	}
	n, err := config.FromValue("NAME", name)
	if err != nil {
		return nil, err
	}
	return nil, n.Want("a name that vidcsl stages lists" + config.DidYouMean(name, known))
}

func describe(l Line) (e *Entry, err error) {
	e = &Entry{Line: l, Views: 1}
	switch l.Kind {
	case "recipe":
		e.Views = 2
		if e.Pipeline, err = augment.Recipe(l.Name); err == nil {
			e.Example, err = yaml(e.Pipeline)
		}
		return e, err
	case "group":
		for _, g := range groups {
			if g.Name == l.Name {
				e.Doc, e.Example, e.Settings = g.doc, g.example, g.settings
			}
		}
		e.Pipeline, err = parse(e.Example)
		return e, err
	}
	return e, e.transform()
}

func (e *Entry) transform() error {
	r := augment.Default()
	i, err := r.Info(e.Name)
	if err != nil {
		return err
	}
	e.Doc, e.Sizes, e.Joint, e.Drawn, e.Settings = i.Doc, i.Sizes, i.Joint, i.Params, settings(i.Default)
	if i.Joint {
		e.Views = 2
	}
	t, err := r.New(e.Name, nil)
	if err != nil {
		return err
	}
	list := []augment.Transform{t}
	if e.Name == augment.Resize.Name { // its views are squares only with a crop after it
		list = append(list, augment.CenterCrop.With(augment.CenterCrop.Default))
	}
	if e.Pipeline, err = augment.NewPipeline(list...); err == nil {
		e.Example, err = yaml(e.Pipeline)
	}
	return err
}

// document is the part of a configuration that holds the pipeline.
type document struct {
	Augment augment.Pipeline `yaml:"augment"`
}

func yaml(p augment.Pipeline) (string, error) {
	text, err := config.Marshal(&document{p})
	return string(text), err
}

func parse(text string) (augment.Pipeline, error) {
	n, err := config.Parse("example", []byte(text))
	if err != nil {
		return augment.Pipeline{}, err
	}
	var d document
	if err := config.Decode(n, &d); err != nil {
		return augment.Pipeline{}, fmt.Errorf("stages: %w", err)
	}
	return d.Augment, nil
}
