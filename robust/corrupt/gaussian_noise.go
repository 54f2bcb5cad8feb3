package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// gaussianNoise adds a normally distributed value to each value of each frame on its own.
var gaussianNoise = augment.Spec[Config, SeedParams]{
	Summary: "add normally distributed noise to each value",
	Doc:     "c' = c + 255 s n with n normal, anew for each value and frame; s = 0.08, 0.12, 0.18, 0.26, 0.38.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawSeed,
	Apply: perFrame(func(pix []byte, k kernel.Key, severity int) {
		kernel.Gauss(pix, k, 255*[...]float64{0.08, 0.12, 0.18, 0.26, 0.38}[severity-1], 0)
	}),
}
