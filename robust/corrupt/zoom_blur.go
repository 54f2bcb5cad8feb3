package corrupt

import (
	"math"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// zoomBlur averages each frame with enlargements of its middle, as if the lens were zoomed while the shutter is open.
var zoomBlur = augment.Spec[Config, LevelParams]{
	Summary: "average each frame with enlargements of its middle",
	Doc:     "mean of the frame and of it enlarged by 1 to 1.11 or 1.15 in steps of 0.01, to 1.2 or 1.24 in steps of 0.02, to 1.3 in steps of 0.03.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawLevel,
	Apply: func(p LevelParams, f *augment.Frames) error {
		c := [...][2]float64{{1.11, 0.01}, {1.16, 0.01}, {1.21, 0.02}, {1.26, 0.02}, {1.31, 0.03}}[p.Severity-1]
		kernel.NewZoom(f.H, f.W, arange(1, c[0], c[1])).Blur(f.Pix, f.T, augment.Local[kernel.Scratch](f))
		return nil
	},
}

// arange returns what NumPy's arange does, which for (1, 1.11, 0.01) has a twelfth number, 1.11: rounding is part of the original's constants.
func arange(from, to, step float64) []float64 {
	out := make([]float64, int(math.Ceil((to-from)/step)))
	delta := (from + step) - from
	for i := range out {
		out[i] = from + float64(i)*delta
	}
	return out
}
