package augment

import (
	"math"
	"math/rand/v2"
	"slices"
)

// TemporalOffsetConfig configures [TemporalOffset].
type TemporalOffsetConfig struct {
	Max   float64 `yaml:"max" legal:"0..1" doc:"greatest offset, as a share of the room that the video leaves"`
	Power float64 `yaml:"power" legal:"0..8" doc:"how fast the density falls: 0 uniform, 1 linear, 2 quadratic"`
}

// TemporalOffset puts the views of a sample at a distance in time that is more often small than large: CVRL's sampling
// ("Spatiotemporal Contrastive Video Representation Learning", arXiv 2008.03800, section 3.2). With room R = frames of the video -
// span of a view, the offset is drawn with density P(t) ~ (1 - t/(Max R))^Power on [0, Max R], then the start of the earlier view uniformly
// from [0, R-t]. The first view is the earlier one. With more than two views, view k is k/(V-1) of the offset on. It keeps the spacing of the frames.
var TemporalOffset = Spec[TemporalOffsetConfig, PTSParams]{
	Name:    "temporal_offset",
	Summary: "draw the distance in time between the views, small ones more often",
	Doc:     "P(t) ~ (1 - t/(max R))^power, R = frames of the video - span; then start ~ U(0, R-t); view k starts k/(V-1) t later.\nSource: CVRL, arXiv 2008.03800 (power 1).",
	Default: TemporalOffsetConfig{Max: 1, Power: 1},
	Joint:   true,
	Draw: func(c TemporalOffsetConfig, rng *rand.Rand, d *Draft) (PTSParams, error) {
		off := make([]int64, len(d.view.PTS))
		first := d.Grid.Find(d.view.PTS[0])
		for k, pts := range d.view.PTS {
			off[k] = d.Grid.Find(pts) - first
		}
		low := slices.Min(off) // below 0 after reverse or shuffle
		room := max(d.Grid.Len()-1-(slices.Max(off)-low), 0)
		// the inverse of the cumulative distribution 1 - (1-x)^(power+1)
		t := int64(math.Round((1 - math.Pow(1-rng.Float64(), 1/(c.Power+1))) * c.Max * float64(room)))
		start := rng.Int64N(room-t+1) - low
		if d.Views > 1 {
			start += t * int64(d.Index) / int64(d.Views-1)
		}
		p := d.at(start, func(k int) int64 { return off[k] })
		p.Padded = p.Padded || d.view.Padded
		return p, nil
	},
	Plan: planPTS,
}
