package augment

import "math/rand/v2"

// ChanceConfig configures transforms that are applied or not.
type ChanceConfig struct {
	P float64 `yaml:"p" legal:"0..1" doc:"probability that a view is changed"`
}

// NoParams is for transforms of which nothing is drawn but whether they are applied.
type NoParams struct{}

// HorizontalFlip mirrors the view left to right, with probability P: torchvision's RandomHorizontalFlip. The decoder writes
// the pixels mirrored.
var HorizontalFlip = Spec[ChanceConfig, NoParams]{
	Name:    "horizontal_flip",
	Summary: "mirror left to right",
	Doc:     "x' = width - 1 - x, with probability p. Source: torchvision RandomHorizontalFlip.",
	Default: ChanceConfig{P: 0.5},
	Draw:    drawChance,
	Plan:    func(_ NoParams, d *Draft) error { return d.Flip() },
}

func drawChance(c ChanceConfig, rng *rand.Rand, _ *Draft) (NoParams, error) {
	if rng.Float64() >= c.P {
		return NoParams{}, Skip
	}
	return NoParams{}, nil
}
