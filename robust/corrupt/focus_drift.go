package corrupt

import (
	"math"

	"vidcsl/augment"
)

// defocused is the standard deviation of the blur where the focus is furthest off, in pixels of 224.
var defocused = [5]float64{1, 2, 3, 4, 6}

// focusDrift blurs the clip more and more, and less and less again, as a lens does that looks for its focus.
var focusDrift = augment.Spec[Config, SeedParams]{
	Summary: "let the focus drift off and back in the course of the view",
	Doc: "Gaussian blur of sigma (1 - cos(2 pi (t/T + p)))/2, sigma = 1, 2, 3, 4, 6 pixels of 224, T the frames of the view, p drawn.\n" +
		"Source: the greatest blur is gaussian_blur of ImageNet-C, arXiv 1903.12261; its course is our own.",
	Draw: drawSeed,
	Apply: func(p SeedParams, f *augment.Frames) error {
		start := p.at(-1).Float64()
		for t := range f.T {
			f.Blur(t, t+1, defocused[p.Severity-1]*scale(f.H, f.W)*drift(start, t, f.T))
		}
		return nil
	},
}

// drift returns how far off the focus is in frame t of n, from 0 to 1.
func drift(start float64, t, n int) float64 {
	return (1 - math.Cos(2*math.Pi*(start+float64(t)/float64(n)))) / 2
}
