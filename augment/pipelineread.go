package augment

import (
	"errors"
	"slices"
	"strings"

	"vidcsl/pipeline/config"
)

// DecodeConfig implements config.Decoder, with the transforms of [Default].
func (p *Pipeline) DecodeConfig(n *config.Node) (err error) {
	*p, err = Default().ReadPipeline(n)
	return err
}

// CheckConfig implements config.Checker.
func (p *Pipeline) CheckConfig() error { return p.check("") }

// ReadPipeline reads a pipeline as it stands in a configuration: a list whose elements are a transform's name, or a map of one
// name to its settings. compose and one_of hold a list; sometimes holds p and apply, a list; recipe holds a recipe's name and
// stands for its transforms, together one choice of a one_of. Errors name the place, the value and what is wanted.
func (r *Registry) ReadPipeline(n *config.Node) (Pipeline, error) {
	list, err := r.readList(n, false)
	return Pipeline{list}, err
}

// readList reads a list of steps. With choices, each step is one element of the result.
func (r *Registry) readList(n *config.Node, choices bool) ([]Transform, error) {
	if n.Kind() != config.KindList {
		return nil, n.Want("a list of transforms")
	}
	var list []Transform
	var errs []error
	for _, item := range n.Items() {
		ts, err := r.readStep(item)
		switch {
		case err == nil && choices && len(ts) == 0:
			err = item.Want("something to choose; sometimes applies a list or nothing")
		case choices && len(ts) > 1:
			ts = []Transform{Compose(ts...)}
		}
		list, errs = append(list, ts...), append(errs, err)
	}
	return list, errors.Join(errs...)
}

// readMembers reads the list of a group, which must not be empty.
func (r *Registry) readMembers(n *config.Node, choices bool) ([]Transform, error) {
	list, err := r.readList(n, choices)
	if err == nil && len(list) == 0 {
		err = n.Want("at least one transform")
	}
	return list, err
}

// readStep reads one element of a list. Only a recipe gives another number of transforms than one.
func (r *Registry) readStep(n *config.Node) ([]Transform, error) {
	name, settings, single := n.Only()
	switch {
	case n.IsText():
		return r.readName(n)
	case !single:
		return nil, notOne(n)
	}
	switch name {
	case "compose", "one_of":
		list, err := r.readMembers(settings, name == "one_of")
		return []Transform{&group{kind: name, list: list}}, err
	case "sometimes":
		g, err := r.readSometimes(settings)
		return []Transform{g}, err
	case "recipe":
		return readRecipe(settings)
	}
	s, err := r.lookup(name)
	if err != nil {
		return nil, r.unknown(n, name)
	}
	switch settings.Kind() {
	case config.KindNull: // "- reverse:" with nothing under it
		settings = nil
	case config.KindMap:
	default:
		return nil, settings.Want("a map of " + settingsOf(s))
	}
	t, err := s.with(settings)
	return []Transform{t}, err
}

// readName reads an element that is a name alone.
func (r *Registry) readName(n *config.Node) ([]Transform, error) {
	switch name := n.Text(); name {
	case "compose", "one_of":
		return nil, n.Want("a list of transforms under it")
	case "sometimes":
		return nil, n.Want("p and apply, a list of transforms, under it")
	case "recipe":
		return nil, n.Want("a recipe's name after it: recipe: mocov2")
	default:
		s, err := r.lookup(name)
		if err != nil {
			return nil, r.unknown(n, name)
		}
		t, err := s.with(nil)
		return []Transform{t}, err
	}
}

// unknown is the error for a name of which nothing is called. There are too many names to list them.
func (r *Registry) unknown(n *config.Node, name string) error {
	text, err := config.FromValue("", name)
	if err != nil {
		return err
	}
	e := n.Want("a name that vidcsl stages lists" + config.DidYouMean(name, append(r.Names(), "compose", "one_of", "sometimes", "recipe")))
	e.Value = text.Want("").Value
	return e
}

// notOne is the error for an element that is no single name.
func notOne(n *config.Node) error {
	e := n.Want("a transform's name, or one name with its settings")
	var names []string
	for name := range n.Entries() {
		names = append(names, name)
	}
	if len(names) > 1 {
		e.Value = "a map of " + strings.Join(names, ", ")
		e.Want = "one name: each transform has a dash of its own, and its settings are indented below its name"
	}
	return e
}

// settingsOf lists what can be set: "its settings: p, size".
func settingsOf(s entry) string {
	var names []string
	for _, f := range config.Fields(s.info().Default) {
		names = append(names, f.Name)
	}
	return "its settings: " + strings.Join(names, ", ")
}

// sometimesConfig is what stands under sometimes.
type sometimesConfig struct {
	P     float64 `yaml:"p" legal:"0..1" doc:"probability that the transforms are applied"`
	Apply members `yaml:"apply" doc:"transforms, applied one after the other"`
}

// members is a list of transforms within a configuration.
type members struct {
	r    *Registry
	list []Transform
}

// DecodeConfig implements config.Decoder.
func (m *members) DecodeConfig(n *config.Node) (err error) {
	m.list, err = m.r.readMembers(n, false)
	return err
}

func (r *Registry) readSometimes(settings *config.Node) (Transform, error) {
	if settings.Kind() != config.KindMap {
		return nil, settings.Want("a map of p and apply, a list of transforms")
	}
	c := sometimesConfig{P: 0.5, Apply: members{r: r}}
	err := config.Decode(settings, &c)
	if settings.Get("apply") == nil {
		e := settings.Want("a list of transforms")
		e.Path, e.Value = e.Path+".apply", "missing"
		err = errors.Join(e, err)
	}
	return &group{kind: "sometimes", p: c.P, list: c.Apply.list}, err
}

func readRecipe(n *config.Node) ([]Transform, error) {
	switch {
	case !n.IsText():
		return nil, n.Want("a recipe's name: " + strings.Join(Recipes(), ", "))
	case !slices.Contains(Recipes(), n.Text()):
		return nil, n.Unknown(Recipes())
	}
	p, err := Recipe(n.Text())
	return p.list, err
}
