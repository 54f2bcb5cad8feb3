package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

var jpegLevels = [5]int{25, 18, 15, 10, 7}

// jpegCompression codes nothing: it does the arithmetic in which a JPEG loses, to the bit of libjpeg-turbo.
var jpegCompression = augment.Spec[Config, LevelParams]{
	Summary: "save each frame as a JPEG of low quality",
	Doc:     "Baseline, 4:2:0, the standard tables scaled to quality 25, 18, 15, 10, 7; equals libjpeg-turbo's result with its defaults. Blocks stay 8 x 8 at any size.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawLevel,
	Apply: func(p LevelParams, f *augment.Frames) error {
		l, q := augment.Local[layer](f), kernel.NewQuantTables(jpegLevels[p.Severity-1])
		for t := range f.T {
			kernel.JPEG(f.Frame(t), f.H, f.W, &q, &l.kernel)
		}
		return nil
	},
}
