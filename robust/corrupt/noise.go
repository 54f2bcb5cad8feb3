package corrupt

import (
	"fmt"
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// noises is drawn anew for each frame of a clip, as sensors do. Constants are those of ImageNet-C; none is a length, so small frames get
// the same. The original cuts results off to 8 bits, half a level darker on average; here they are rounded to nearest.
var noises = []entry{
	of(Info{Name: "gaussian_noise", Group: "noise", Set: ImageNetC}, gaussianNoise),
	of(Info{Name: "shot_noise", Group: "noise", Set: ImageNetC}, shotNoise),
	of(Info{Name: "impulse_noise", Group: "noise", Set: ImageNetC}, impulseNoise),
	of(Info{Name: "speckle_noise", Group: "noise", Set: ImageNetCExtra}, speckleNoise),
}

// NoiseParams is one draw of a noise. What is added to a value is a function of (Seed, frame, place in the frame).
type NoiseParams struct {
	Severity int    `json:"severity"`
	Seed     uint64 `json:"seed"`
}

// CheckParams implements [augment.ParamsChecker].
func (p NoiseParams) CheckParams() error { return severe(p.Severity) }

// severe returns an error for a severity outside of 1 to 5.
func severe(severity int) error {
	if severity < 1 || severity > 5 {
		return fmt.Errorf("severity is %d, want 1 to 5", severity)
	}
	return nil
}

func drawNoise(c Config, rng *rand.Rand, _ *augment.Draft) (NoiseParams, error) {
	return NoiseParams{c.Severity, rng.Uint64()}, nil
}

// perFrame returns an Apply that calls noise for each frame, with its key.
func perFrame(noise func(pix []byte, k kernel.Key, severity int)) func(NoiseParams, *augment.Frames) error {
	return func(p NoiseParams, f *augment.Frames) error {
		for t := range f.T {
			noise(f.Frame(t), kernel.KeyOf(p.Seed, t), p.Severity)
		}
		return nil
	}
}
