package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// impulseNoise is salt and pepper, of each colour on its own.
var impulseNoise = augment.Spec[Config, SeedParams]{
	Summary: "set values to black or white at random",
	Doc:     "each value, anew for each frame, becomes 0 or 255, equally often, with probability 0.03, 0.06, 0.09, 0.17, 0.27.\nSource: ImageNet-C, arXiv 1903.12261; scikit-image's random_noise.",
	Draw:    drawSeed,
	Apply: perFrame(func(pix []byte, k kernel.Key, severity int) {
		kernel.Impulse(pix, k, [...]float64{0.03, 0.06, 0.09, 0.17, 0.27}[severity-1])
	}),
}
