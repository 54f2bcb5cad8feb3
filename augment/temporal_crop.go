package augment

import (
	"math"
	"math/rand/v2"
)

// TemporalCropConfig configures [TemporalCrop].
type TemporalCropConfig struct {
	Scale [2]float64 `yaml:"scale" legal:"(0..1],ascending" doc:"share of the video that the view covers"`
}

// TemporalCrop takes the frames of the view evenly from a random part of the video: RandomResizedCrop along time. The length
// of the part is drawn uniformly from Scale, then its place.
var TemporalCrop = Spec[TemporalCropConfig, PTSParams]{
	Name:    "temporal_crop",
	Summary: "spread the frames evenly over a random part of the video",
	Doc:     "n = U(scale) x frames of the video, start ~ U{0..frames-n}, frame k = start + floor(k (n-1)/(T-1)).",
	Default: TemporalCropConfig{Scale: [2]float64{0.5, 1}},
	Draw: func(c TemporalCropConfig, rng *rand.Rand, d *Draft) (PTSParams, error) {
		n := max(int64(math.Round(uniform(rng, c.Scale[0], c.Scale[1])*float64(d.Grid.Len()))), 1)
		gaps := max(int64(len(d.view.PTS))-1, 1)
		return d.at(d.anyStart(rng, n), func(k int) int64 { return int64(k) * (n - 1) / gaps }), nil
	},
	Plan: planPTS,
}
