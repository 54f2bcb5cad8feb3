package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

const unevenSaturate = "severities 1 and 2 take colour away, 3 to 5 add it"

var saturateLevels = [5]struct{ gain, add float32 }{{0.3, 0}, {0.1, 0}, {2, 0}, {5, 0.1}, {20, 0.2}}

// saturate is the same for all frames.
var saturate = augment.Spec[Config, LevelParams]{
	Summary: "scale S of HSV",
	Doc:     "S' = min(a S + b, 1), (a, b) = (0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2); rounded down.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawLevel,
	Apply: func(p LevelParams, f *augment.Frames) error {
		c := saturateLevels[p.Severity-1]
		kernel.Saturation(f.Pix, c.gain, c.add)
		return nil
	},
}
