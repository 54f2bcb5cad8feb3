package corrupt

import (
	"fmt"
	"math/rand/v2"

	"vidcsl/augment"
)

// cameras are what a camera, its hand and the air before it do to the frames.
var cameras = []entry{
	of(Info{Name: "temporal_motion_blur", Group: "camera", Set: Video, Frames: 2}, temporalMotionBlur),
	of(Info{Name: "static_rotation", Group: "camera", Set: Video,
		Uneven: "a frame turned by 90 degrees may be nearer to itself than by 45, which also shows its corners"}, staticRotation),
	of(Info{Name: "random_rotation", Group: "camera", Set: Video}, randomRotation),
	of(Info{Name: "translation", Group: "camera", Set: Video}, translation),
	of(Info{Name: "shake", Group: "camera", Set: Video}, shake),
	of(Info{Name: "focus_drift", Group: "camera", Set: Video}, focusDrift),
	of(Info{Name: "flicker", Group: "camera", Set: Video}, flicker),
	of(Info{Name: "low_light", Group: "camera", Set: Video}, lowLight),
	of(Info{Name: "rain", Group: "camera", Set: Video}, rain),
}

// CameraParams is one draw of a corruption whose random values are functions of the seed and the frame.
type CameraParams struct {
	Severity int    `json:"severity"`
	Seed     uint64 `json:"seed"`
}

// CheckParams implements [augment.ParamsChecker].
func (p CameraParams) CheckParams() error {
	if p.Severity < 1 || p.Severity > 5 {
		return fmt.Errorf("severity is %d, want 1 to 5", p.Severity)
	}
	return nil
}

// drawCamera is the Draw of what needs no more than a seed.
func drawCamera(c Config, rng *rand.Rand, _ *augment.Draft) (CameraParams, error) {
	return CameraParams{c.Severity, rng.Uint64()}, nil
}

// at returns the generator of frame t; that of what holds for all frames is at -1.
func (p CameraParams) at(t int) *rand.Rand { return rand.New(rand.NewPCG(p.Seed, uint64(t))) }

// signed returns a number drawn uniformly from -1 to 1.
func signed(rng *rand.Rand) float64 { return 2*rng.Float64() - 1 }
