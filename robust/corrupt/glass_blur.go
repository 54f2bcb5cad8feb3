package corrupt

import (
	"math"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// glassBlur blurs, moves pixels about and blurs again. The glass does not move: where pixels come from is drawn once for the clip, and
// all its frames are seen through it.
//
// The original exchanges pixel (y, x) with one near it, from the last pixel to the first. Its exchange, of two NumPy views, leaves the near
// pixel's colour in both, and so do the published pictures and this.
var glassBlur = augment.Spec[Config, SeedParams]{
	Summary: "see each frame through rough glass",
	Doc: "Gaussian blur, then n times for each pixel from the last to the first: take the colour of one at most d away in x and in y; then the same blur again. Deviation, d, n = (0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2) at a short side of 224; lengths shrink with it, d to at least 1. " +
		"Where pixels come from is drawn once for the clip.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw: drawSeed,
	Apply: func(p SeedParams, f *augment.Frames) error {
		c := [...]struct {
			sigma, reach float64
			times        int
		}{{0.7, 1, 2}, {0.9, 2, 1}, {1, 2, 3}, {1.1, 3, 2}, {1.5, 4, 2}}[p.Severity-1]
		by := scale(f.H, f.W)
		g := augment.Local[glass](f)
		g.shuffle(f.H, f.W, max(int(math.Round(c.reach*by)), 1), c.times, p.Seed)
		blur, s := kernel.NewGaussian(c.sigma*by), augment.Local[kernel.Scratch](f)
		moved := room(&g.pix, f.H*f.W*3)
		for t := range f.T {
			pix := f.Frame(t)
			blur.Blur(pix, pix, f.H, f.W, s)
			kernel.Gather(moved, pix, g.from)
			blur.Blur(pix, moved, f.H, f.W, s)
		}
		return nil
	},
}

// glass is where the pixels of a frame come from, and memory for one.
type glass struct {
	from []int32
	pix  []byte
}

// shuffle makes g.from for h x w pixels: offsets are -reach to reach-1, as far as from the border, in either direction.
func (g *glass) shuffle(h, w, reach, times int, seed uint64) {
	for i := range room(&g.from, h*w) {
		g.from[i] = int32(i)
	}
	side := uint32(2 * reach)
	for n := range times {
		k := kernel.KeyOf(seed, n)
		for y := h - reach; y > reach; y-- {
			for x := w - reach; x > reach; x-- {
				at := y*w + x
				bits := k.At(uint32(at))
				dx, dy := int(bits&0xffff*side>>16)-reach, int(bits>>16*side>>16)-reach
				g.from[at] = g.from[at+dy*w+dx]
			}
		}
	}
}
