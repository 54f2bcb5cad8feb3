package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

var contrastLevels = [5]float64{0.4, 0.3, 0.2, 0.1, 0.05}

// contrast takes the mean of each frame, so that a frame is what ImageNet-C makes of it as a picture, and none is clipped.
var contrast = augment.Spec[Config, LevelParams]{
	Summary: "draw each frame towards its mean colour",
	Doc:     "c' = k c + (1-k) m, m the frame's mean of that channel, k = 0.4, 0.3, 0.2, 0.1, 0.05; rounded down.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawLevel,
	Apply: func(p LevelParams, f *augment.Frames) error {
		k := contrastLevels[p.Severity-1]
		for t := range f.T {
			pix := f.Frame(t)
			var bias [3]int32
			for c, sum := range kernel.RGBSums(pix) {
				bias[c] = int32((1-k)*float64(sum)/float64(f.H*f.W)*(1<<16)) + 128 // 1/512, for the rounding of k
			}
			kernel.Scale(pix, int32(k*(1<<16)+0.5), bias)
		}
		return nil
	},
}
