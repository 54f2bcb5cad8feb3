package corrupt

import (
	"fmt"
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// exposed is the number of frames whose mean is shown.
var exposed = [5]int{3, 5, 7, 9, 11}

// ExposureParams is a mean over frames.
type ExposureParams struct {
	Frames int `json:"frames"`
}

// CheckParams implements [augment.ParamsChecker].
func (p ExposureParams) CheckParams() error {
	if p.Frames < 1 || p.Frames > 2*kernel.MaxRadius+1 || p.Frames%2 == 0 {
		return fmt.Errorf("frames is %d, want an odd number from 1 to %d", p.Frames, 2*kernel.MaxRadius+1)
	}
	return nil
}

// copyScratch is a copy of a clip or a frame.
type copyScratch struct{ pix []byte }

// temporalMotionBlur shows the mean of neighbouring frames, as a shutter does that is open for long.
var temporalMotionBlur = augment.Spec[Config, ExposureParams]{
	Summary: "show the mean of neighbouring frames of the view",
	Doc: "frame k = mean of frames k-r to k+r of the view, 2r+1 = 3, 5, 7, 9, 11, those that there are at the ends.\n" +
		"Source: motion of Mini Kinetics-C, arXiv 2110.06513, which takes frames of the source; here they are those of the view, and its stride counts.",
	Draw: func(c Config, _ *rand.Rand, d *augment.Draft) (ExposureParams, error) {
		_, err := moving(d)
		return ExposureParams{exposed[c.Severity-1]}, err
	},
	Apply: func(p ExposureParams, f *augment.Frames) error {
		s := augment.Local[copyScratch](f)
		s.pix = append(s.pix[:0], f.Pix...)
		kernel.TimeMean(f.Pix, s.pix, f.T, len(f.Frame(0)), p.Frames/2)
		return nil
	},
}
