package corrupt

import (
	"math/rand/v2"

	"vidcsl/augment"
)

var noises = []entry{
	of(Info{Name: "gaussian_noise", Group: "noise", Set: ImageNetC}, gaussianNoise),
}

// NoiseParams is one draw of a noise.
type NoiseParams struct {
	Severity int    `json:"severity"`
	Seed     uint64 `json:"seed"`
}

// gaussianNoise adds a normally distributed value to each value of each frame on its own.
var gaussianNoise = augment.Spec[Config, NoiseParams]{
	Summary: "add normally distributed noise to each value",
	Doc:     "c' = c + 255 s n, s = 0.08, 0.12, 0.18, 0.26, 0.38. Source: ImageNet-C, arXiv 1903.12261.",
	Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (NoiseParams, error) {
		return NoiseParams{c.Severity, rng.Uint64()}, nil
	},
	Apply: func(p NoiseParams, f *augment.Frames) error {
		rng := rand.New(rand.NewPCG(p.Seed, 0)) // TODO a kernel that draws by place
		s := [...]float64{0.08, 0.12, 0.18, 0.26, 0.38}[p.Severity-1]
		for i, v := range f.Pix {
			f.Pix[i] = uint8(min(max(float64(v)+255*s*rng.NormFloat64(), 0), 255))
		}
		return nil
	},
}
