package corrupt

import (
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

const unevenSpatter = "severities 1 to 3 are water, 4 and 5 mud"

type spatterLevel struct {
	mean, spread, sigma, least, strength float64
	mud                                  bool
}

var spatterLevels = [5]spatterLevel{
	{0.65, 0.3, 4, 0.69, 0.6, false}, {0.65, 0.3, 3, 0.68, 0.6, false}, {0.65, 0.3, 2, 0.68, 0.5, false},
	{0.65, 0.3, 1, 0.65, 1.5, true}, {0.67, 0.4, 1, 0.65, 1.5, true},
}

var (
	water = [3]float32{175, 238, 238} // pale turquoise
	mud   = [3]float32{63, 42, 20}
)

// spatter is drops on the lens: they stay where they are in all frames. The noise under them has the strength that it has at 224 pixels in each of their number,
// so that as much of a frame is wet at any size.
var spatter = augment.Spec[Config, SeedParams]{
	Summary: "drops of water or mud on the lens",
	Doc: "Normal noise, blurred with sigma s, is liquid above a threshold. Water (1 to 3) adds pale turquoise, most where drops are thick and lit from the upper left, b times at most; mud (4, 5) covers with brown what is blurred " +
		"with sigma b above 0.8. (mean, deviation, s, threshold, b) = (0.65, 0.3, 4, 0.69, 0.6), (0.65, 0.3, 3, 0.68, 0.6), (0.65, 0.3, 2, 0.68, 0.5), (0.65, 0.3, 1, 0.65, 1.5), (0.67, 0.4, 1, 0.65, 1.5)." +
		"\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (SeedParams, error) {
		return SeedParams{c.Severity, rng.Uint64()}, nil
	},
	Apply: func(p SeedParams, f *augment.Frames) error {
		l, c, s := augment.Local[layer](f), spatterLevels[p.Severity-1], scale(f.H, f.W)
		noise := room(&l.a, f.H*f.W)
		kernel.Normal(noise, p.Seed, float32(c.mean), float32(c.spread*s), quantiles())
		liquid := l.blurField(noise, f.H, f.W, max(c.sigma*s, 1e-3), 4, nearest)
		if c.mud {
			gain, add := room(&l.gain, len(liquid)*3), room(&l.add, len(liquid)*3)
			for i, v := range l.mudCover(liquid, f.H, f.W, c, s) {
				for k, colour := range mud {
					gain[i*3+k], add[i*3+k] = uint16((1-v)*(1<<15)+0.5), uint16(v*colour*128+0.5)
				}
			}
			kernel.Overlay(f.Pix, f.T, gain, add)
			return nil
		}
		drops := room(&l.bytes[0], len(liquid)*3)
		o := kernel.Water{Least: float32(c.least), Scale: float32(s), Strength: float32(c.strength), Colour: water}
		o.Add(drops, liquid, f.H, f.W, &l.kernel)
		kernel.Brighten(f.Pix, f.T, drops)
		return nil
	},
}

// mudCover returns how much of each pixel is covered. It is liquid's memory.
func (l *layer) mudCover(liquid []float32, h, w int, c spatterLevel, s float64) []float32 {
	wet := make([]float32, h*w)
	for y := range h {
		for x := range w {
			if liquid[y*w+x] > float32(c.least) {
				wet[x*h+y] = 1
			}
		}
	}
	cover := l.blurField(wet, h, w, max(c.strength*s, 1e-3), 4, nearest)
	for i, v := range cover {
		if v = min(v, 1); v < 0.8 {
			v = 0
		}
		cover[i] = v
	}
	return cover
}
