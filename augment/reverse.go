package augment

import (
	"math/rand/v2"
	"slices"
)

// Reverse plays the view backwards, with probability P ("Learning and Using the Arrow of Time", CVPR 2018).
var Reverse = Spec[ChanceConfig, PTSParams]{
	Name:    "reverse",
	Summary: "play backwards",
	Doc:     "frame k = frame T-1-k, with probability p. Source: the arrow of time, CVPR 2018.",
	Default: ChanceConfig{P: 0.5},
	Draw: func(c ChanceConfig, rng *rand.Rand, d *Draft) (PTSParams, error) {
		if rng.Float64() >= c.P {
			return PTSParams{}, Skip
		}
		pts := slices.Clone(d.view.PTS)
		slices.Reverse(pts)
		return PTSParams{pts, d.view.Padded}, nil
	},
	Plan: planPTS,
}
