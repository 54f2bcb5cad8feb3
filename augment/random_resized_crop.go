package augment

import (
	"math"
	"math/rand/v2"

	"vidcsl/decode/clip"
)

// RandomResizedCropConfig configures [RandomResizedCrop].
type RandomResizedCropConfig struct {
	Scale [2]float64 `yaml:"scale" legal:"(0..1],ascending" doc:"area of the region as a share of the frame's"`
	Ratio [2]float64 `yaml:"ratio" legal:"0.01..100,ascending" doc:"width of the region by its height"`
	Size  int        `yaml:"size" legal:"0..16384" doc:"side of the view in pixels; 0 is the run's"`
}

// RandomResizedCropParams is the region in pixels of the view before, and the side it is scaled to.
type RandomResizedCropParams struct {
	Region clip.Rect `json:"region"`
	Size   int       `json:"size"`
}

// RandomResizedCrop scales a random region to a square: torchvision's RandomResizedCrop. The area is drawn uniformly from
// Scale, the logarithm of the ratio uniformly between those of Ratio; after ten regions that do not fit, the largest centred
// one within Ratio is taken ("Going Deeper with Convolutions", arXiv 1409.4842).
//
// The decoder cuts, scales and mirrors in one step, from YUV, with an averaging bilinear filter (torchvision: from RGB, with
// antialias=True). The region is snapped to even pixels, by less than two at each edge, since chroma cannot be cut elsewhere.
// From RGB, [Execute] is within 1 of 255 of torchvision on the same region.
var RandomResizedCrop = Spec[RandomResizedCropConfig, RandomResizedCropParams]{
	Name:    "random_resized_crop",
	Summary: "scale a region of random area and ratio to a square",
	Doc:     "area ~ U(scale) x frame, log(width/height) ~ U(log ratio), ten tries, then the largest centred region.\nSource: torchvision RandomResizedCrop; arXiv 1409.4842. The region is snapped to even pixels.",
	Default: RandomResizedCropConfig{Scale: [2]float64{0.08, 1}, Ratio: [2]float64{3.0 / 4, 4.0 / 3}},
	Sizes:   true,
	Draw: func(c RandomResizedCropConfig, rng *rand.Rand, d *Draft) (RandomResizedCropParams, error) {
		size, err := d.side(c.Size)
		return RandomResizedCropParams{drawRegion(c, rng, d.w, d.h), size}, err
	},
	Plan: func(p RandomResizedCropParams, d *Draft) error { return d.Crop(p.Region, p.Size, p.Size) },
}

func drawRegion(c RandomResizedCropConfig, rng *rand.Rand, w, h int) clip.Rect {
	area := float64(w) * float64(h)
	lo, hi := math.Log(c.Ratio[0]), math.Log(c.Ratio[1])
	for range 10 {
		target := area * uniform(rng, c.Scale[0], c.Scale[1])
		ratio := math.Exp(uniform(rng, lo, hi))
		rw := int(math.RoundToEven(math.Sqrt(target * ratio)))
		rh := int(math.RoundToEven(math.Sqrt(target / ratio)))
		if 0 < rw && rw <= w && 0 < rh && rh <= h {
			y := rng.IntN(h - rh + 1)
			return clip.Rect{X: rng.IntN(w - rw + 1), Y: y, W: rw, H: rh}
		}
	}
	rw, rh := w, h
	switch in := float64(w) / float64(h); {
	case in < c.Ratio[0]:
		rh = max(int(math.RoundToEven(float64(w)/c.Ratio[0])), 1)
	case in > c.Ratio[1]:
		rw = max(int(math.RoundToEven(float64(h)*c.Ratio[1])), 1)
	}
	return clip.Rect{X: (w - rw) / 2, Y: (h - rh) / 2, W: rw, H: rh}
}

// uniform draws from [lo, hi).
func uniform(rng *rand.Rand, lo, hi float64) float64 { return lo + rng.Float64()*(hi-lo) }
