package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// defocusBlur filters each frame with a disk. What smooths the edge of the disk between pixels is not scaled with it: pixels are as coarse
// in a small frame. Only where the disk is no more than the pixel itself is it wider, near what CIFAR-C takes for such disks.
var defocusBlur = augment.Spec[Config, LevelParams]{
	Summary: "blur each frame as a lens out of focus does",
	Doc:     "disk of radius 3, 4, 6, 8, 10 pixels at a short side of 224, its edge smoothed by a Gaussian of deviation 0.1, 0.5, 0.5, 0.5, 0.5 pixels at any size, or a quarter and half the radius for a radius below 1; borders are mirrored. At radius 8 and 10 the original's disk sums to 1.01, and so does this.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawLevel,
	Apply: func(p LevelParams, f *augment.Frames) error {
		radius := [...]float64{3, 4, 6, 8, 10}[p.Severity-1] * scale(f.H, f.W)
		smooth := [...]float64{0.1, 0.5, 0.5, 0.5, 0.5}[p.Severity-1]
		if radius < 1 {
			smooth = 0.25 + 0.5*radius
		}
		return blurred(f, kernel.NewDisk(radius, smooth))
	},
}
