package augment

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vidcsl/augment/internal/kernel"
	"vidcsl/decode/clip"
)

// RandomErasingConfig configures [RandomErasing].
type RandomErasingConfig struct {
	P     float64    `yaml:"p" legal:"0..1" doc:"probability that a view is changed"`
	Scale [2]float64 `yaml:"scale" legal:"(0..1],ascending" doc:"area of the rectangle as a share of the view's"`
	Ratio [2]float64 `yaml:"ratio" legal:"0.01..100,ascending" doc:"height of the rectangle by its width"`
	Value [3]int     `yaml:"value" legal:"0..255" doc:"red, green and blue it is filled with"`
}

// EraseParams is a rectangle, which may reach beyond the view, and its colour.
type EraseParams struct {
	Region clip.Rect `json:"region"`
	Value  [3]int    `json:"value"`
}

// CheckParams implements [ParamsChecker].
func (p EraseParams) CheckParams() error {
	r := p.Region
	if r.W < 1 || r.H < 1 || max(r.W, r.H, r.X, -r.X, r.Y, -r.Y) > clip.MaxSide {
		return fmt.Errorf("region is %+v, want 1 to %d pixels wide and high", r, clip.MaxSide)
	}
	return colorWithin("value", p.Value)
}

// RandomErasing fills a random rectangle, the same one in all frames of a view, with one colour, with probability P: torchvision's
// RandomErasing ("Random Erasing Data Augmentation", arXiv 1708.04896). If ten rectangles do not fit, the view stays as it is.
var RandomErasing = Spec[RandomErasingConfig, EraseParams]{
	Name:    "random_erasing",
	Summary: "fill a random rectangle",
	Doc:     "area ~ U(scale) x view, log(height/width) ~ U(log ratio), ten tries. Source: torchvision RandomErasing; arXiv 1708.04896.",
	Default: RandomErasingConfig{P: 0.5, Scale: [2]float64{0.02, 0.33}, Ratio: [2]float64{0.3, 3.3}},
	Draw: func(c RandomErasingConfig, rng *rand.Rand, d *Draft) (EraseParams, error) {
		if rng.Float64() >= c.P {
			return EraseParams{}, Skip
		}
		area := float64(d.w) * float64(d.h)
		lo, hi := math.Log(c.Ratio[0]), math.Log(c.Ratio[1])
		for range 10 {
			target, ratio := area*uniform(rng, c.Scale[0], c.Scale[1]), math.Exp(uniform(rng, lo, hi))
			h, w := int(math.RoundToEven(math.Sqrt(target*ratio))), int(math.RoundToEven(math.Sqrt(target/ratio)))
			if h < 1 || w < 1 || h >= d.h || w >= d.w {
				continue
			}
			y := rng.IntN(d.h - h + 1)
			return EraseParams{clip.Rect{X: rng.IntN(d.w - w + 1), Y: y, W: w, H: h}, c.Value}, nil
		}
		return EraseParams{}, Skip
	},
	Apply: erase,
}

func erase(p EraseParams, f *Frames) error {
	kernel.FillRect(f.Pix, f.T, f.H, f.W, p.Region.X, p.Region.Y, p.Region.W, p.Region.H, rgb(p.Value))
	return nil
}
