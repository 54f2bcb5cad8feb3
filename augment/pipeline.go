package augment

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"

	"vidcsl/decode/clip"
	"vidcsl/pipeline/config"
)

// Pipeline is the transforms that every view of a sample goes through, checked. The zero value has none. It is read-only and
// safe for concurrent use.
type Pipeline struct{ list []Transform }

// NewPipeline returns the pipeline of these transforms, or every error of their configurations.
func NewPipeline(ts ...Transform) (Pipeline, error) {
	p := Pipeline{ts}
	if err := p.check("augment"); err != nil {
		return Pipeline{}, err
	}
	return p, nil
}

func (p Pipeline) check(path string) error {
	var errs []error
	for i, t := range p.list {
		errs = append(errs, checkStep(fmt.Sprintf("%s[%d]", path, i), t))
	}
	return errors.Join(errs...)
}

// Transforms calls visit for every transform, also those within groups, in order.
func (p Pipeline) Transforms(visit func(Transform)) {
	for _, t := range p.list {
		t.walk(visit)
	}
}

// Len returns the number of transforms at the top.
func (p Pipeline) Len() int { return len(p.list) }

// Sizes reports whether a transform sets the size of the views. If none does, the run's own rule holds: short side scaled,
// centre crop.
func (p Pipeline) Sizes() bool {
	sizes := false
	p.Transforms(func(t Transform) {
		if l, ok := t.(interface{ sizes() bool }); ok && l.sizes() {
			sizes = true
		}
	})
	return sizes
}

// Normalization returns the mean and standard deviation that a normalize transform asks the trainer to apply, as fractions
// of 1; false without one.
func (p Pipeline) Normalization() (NormalizeConfig, bool) {
	var c NormalizeConfig
	found := false
	p.Transforms(func(t Transform) {
		if n, ok := t.Config().(NormalizeConfig); ok {
			c, found = n, true
		}
	})
	return c, found
}

// Metadata returns what the pipeline leaves to whoever uses the pixels, for the schema of the batches: "vidcsl.normalize",
// {"mean":[…],"std":[…]}, if there is a normalize transform.
func (p Pipeline) Metadata() arrow.Metadata {
	n, ok := p.Normalization()
	if !ok {
		return arrow.Metadata{}
	}
	text, err := json.Marshal(n)
	if err != nil { // checked numbers: cannot fail
		panic(fmt.Sprintf("augment: encode normalization: %v", err))
	}
	return arrow.NewMetadata([]string{"vidcsl.normalize"}, []string{string(text)})
}

// DecodeConfig implements config.Decoder, with the transforms of [Default].
func (p *Pipeline) DecodeConfig(n *config.Node) (err error) {
	*p, err = Default().ReadPipeline(n)
	return err
}

// CheckConfig implements config.Checker.
func (p *Pipeline) CheckConfig() error { return p.check("") }

// ReadPipeline reads a pipeline as it stands in a configuration: a list whose elements are a transform's name, or a map of one
// name to its settings. compose and one_of hold a list; sometimes holds p and apply, a list; recipe holds a recipe's name and
// stands for its transforms. Errors name the place, the value and what is wanted.
func (r *Registry) ReadPipeline(n *config.Node) (Pipeline, error) {
	list, err := r.readList(n)
	return Pipeline{list}, err
}

func (r *Registry) readList(n *config.Node) ([]Transform, error) {
	if n.Kind() != config.KindList {
		return nil, n.Want("a list of transforms")
	}
	var list []Transform
	var errs []error
	for _, item := range n.Items() {
		ts, err := r.readStep(item)
		list, errs = append(list, ts...), append(errs, err)
	}
	return list, errors.Join(errs...)
}

// readMembers reads the list of a group, which must not be empty.
func (r *Registry) readMembers(n *config.Node) ([]Transform, error) {
	list, err := r.readList(n)
	if err == nil && len(list) == 0 {
		err = n.Want("at least one transform")
	}
	return list, err
}

func (r *Registry) readStep(n *config.Node) ([]Transform, error) {
	name, settings := n.Text(), (*config.Node)(nil)
	if n.Kind() != config.KindScalar {
		var single bool
		if name, settings, single = n.Only(); !single {
			return nil, n.Want("a transform's name, or one name with its settings")
		}
	}
	if settings != nil && settings.Kind() == config.KindNull { // "- reverse:" with nothing under it
		settings = nil
	}
	switch name {
	case "compose", "one_of":
		if settings == nil {
			return nil, n.Want("a list of transforms under " + name)
		}
		list, err := r.readMembers(settings)
		return []Transform{&group{kind: name, list: list}}, err
	case "sometimes":
		if settings == nil {
			return nil, n.Want("p and apply under sometimes")
		}
		g, err := r.readSometimes(settings)
		return []Transform{g}, err
	case "recipe":
		if settings == nil {
			return nil, n.Want("a recipe's name under recipe")
		}
		return readRecipe(settings)
	}
	s, err := r.lookup(name)
	if err != nil {
		known := append(r.Names(), "compose", "one_of", "sometimes", "recipe")
		if settings != nil {
			return nil, settings.Unknown(known)
		}
		return nil, n.Unknown(known)
	}
	t, err := s.with(settings)
	return []Transform{t}, err
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
	m.list, err = m.r.readMembers(n)
	return err
}

func (r *Registry) readSometimes(settings *config.Node) (Transform, error) {
	c := sometimesConfig{P: 0.5, Apply: members{r: r}}
	if err := config.Decode(settings, &c); err != nil {
		return nil, err
	}
	if len(c.Apply.list) == 0 {
		return nil, settings.Want("apply, a list of transforms")
	}
	return &group{kind: "sometimes", p: c.P, list: c.Apply.list}, nil
}

// EncodeConfig returns the pipeline as it is written in a configuration, with every setting.
func (p Pipeline) EncodeConfig() (any, error) { return encodeList(p.list), nil }

func encodeList(ts []Transform) []any {
	list := make([]any, len(ts))
	for i, t := range ts {
		var settings any = t.Config()
		if g, ok := t.(*group); ok {
			settings = encodeList(g.list)
			if g.kind == "sometimes" {
				settings = config.Map{{Key: "p", Value: g.p}, {Key: "apply", Value: settings}}
			}
		}
		list[i] = config.Map{{Key: t.Name(), Value: settings}}
	}
	return list
}

// Draw draws one view: everything random in it. base has the frames as drawn; its region, size and mirroring are the whole
// frame's, or already those of a pipeline that sets none.
func (p Pipeline) draw(d *Draft) (clip.View, error) {
	for _, t := range p.list {
		if err := t.draw(d); err != nil {
			return clip.View{}, err
		}
	}
	return d.view, nil
}
