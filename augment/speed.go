package augment

import (
	"math"
	"math/rand/v2"
	"slices"
)

// SpeedConfig configures [Speed].
type SpeedConfig struct {
	Rate [2]float64 `yaml:"rate" legal:"(0..64],ascending" doc:"speed against the view as it was; above 1 is faster"`
}

// Speed plays the view faster or slower, from the same first frame: frame k becomes the one rate*k frames of the view on, by
// the video's frames. The logarithm of the rate is drawn uniformly. A start too late for the span is moved to an earlier one.
var Speed = Spec[SpeedConfig, PTSParams]{
	Name:    "speed",
	Summary: "play faster or slower",
	Doc:     "log(rate) ~ U(log of the range), frame k = first + floor(rate (frame k - first)). Frames are repeated or left out, not blended.",
	Default: SpeedConfig{Rate: [2]float64{0.5, 2}},
	Draw: func(c SpeedConfig, rng *rand.Rand, d *Draft) (PTSParams, error) {
		rate := math.Exp(uniform(rng, math.Log(c.Rate[0]), math.Log(c.Rate[1])))
		first := d.Grid.Find(d.view.PTS[0])
		off := make([]int64, len(d.view.PTS))
		for k, pts := range d.view.PTS {
			off[k] = int64(math.Floor(rate * float64(d.Grid.Find(pts)-first)))
		}
		last, low := slices.Max(off), slices.Min(off)
		first = max(min(first, d.Grid.Len()-1-last), -low)
		return d.at(first, func(k int) int64 { return off[k] }), nil
	},
	Plan: planPTS,
}
