package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

var pixelateLevels = [5]float64{0.6, 0.5, 0.4, 0.3, 0.25}

// pixelate's constant is a share of the frame's size, not a length, and so holds at any size.
var pixelate = augment.Spec[Config, LevelParams]{
	Summary: "show each frame in few large pixels",
	Doc:     "Pillow's box filter to h k x w k pixels, each rounded down, and back; k = 0.6, 0.5, 0.4, 0.3, 0.25.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawLevel,
	Apply: func(p LevelParams, f *augment.Frames) error {
		l, k := augment.Local[layer](f), pixelateLevels[p.Severity-1]
		y, x := kernel.NewCells(f.H, max(1, int(float64(f.H)*k))), kernel.NewCells(f.W, max(1, int(float64(f.W)*k)))
		for t := range f.T {
			kernel.Pixelate(f.Frame(t), y, x, &l.kernel)
		}
		return nil
	},
}
