package augmenttest_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strconv"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/pipeline/config"
)

// lax takes every setting there is.
type lax struct{ Amount int }

func (c *lax) DecodeConfig(n *config.Node) error {
	if v := n.Get("amount"); v != nil {
		c.Amount, _ = strconv.Atoi(v.Text())
	}
	return nil
}

func (c lax) EncodeConfig() (any, error) { return config.Map{{Key: "amount", Value: c.Amount}}, nil }

// share is written as a percentage and read as a fraction.
type share float64

func (s *share) DecodeConfig(n *config.Node) error {
	v, err := strconv.ParseFloat(n.Text(), 64)
	if err != nil {
		return n.Want("a number from 0 to 100")
	}
	*s = share(v)
	return nil
}

func (s share) EncodeConfig() (any, error) { return float64(s) * 100, nil }

// with returns dim with a configuration of its own.
func with[C any](defaults C, amount func(C) int) func(r *augment.Registry) {
	return func(r *augment.Registry) {
		d := dim()
		augment.Add(r, augment.Spec[C, dimParams]{
			Name: d.Name, Summary: d.Summary, Doc: d.Doc, Default: defaults, Apply: d.Apply,
			Draw: func(c C, rng *rand.Rand, _ *augment.Draft) (dimParams, error) {
				return dimParams{1 + rng.IntN(max(amount(c), 1))}, nil
			},
		})
	}
}

func brokenConfigs() []broken {
	type undocumented struct {
		Amount int `yaml:"amount" legal:"1..100"`
	}
	type shared struct {
		Share share `yaml:"share" doc:"greatest loss of brightness"`
	}
	return []broken{
		{name: "none"},
		{name: "unknown name", opt: func(o *augmenttest.Opt) { o.Name = "dimm" }, want: "docs"},
		{name: "wrong settings", opt: func(o *augmenttest.Opt) { o.Settings = map[string]any{"amount": 1000} }, want: "docs"},
		{name: "missing doc", fix: func(s *dimSpec) { s.Doc = "" }, want: "docs"},
		{name: "a summary of two lines", fix: func(s *dimSpec) { s.Summary += "\nmuch darker" }, want: "docs"},
		{name: "a setting without doc", add: with(undocumented{9}, func(c undocumented) int { return c.Amount }), want: "docs"},
		{name: "takes unknown settings", add: with(lax{9}, func(c lax) int { return c.Amount }), want: "config strict"},
		{name: "written otherwise than read", add: with(shared{9}, func(c shared) int { return int(c.Share) }), want: "config round trip"},
		{name: "defaults that do not work", fix: func(s *dimSpec) {
			s.Draw = func(dimConfig, *rand.Rand, *augment.Draft) (dimParams, error) {
				return dimParams{}, errors.New("amount is not set")
			}
		}, want: "defaults"},
		{name: "defaults that never apply", fix: func(s *dimSpec) {
			s.Draw = func(dimConfig, *rand.Rand, *augment.Draft) (dimParams, error) { return dimParams{}, augment.Skip }
		}, want: "defaults"},
		{name: "parameters that cannot be stored", add: func(r *augment.Registry) {
			type nan struct{ V float64 }
			augment.Add(r, augment.Spec[dimConfig, nan]{
				Name: "dim", Summary: "s", Doc: "d", Default: dimConfig{9},
				Draw:  func(dimConfig, *rand.Rand, *augment.Draft) (nan, error) { return nan{math.NaN()}, nil },
				Apply: func(nan, *augment.Frames) error { return nil },
			})
		}, want: "defaults"},
	}
}
