package augment

import (
	"errors"
	"math"
	"math/rand/v2"

	"vidcsl/augment/internal/kernel"
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
		f.affine([4]float64{cos, -sin, sin, cos}, [2]float64{}, p.Fill)
		return nil
	},
}

// affine shows at each pixel x the source at a (x - centre - shift) + centre.
func (f *Frames) affine(a [4]float64, shift [2]float64, fill [3]int) {
	cx, cy := float64(f.W-1)/2, float64(f.H-1)/2
	tx, ty := cx+shift[0], cy+shift[1]
	inv := [6]float64{
		a[0], a[1], cx - a[0]*tx - a[1]*ty,
		a[2], a[3], cy - a[2]*tx - a[3]*ty,
	}
	kernel.Affine(f.Pix, f.copied(), f.T, f.H, f.W, inv, rgb(fill), &f.s.k)
}

func rgb(c [3]int) [3]byte { return [3]byte{byte(c[0]), byte(c[1]), byte(c[2])} }
