package augment

import (
	"math/rand/v2"
)

// ShuffleConfig configures [Shuffle].
type ShuffleConfig struct {
	Segments int     `yaml:"segments" legal:"2..1024" doc:"parts of equal length whose order is drawn; as many as frames shuffles frames"`
	P        float64 `yaml:"p" legal:"0..1" doc:"probability that a view is changed"`
}

// Shuffle cuts the view into Segments parts and puts them in random order ("Shuffle and Learn", arXiv 1603.08561).
var Shuffle = Spec[ShuffleConfig, PTSParams]{
	Name:    "shuffle",
	Summary: "put parts of the view in random order",
	Doc:     "part i holds frames floor(i T/n) to floor((i+1) T/n); the order of the parts is a uniform permutation. Source: arXiv 1603.08561.",
	Default: ShuffleConfig{Segments: 4, P: 1},
	Draw: func(c ShuffleConfig, rng *rand.Rand, d *Draft) (PTSParams, error) {
		if rng.Float64() >= c.P {
			return PTSParams{}, Skip
		}
		t := len(d.view.PTS)
		n := min(c.Segments, t)
		pts := make([]int64, 0, t)
		for _, i := range rng.Perm(n) {
			pts = append(pts, d.view.PTS[i*t/n:(i+1)*t/n]...)
		}
		return PTSParams{pts, d.view.Padded}, nil
	},
	Plan: planPTS,
}
