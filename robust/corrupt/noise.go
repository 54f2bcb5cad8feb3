package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// noises is drawn anew for each frame of a clip, as sensors do. Constants are those of ImageNet-C; none is a length, so small frames get
// the same. The original cuts results off to 8 bits, half a level darker on average; here they are rounded to nearest.
var noises = []entry{
	of(Info{Name: "gaussian_noise", Group: "noise", Set: ImageNetC, Changing: true}, gaussianNoise),
	of(Info{Name: "shot_noise", Group: "noise", Set: ImageNetC, Changing: true}, shotNoise),
	of(Info{Name: "impulse_noise", Group: "noise", Set: ImageNetC, Changing: true}, impulseNoise),
	of(Info{Name: "speckle_noise", Group: "noise", Set: ImageNetCExtra, Changing: true}, speckleNoise),
}

// perFrame returns an Apply that calls noise for each frame, with its key.
func perFrame(noise func(pix []byte, k kernel.Key, severity int)) func(SeedParams, *augment.Frames) error {
	return func(p SeedParams, f *augment.Frames) error {
		for t := range f.T {
			noise(f.Frame(t), kernel.KeyOf(p.Seed, t), p.Severity)
		}
		return nil
	}
}
