package augment

import (
	"math/rand/v2"
)

// RandomStrideConfig configures [RandomStride].
type RandomStrideConfig struct {
	Stride [2]int `yaml:"stride" legal:"1..1024,ascending" doc:"least and greatest number of video frames between two frames of the view"`
}

// RandomStride draws the stride of the view, and then its start: one of the speeds at which a class may be seen (PySlowFast's
// sampling rate; "Video Representation Learning by Recognizing Temporal Transformations", arXiv 2007.10730).
var RandomStride = Spec[RandomStrideConfig, PTSParams]{
	Name:    "random_stride",
	Summary: "take every n-th frame, n drawn for the view",
	Doc:     "n ~ U{stride}, start ~ U among those that fit, frame k = start + k n. Source: PySlowFast; arXiv 2007.10730.",
	Default: RandomStrideConfig{Stride: [2]int{1, 4}},
	Draw: func(c RandomStrideConfig, rng *rand.Rand, d *Draft) (PTSParams, error) {
		n := int64(c.Stride[0] + rng.IntN(c.Stride[1]-c.Stride[0]+1))
		span := int64(len(d.view.PTS)-1)*n + 1
		return d.at(d.anyStart(rng, span), func(k int) int64 { return int64(k) * n }), nil
	},
	Plan: planPTS,
}
