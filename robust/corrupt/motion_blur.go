package corrupt

import (
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// MotionParams is one draw of motion_blur.
type MotionParams struct {
	Severity int     `json:"severity"`
	Angle    float64 `json:"angle"` // degrees, clockwise from the right
}

// CheckParams implements [augment.ParamsChecker].
func (p MotionParams) CheckParams() error {
	if err := checkRange("angle", p.Angle, -45, 45); err != nil {
		return err
	}
	return checkLevel(p.Severity)
}

// motionBlur smears each frame along a line, in one direction for the clip.
var motionBlur = augment.Spec[Config, MotionParams]{
	Summary: "smear each frame in one direction",
	Doc:     "2 ceil(r) + 1 weights exp(-i^2 / 2 s^2) along a line from the pixel, r, s = (10, 3), (15, 5), (15, 8), (15, 12), (20, 15) pixels at a short side of 224; one angle of -45 to 45 degrees for the clip; borders repeat the outermost pixel.\nSource: ImageNet-C, arXiv 1903.12261; ImageMagick's MotionBlurImage.",
	Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (MotionParams, error) {
		return MotionParams{c.Severity, -45 + 90*rng.Float64()}, nil
	},
	Apply: func(p MotionParams, f *augment.Frames) error {
		c := [...][2]float64{{10, 3}, {15, 5}, {15, 8}, {15, 12}, {20, 15}}[p.Severity-1]
		by := scale(f.H, f.W)
		return blurred(f, kernel.NewMotion(c[0]*by, c[1]*by, p.Angle))
	},
}
