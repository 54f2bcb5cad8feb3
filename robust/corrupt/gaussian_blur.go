package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// gaussianBlur filters each frame with a Gaussian, borders repeated.
var gaussianBlur = augment.Spec[Config, LevelParams]{
	Summary: "blur each frame with a Gaussian",
	Doc:     "standard deviation 1, 2, 3, 4, 6 pixels at a short side of 224, cut at 4 deviations; borders repeat the outermost pixel.\nSource: ImageNet-C, arXiv 1903.12261; scikit-image's gaussian.",
	Draw:    drawLevel,
	Apply: func(p LevelParams, f *augment.Frames) error {
		sigma := [...]float64{1, 2, 3, 4, 6}[p.Severity-1] * scale(f.H, f.W)
		return blurred(f, kernel.NewGaussian(sigma))
	},
}
