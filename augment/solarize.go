package augment

import (
	"math/rand/v2"

	"vidcsl/augment/internal/kernel"
)

// SolarizeConfig configures [Solarize].
type SolarizeConfig struct {
	Threshold int     `yaml:"threshold" legal:"0..256" doc:"values from here on are inverted"`
	P         float64 `yaml:"p" legal:"0..1" doc:"probability that a view is changed"`
}

// SolarizeParams is one draw.
type SolarizeParams struct {
	Threshold int `json:"threshold"`
}

// CheckParams implements [ParamsChecker].
func (p SolarizeParams) CheckParams() error { return within("threshold", float64(p.Threshold), 0, 256) }

// Solarize inverts every value from Threshold on, with probability P: torchvision's RandomSolarize, to the bit.
var Solarize = Spec[SolarizeConfig, SolarizeParams]{
	Name:    "solarize",
	Summary: "invert bright values",
	Doc:     "c' = 255 - c where c >= threshold, with probability p. Source: torchvision RandomSolarize; BYOL, arXiv 2006.07733.",
	Default: SolarizeConfig{Threshold: 128, P: 0.5},
	Draw: func(c SolarizeConfig, rng *rand.Rand, _ *Draft) (SolarizeParams, error) {
		if rng.Float64() >= c.P {
			return SolarizeParams{}, Skip
		}
		return SolarizeParams{c.Threshold}, nil
	},
	Apply: func(p SolarizeParams, f *Frames) error {
		f.lut(func(v int) int {
			if v >= p.Threshold {
				return 255 - v
			}
			return v
		})
		return nil
	},
}

// lut maps every value.
func (f *Frames) lut(to func(v int) int) {
	var t [256]byte
	for v := range t {
		t[v] = byte(min(max(to(v), 0), 255))
	}
	kernel.Lut(f.Pix, f.Pix, &t)
}
