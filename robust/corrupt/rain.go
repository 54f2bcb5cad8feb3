package corrupt

import (
	"math"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// raining is how hard it rains: drops in a square as wide as the frame's shorter side, the length of the nearest ones' streaks and their width in
// pixels of 224, their opacity, and the share of the light that comes from the rain behind them.
var raining = [5]struct{ drops, length, width, alpha, veil float64 }{
	{100, 16, 1.2, 0.5, 0.06}, {200, 20, 1.4, 0.55, 0.12}, {330, 26, 1.6, 0.6, 0.18}, {480, 34, 1.8, 0.65, 0.24}, {650, 44, 2, 0.7, 0.3},
}

// Of the rain: the value of a streak, that of the veil, and the share of the time for which the shutter is open.
const (
	streakLight = 215
	veilLight   = 150
	shutter     = 0.5
)

// rain lets drops fall past the camera. They fall on from frame to frame, each along its line.
var rain = augment.Spec[Config, SeedParams]{
	Summary: "let drops fall past the camera, from frame to frame",
	Doc: "100, 200, 330, 480, 650 drops in a square as wide as the shorter side, " +
		"at depths z ~ U(1/2, 1), leave streaks of z (16, 20, 26, 34, 44) pixels of 224, z (1.2, 1.4, 1.6, 1.8, 2) wide, " +
		"of value 215 and opacity z (0.5, 0.55, 0.6, 0.65, 0.7), fading to both ends, " +
		"and move by twice their length per frame, as with a shutter open for half of the time. " +
		"All lean as the wind has it, by U(-0.3, 0.3) of their height. Behind them c is (1-v) c + 150 v, v = 0.06, 0.12, 0.18, 0.24, 0.3.\n" +
		"Source: streaks drawn as lines are albumentations' RandomRain, of 65 to 100 drops of 10 to 60 pixels at 224; that they fall, and the constants, are our own.",
	Draw: drawSeed,
	Apply: func(p SeedParams, f *augment.Frames) error {
		k, veil := p.rain(f.H, f.W), raining[p.Severity-1].veil
		var behind [256]byte
		for v := range behind {
			behind[v] = byte(math.Round(float64((1-veil)*float64(v)) + float64(veil*veilLight)))
		}
		for t := range f.T {
			pix := f.Frame(t)
			for i, v := range pix {
				pix[i] = behind[v]
			}
			k.Draw(pix, f.H, f.W, t)
		}
		return nil
	},
}

// rain returns the drops for frames of h x w pixels.
func (p SeedParams) rain(h, w int) kernel.Rain {
	c, rng, s := raining[p.Severity-1], p.at(-1), scale(h, w)
	k := kernel.Rain{
		Seed:   rng.Uint64(),
		Slant:  int(math.Round(256 * 0.3 * signed(rng))),
		Length: int(math.Round(256 * c.length * s)),
		Width:  int(math.Round(256 * c.width * s)),
		Alpha:  int(math.Round(256 * c.alpha)),
		Light:  streakLight,
	}
	k.Speed = int(float64(k.Length) / shutter)
	// drops also fall where the frame is not: above it, and beside it as far as they lean
	width, height := float64(w)+math.Abs(float64(k.Slant*h))/256, float64(h)+float64(k.Length)/256
	k.Drops = int(math.Round(min(c.drops*width*height/float64(min(h, w)*min(h, w)), float64(h*w)))) // thin strips need no more than pixels
	return k
}
