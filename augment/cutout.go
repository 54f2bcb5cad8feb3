package augment

import (
	"math/rand/v2"

	"vidcsl/decode/clip"
)

// CutoutConfig configures [Cutout].
type CutoutConfig struct {
	Size  int    `yaml:"size" legal:"1..16384" doc:"side of the square in pixels"`
	Value [3]int `yaml:"value" legal:"0..255" doc:"red, green and blue it is filled with"`
}

// Cutout fills a square, the same one in all frames of a view, whose centre is drawn uniformly from the view, so that part of it may
// lie outside ("Improved Regularization of Convolutional Neural Networks with Cutout", arXiv 1708.04552).
var Cutout = Spec[CutoutConfig, EraseParams]{
	Name:    "cutout",
	Summary: "fill a square around a random point",
	Doc:     "centre ~ U(view); the square is clipped at the edges. Source: Cutout, arXiv 1708.04552.",
	Default: CutoutConfig{Size: 32},
	Draw: func(c CutoutConfig, rng *rand.Rand, d *Draft) (EraseParams, error) {
		x, y := rng.IntN(d.w)-c.Size/2, rng.IntN(d.h)-c.Size/2
		return EraseParams{clip.Rect{X: x, Y: y, W: c.Size, H: c.Size}, c.Value}, nil
	},
	Apply: erase,
}
