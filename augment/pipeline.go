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
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return p.checkNormalize(path)
}

// checkNormalize sees to it that what is recorded for all rows holds for all rows.
func (p Pipeline) checkNormalize(path string) error {
	_, top := p.Normalization()
	all := 0
	p.Transforms(func(t Transform) {
		if _, ok := t.Config().(NormalizeConfig); ok {
			all++
		}
	})
	if all > 1 || all > 0 && !top {
		return &config.Error{Path: path, Value: "normalize within a group, or twice; it holds for all rows: write it once, outside of every group"}
	}
	return nil
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
	for _, t := range p.list { // not within a group: NewPipeline has seen to it
		if c, ok := t.Config().(NormalizeConfig); ok {
			return c, true
		}
	}
	return NormalizeConfig{}, false
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

// draw draws one view: everything random in it.
func (p Pipeline) draw(d *Draft) (clip.View, error) {
	for _, t := range p.list {
		if err := t.draw(d); err != nil {
			return clip.View{}, err
		}
	}
	return d.view, nil
}
