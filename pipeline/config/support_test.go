package config_test

import (
	"errors"
	"fmt"

	"vidcsl/pipeline/config"
)

// everything has a field of each kind.
type everything struct {
	Frames   int          `yaml:"frames" legal:"1..64" doc:"frames per clip"`
	Small    int8         `yaml:"small"`
	Seed     uint64       `yaml:"seed"`
	Rate     float64      `yaml:"rate" legal:"(0..10]"`
	Single   float32      `yaml:"single" legal:"0..0.1"`
	Any      float64      `yaml:"any"`
	Sampler  string       `yaml:"sampler" legal:"random|regular|uniform" doc:"where clips begin"`
	Label    string       `yaml:"label,omitempty"`
	On       bool         `yaml:"enabled"`
	Scale    [2]float64   `yaml:"scale" legal:"(0..1],ascending" doc:"area of the crop"`
	Sizes    []uint16     `yaml:"sizes" legal:"1..4096,len=0..20"`
	Names    []string     `yaml:"names"`
	Matrix   [][2]float64 `yaml:"matrix" legal:"0..1,len=0..3"`
	Limits   limits       `yaml:"limits" doc:"what a job may use"`
	Parts    []part       `yaml:"parts"`
	Augment  []step       `yaml:"augment" legal:"len=0..8"`
	Embedded              // workers
}

type Embedded struct {
	Workers int `yaml:"workers" legal:"1.."`
}

func (e Embedded) CheckConfig() error {
	if e.Workers == 13 {
		return &config.Error{Path: "workers", Value: "13", Want: "another number"}
	}
	return nil
}

type limits struct {
	Low  int `yaml:"low" legal:"0.."`
	High int `yaml:"high" legal:"0.."`
}

func (l limits) CheckConfig() error {
	if l.Low > l.High {
		return &config.Error{Path: "low", Value: fmt.Sprint(l.Low), Want: fmt.Sprintf("at most high, which is %d", l.High)}
	}
	if l.Low == 99 {
		return errTaken
	}
	return nil
}

var errTaken = errors.New("99 is taken")

type part struct {
	Name string `yaml:"name" legal:"len=1..10"`
	Kids []part `yaml:"kids,omitempty"`
}

// step is a bare name, a map with a single name, or one_of.
type step struct {
	Name   string
	Jitter jitter
	OneOf  []step
}

type jitter struct {
	Brightness float64 `yaml:"brightness" legal:"0..10" doc:"factor drawn from [max(0,1-b), 1+b]"`
	Contrast   float64 `yaml:"contrast" legal:"0..10"`
}

var stepNames = []string{"color_jitter", "horizontal_flip", "one_of"}

func (s *step) DecodeConfig(n *config.Node) error {
	name, value, ok := n.Only()
	switch {
	case n.IsText() && n.Text() == "horizontal_flip":
		s.Name = n.Text()
		return nil
	case n.IsText():
		return n.Unknown(stepNames)
	case !ok:
		return n.Want("a name, or a map with a single name")
	}
	s.Name = name
	switch name {
	case "color_jitter":
		return config.Decode(value, &s.Jitter)
	case "one_of":
		return config.Decode(value, &s.OneOf)
	}
	return value.Unknown(stepNames)
}

func (s step) EncodeConfig() (any, error) {
	switch s.Name {
	case "color_jitter":
		return config.Map{{Key: s.Name, Value: s.Jitter}}, nil
	case "one_of":
		return config.Map{{Key: s.Name, Value: s.OneOf}}, nil
	}
	return s.Name, nil
}

func (step) ConfigSchema() map[string]any { return map[string]any{"title": "transform"} }

func defaults() everything {
	return everything{
		Frames: 16, Rate: 1.5, Sampler: "random", Scale: [2]float64{0.2, 1}, Limits: limits{1, 2}, Embedded: Embedded{4},
	}
}

func decode(file, text string) (everything, error) {
	v := defaults()
	n, err := config.Parse(file, []byte(text))
	if err == nil {
		err = config.Decode(n, &v)
	}
	return v, err
}
