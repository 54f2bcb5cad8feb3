package augment

import (
	"errors"
	"math"
	"math/rand/v2"
)

// RotateConfig configures [Rotate].
type RotateConfig struct {
	Degrees [2]float64 `yaml:"degrees" legal:"-360..360,ascending" doc:"counter-clockwise, drawn uniformly"`
	Fill    [3]int     `yaml:"fill" legal:"0..255" doc:"red, green and blue of what lies outside of the frame"`
}

// RotateParams is one draw.
type RotateParams struct {
	Degrees float64 `json:"degrees"`
	Fill    [3]int  `json:"fill"`
}

// CheckParams implements [ParamsChecker].
func (p RotateParams) CheckParams() error {
	return errors.Join(within("degrees", p.Degrees, -360, 360), colorWithin("fill", p.Fill))
}

// Rotate turns the view about its centre, all frames alike, sampled bilinearly: torchvision's RandomRotation with
// interpolation=BILINEAR and expand=False, within 1 of 255. A pixel at the border blends with Fill by how much of it is covered, as in OpenCV.
var Rotate = Spec[RotateConfig, RotateParams]{
	Name:    "rotate",
	Summary: "turn about the centre",
	Doc:     "bilinear, pixel centres, same size; outside is fill. Source: torchvision RandomRotation(interpolation=BILINEAR).",
	Default: RotateConfig{Degrees: [2]float64{-10, 10}},
	Draw: func(c RotateConfig, rng *rand.Rand, _ *Draft) (RotateParams, error) {
		return RotateParams{uniform(rng, c.Degrees[0], c.Degrees[1]), c.Fill}, nil
	},
	Apply: func(p RotateParams, f *Frames) error {
		sin, cos := math.Sincos(p.Degrees * math.Pi / 180)
		f.Affine(0, f.T, [4]float64{cos, -sin, sin, cos}, [2]float64{}, rgb(p.Fill))
		return nil
	},
}

func rgb(c [3]int) [3]byte { return [3]byte{byte(c[0]), byte(c[1]), byte(c[2])} }
