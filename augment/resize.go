package augment

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vidcsl/decode/clip"
)

// SizeConfig configures [Resize] and [CenterCrop].
type SizeConfig struct {
	Size int `yaml:"size" legal:"0..16384" doc:"pixels; 0 is the side of the run's views"`
}

// SizeParams is a side in pixels.
type SizeParams struct {
	Size int `json:"size"`
}

// Resize scales the view so that its short side has Size pixels and its long side int(size*long/short): torchvision's
// Resize(size, antialias=True). The decoder does it, in the same step as a crop: with [CenterCrop] after it, pixels outside of the
// crop do not count, so those at its edge differ from torchvision's, which scales first.
var Resize = Spec[SizeConfig, SizeParams]{
	Name:    "resize",
	Summary: "scale the short side to a number of pixels",
	Doc:     "short = size, long = int(size x long/short). Source: torchvision Resize.",
	Sizes:   true,
	Draw:    drawSize,
	Plan: func(p SizeParams, d *Draft) error {
		w, h := p.Size, p.Size
		if d.w <= d.h {
			h = int(int64(p.Size) * int64(d.h) / int64(d.w))
		} else {
			w = int(int64(p.Size) * int64(d.w) / int64(d.h))
		}
		return d.Crop(clip.Rect{W: d.w, H: d.h}, w, h)
	},
}

// CenterCrop cuts a centred square of Size pixels, offset round((long-size)/2) as torchvision's CenterCrop. A view smaller
// than that is an error (torchvision pads it with black).
var CenterCrop = Spec[SizeConfig, SizeParams]{
	Name:    "center_crop",
	Summary: "cut a square out of the middle",
	Doc:     "offset = round((side - size)/2). Source: torchvision CenterCrop, without its padding: a view that is too small is an error.",
	Sizes:   true,
	Draw:    drawSize,
	Plan: func(p SizeParams, d *Draft) error {
		if d.w < p.Size || d.h < p.Size {
			return fmt.Errorf("the view of %dx%d pixels is smaller than the square of %d; put resize before it", d.w, d.h, p.Size)
		}
		return d.Crop(clip.Rect{X: middle(d.w - p.Size), Y: middle(d.h - p.Size), W: p.Size, H: p.Size}, 0, 0)
	},
}

// middle is half of n, rounded to even.
func middle(n int) int { return int(math.RoundToEven(float64(n) / 2)) }

func drawSize(c SizeConfig, _ *rand.Rand, d *Draft) (SizeParams, error) {
	size, err := d.side(c.Size)
	return SizeParams{size}, err
}

// side returns the configured side, or that of the run's views for 0.
func (d *Draft) side(size int) (int, error) {
	if size == 0 {
		size = d.Size
	}
	if size == 0 {
		return 0, fmt.Errorf("no size is set, and the views of the run have none in common")
	}
	return size, nil
}
