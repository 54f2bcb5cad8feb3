package corrupt

import (
	"math"
	"math/rand/v2"

	"vidcsl/augment"
)

// turned is the angle of a camera that stands askew, in degrees.
var turned = [5]float64{7.5, 15, 30, 45, 90}

// AngleParams is a turn.
type AngleParams struct {
	Degrees float64 `json:"degrees"` // counter-clockwise
}

// CheckParams implements [augment.ParamsChecker].
func (p AngleParams) CheckParams() error { return checkRange("degrees", p.Degrees, -360, 360) }

// staticRotation turns all frames by one angle.
var staticRotation = augment.Spec[Config, AngleParams]{
	Summary: "turn all frames by one angle",
	Doc: "by 7.5, 15, 30, 45, 90 degrees about the centre, to either side with probability 1/2; bilinear, outside is black.\n" +
		"Source: static rotation of arXiv 2207.01398 and its code, where it is always counter-clockwise and takes the nearest pixel.",
	Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (AngleParams, error) {
		return AngleParams{turned[c.Severity-1] * float64(2*rng.IntN(2)-1)}, nil
	},
	Apply: func(p AngleParams, f *augment.Frames) error {
		f.Affine(0, f.T, rotation(p.Degrees), [2]float64{}, [3]byte{})
		return nil
	},
}

// randomRotation turns each frame by an angle of its own.
var randomRotation = augment.Spec[Config, SeedParams]{
	Summary: "turn each frame by an angle of its own",
	Doc: "frame k by U(-a, a) degrees about the centre, a = 6 s + 1 = 7, 13, 19, 25, 31; bilinear, outside is black.\n" +
		"Source: random rotation of arXiv 2207.01398 and its code, which takes whole degrees.",
	Draw: drawSeed,
	Apply: func(p SeedParams, f *augment.Frames) error {
		limit := float64(6*p.Severity + 1)
		for t := range f.T {
			f.Affine(t, t+1, rotation(limit*signed(p.at(t))), [2]float64{}, [3]byte{})
		}
		return nil
	},
}

func rotation(degrees float64) [4]float64 {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return [4]float64{cos, -sin, sin, cos}
}

// translation moves each frame by an offset of its own.
var translation = augment.Spec[Config, SeedParams]{
	Summary: "move each frame by an offset of its own",
	Doc: "frame k by U(-a, a) in x and in y, a = 4 s pixels of 224, rounded to whole ones; outside is black.\n" +
		"Source: translation of arXiv 2207.01398 and the lists made for it, with an offset of U(0, 8 s) of each frame; here it is taken about its mean.",
	Draw: drawSeed,
	Apply: func(p SeedParams, f *augment.Frames) error {
		limit, s := float64(4*p.Severity)*scale(f.H, f.W), augment.Local[copyScratch](f)
		for t := range f.T {
			rng := p.at(t)
			x, y := int(math.Round(limit*signed(rng))), int(math.Round(limit*signed(rng)))
			s.pix = append(s.pix[:0], f.Frame(t)...)
			move(f.Frame(t), s.pix, f.H, f.W, x, y)
		}
		return nil
	},
}

// move sets dst to src, h x w pixels, moved by x to the right and y down. What comes from outside is black.
func move(dst, src []byte, h, w, x, y int) {
	clear(dst)
	for row := max(y, 0); row < min(h+y, h); row++ {
		if from, to := max(x, 0), min(w+x, w); from < to {
			copy(dst[(row*w+from)*3:(row*w+to)*3], src[((row-y)*w+from-x)*3:])
		}
	}
}
