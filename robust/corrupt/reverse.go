package corrupt

import (
	"math"
	"math/rand/v2"
	"slices"

	"vidcsl/augment"
)

// reversed is the share of the view that is played backwards; at least 2 frames.
var reversed = [5]float64{0.2, 0.4, 0.6, 0.8, 1}

// reverse plays a run of frames backwards, at severity 5 all of them.
var reverse = augment.Spec[Config, TimeParams]{
	Summary: "play a run of frames, or all, backwards",
	Doc: "max(2, round(s T)) frames in a row, s = 0.2, 0.4, 0.6, 0.8, 1, from a uniformly drawn one on, are shown last to first.\n" +
		"Source: the shares are our own. Severity 5 is what is called reversed elsewhere; reverse sampling of arXiv 2207.01398 is that after sampling_rate.",
	Draw: func(c Config, rng *rand.Rand, d *augment.Draft) (TimeParams, error) {
		t, err := moving(d)
		if err != nil {
			return TimeParams{}, err
		}
		n := max(2, int(math.Round(reversed[c.Severity-1]*float64(t))))
		from := int(rng.Float64() * float64(t-n+1))
		order := inOrder(t)
		slices.Reverse(order[from : from+n])
		return reordered(d, order), nil
	},
	Plan: show,
}
