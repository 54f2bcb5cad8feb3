package corrupt

import (
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

func drawLevel(c Config, _ *rand.Rand, _ *augment.Draft) (LevelParams, error) {
	return LevelParams{c.Severity}, nil
}

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
