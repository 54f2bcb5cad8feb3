package corrupt

import (
	"math"
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// SnowParams is one draw of a snowfall.
type SnowParams struct {
	Severity int     `json:"severity"`
	Seed     uint64  `json:"seed"`
	Angle    float64 `json:"angle"` // degrees of the streaks: -90 is upright
}

// CheckParams implements [augment.ParamsChecker].
func (p SnowParams) CheckParams() error {
	if err := checkLevel(p.Severity); err != nil {
		return err
	}
	return checkRange("angle", p.Angle, -135, -45)
}

type snowLevel struct{ mean, spread, zoom, least, radius, sigma, keep float64 }

var snowLevels = [5]snowLevel{
	{0.1, 0.3, 3, 0.5, 10, 4, 0.8},
	{0.2, 0.3, 2, 0.5, 12, 4, 0.7},
	{0.55, 0.3, 4, 0.9, 12, 8, 0.7},
	{0.55, 0.3, 4.5, 0.85, 12, 8, 0.65},
	{0.55, 0.3, 2.5, 0.85, 12, 12, 0.55},
}

const unevenSnow = "severity 3 has fewer and larger flakes than 2 and whitens about as much"

// snow adds one layer of flakes, blurred along the direction in which it falls by the radius of that blur a frame. What leaves the frame below comes
// in again above.
var snow = augment.Spec[Config, SnowParams]{
	Summary: "whiten, and let flakes fall",
	Doc: "c' = k c + (1-k) max(c, 1.5 grey + 127.5) + 255 (s + s turned by 180 degrees), s normal noise zoomed by z, cut below a threshold, and blurred along an angle of -135 to -45 degrees. " +
		"(mean, deviation, z, threshold, radius, sigma, k) = (0.1, 0.3, 3, 0.5, 10, 4, 0.8), (0.2, 0.3, 2, 0.5, 12, 4, 0.7), (0.55, 0.3, 4, 0.9, 12, 8, 0.7), " +
		"(0.55, 0.3, 4.5, 0.85, 12, 8, 0.65), (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55). The flakes fall radius pixels a frame at a short side of 224.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (SnowParams, error) {
		return SnowParams{c.Severity, rng.Uint64(), -135 + 90*rng.Float64()}, nil
	},
	Apply: func(p SnowParams, f *augment.Frames) error {
		l, c, s := augment.Local[layer](f), snowLevels[p.Severity-1], scale(f.H, f.W)
		flakes := l.snowLayer(p, c, f.H, f.W, s)
		sin, cos := math.Sincos(p.Angle * math.Pi / 180)
		keep := int(c.keep*(1<<15) + 0.5)
		for t := range f.T {
			fallen := c.radius * s * float64(t)
			o := kernel.Torus{H: f.H, W: f.W, SizeY: f.H, SizeX: f.W, Y: around(int(math.Round(sin*fallen)), f.H), X: around(int(math.Round(cos*fallen)), f.W)}
			kernel.Snow(f.Frame(t), flakes, o, keep, 1<<16-2*keep)
		}
		return nil
	},
}

// snowLayer returns a torus of h x w with what flakes add to a frame, in 1/128.
func (l *layer) snowLayer(p SnowParams, c snowLevel, h, w int, s float64) []uint16 {
	noise := l.flakes(p.Seed, c, h, w, s)
	sin, cos := math.Sincos(p.Angle * math.Pi / 180)
	radius := int(math.Ceil(c.radius * s))
	taps, pad := 2*radius+1, 2*radius+1
	wide := room(&l.b, h*(w+2*pad))
	for y := range h {
		row := wide[y*(w+2*pad):][:w+2*pad]
		for x := range row {
			row[x] = noise[y*w+around(x-pad, w)]
		}
	}
	at, weight, sum := room(&l.at, taps), room(&l.weight, taps), 0.0
	offset := make([][2]int, taps)
	for j := range taps {
		d := float64(j) / max(c.sigma*s, 1e-3)
		weight[j] = float32(math.Exp(-d * d / 2))
		sum += float64(weight[j])
		offset[j] = [2]int{int(math.Ceil(float64(j)*sin - 0.5)), int(math.Ceil(float64(j)*cos - 0.5))}
	}
	for j := range weight {
		weight[j] /= float32(sum)
	}
	streaks := room(&l.c, h*w)
	for y := range h {
		for j, o := range offset {
			at[j] = int32(around(y+o[0], h)*(w+2*pad) + pad + o[1])
		}
		kernel.Mix(streaks[y*w:(y+1)*w], wide, at, weight)
	}
	out := room(&l.add, h*w)
	for i, v := range streaks {
		out[i] = uint16(min(v+streaks[h*w-1-i], 1)*(255*128) + 0.5)
	}
	return out
}

// flakes returns normal noise in cells of a little more than that many pixels, with straight lines between their values, and nothing where it is below the
// least. Frames smaller than 224 get the mean over the pixels, up to 4 x 4, that one of theirs would be there.
func (l *layer) flakes(seed uint64, c snowLevel, h, w int, s float64) []float32 {
	cell, fine := c.zoom*s, min(max(1, int(1/s+0.5)), 4)
	gh, gw := max(1, int(math.Ceil(float64(h)/cell))-1), max(1, int(math.Ceil(float64(w)/cell))-1)
	grid := room(&l.b, gh*gw)
	kernel.Normal(grid, seed, float32(c.mean), float32(c.spread), quantiles())
	out := room(&l.a, h*w)
	clear(out)
	share, least := 1/float32(fine*fine), float32(c.least)
	line := room(&l.weight, gw+1) // of the grid, at a row of pixels
	for y := range h * fine {
		py := float32(y*gh) / float32(h*fine)
		ty := int(py)
		a, b := grid[ty*gw:][:gw], grid[(ty+1)%gh*gw:][:gw]
		fy, row := py-float32(ty), out[y/fine*w:][:w]
		for i, v := range a {
			line[i] = v + float32((b[i]-v)*fy)
		}
		line[gw] = line[0]
		for x := range w {
			for k := x * fine; k < (x+1)*fine; k++ {
				px := float32(k*gw) / float32(w*fine)
				tx := int(px)
				if v := line[tx] + float32((line[tx+1]-line[tx])*(px-float32(tx))); v >= least {
					row[x] += min(v, 1) * share
				}
			}
		}
	}
	return out
}
