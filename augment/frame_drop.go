package augment

import (
	"math/rand/v2"
	"slices"
)

// FrameDropConfig configures [FrameDrop].
type FrameDropConfig struct {
	P float64 `yaml:"p" legal:"0..1" doc:"probability that a frame, any but the first, is lost"`
}

// FrameDrop loses frames: each but the first with probability P, and what is shown instead is the last one that was not lost, as
// after a lossy link. The number of frames stays.
var FrameDrop = Spec[FrameDropConfig, PTSParams]{
	Name:    "frame_drop",
	Summary: "lose frames, each replaced by the one before",
	Doc:     "frame k = frame k-1 with probability p, for k = 1..T-1.",
	Default: FrameDropConfig{P: 0.1},
	Draw: func(c FrameDropConfig, rng *rand.Rand, d *Draft) (PTSParams, error) {
		pts := slices.Clone(d.view.PTS)
		for k := 1; k < len(pts); k++ {
			if rng.Float64() < c.P {
				pts[k] = pts[k-1]
			}
		}
		return PTSParams{pts, d.view.Padded}, nil
	},
	Plan: planPTS,
}
