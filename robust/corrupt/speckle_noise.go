package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// speckleNoise is Gaussian noise in proportion to the value.
var speckleNoise = augment.Spec[Config, SeedParams]{
	Summary: "add normally distributed noise in proportion to each value",
	Doc:     "c' = c + c s n with n normal, anew for each value and frame; s = 0.15, 0.2, 0.35, 0.45, 0.6.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawSeed,
	Apply: perFrame(func(pix []byte, k kernel.Key, severity int) {
		kernel.Gauss(pix, k, 0, [...]float64{0.15, 0.2, 0.35, 0.45, 0.6}[severity-1])
	}),
}
