package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// brightness is the same for all frames.
var brightness = augment.Spec[Config, LevelParams]{
	Summary: "add to V of HSV",
	Doc:     "V' = min(V + b, 1), b = 0.1, 0.2, 0.3, 0.4, 0.5; rounded down.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawLevel,
	Apply: func(p LevelParams, f *augment.Frames) error {
		kernel.Value(f.Pix, 25.5*float32(p.Severity))
		return nil
	},
}
