package corrupt

import (
	"math"
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// FogParams is one draw of a fog.
type FogParams struct {
	Severity int     `json:"severity"`
	Seed     uint64  `json:"seed"`
	Angle    float64 `json:"angle"` // degrees in which it drifts, 0 is to the right, 90 down
	Speed    float64 `json:"speed"` // pixels per frame at a short side of 224
}

// CheckParams implements [augment.ParamsChecker].
func (p FogParams) CheckParams() error {
	if err := checkLevel(p.Severity); err != nil {
		return err
	}
	if err := checkRange("angle", p.Angle, 0, 360); err != nil {
		return err
	}
	return checkRange("speed", p.Speed, 0, 64)
}

const unevenFog = "severities 3 and 4 have as much fog, which differs in how finely it is spread alone"

var fogLevels = [5]struct{ thickness, decay float64 }{{1.5, 2}, {2, 2}, {2.5, 1.7}, {2.5, 1.5}, {3, 1.4}}

// fog adds one plasma fractal, which repeats itself beyond its edges, and moves over the frame. The greatest value of the clip, which ImageNet-C
// takes of the picture, holds for all frames.
var fog = augment.Spec[Config, FogParams]{
	Summary: "a veil of fog that drifts slowly",
	Doc: "c' = (c + 255 f p) m / (m + f), p a plasma fractal of 0 to 1 with decay d, m the clip's greatest value over 255; (f, d) = (1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4). " +
		"It moves 0.5 to 1.5 pixels a frame at a short side of 224.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (FogParams, error) {
		return FogParams{c.Severity, rng.Uint64(), rng.Float64() * 360, 0.5 + rng.Float64()}, nil
	},
	Apply: func(p FogParams, f *augment.Frames) error {
		l, c, size := augment.Local[layer](f), fogLevels[p.Severity-1], 2
		for size < max(f.H, f.W) {
			size *= 2
		}
		peak := float64(kernel.Peak(f.Pix)) / 255
		dim := peak / (peak + c.thickness)
		veil := l.plasmaLayer(p.Seed, size, c.decay, 255*128*c.thickness*dim)
		sin, cos := math.Sincos(p.Angle * math.Pi / 180)
		speed := p.Speed * scale(f.H, f.W)
		for t := range f.T {
			y, fy := placeOn(-sin*speed*float64(t), size)
			x, fx := placeOn(-cos*speed*float64(t), size)
			kernel.Drift(f.Frame(t), veil, kernel.Torus{H: f.H, W: f.W, SizeY: size, SizeX: size, Y: y, X: x}, fy, fx, int(dim*(1<<15)+0.5))
		}
		return nil
	},
}

// placeOn returns the whole part of a place on a torus, and the rest of 2^15.
func placeOn(v float64, size int) (whole, rest int) {
	floor := math.Floor(v)
	return around(int(floor), size), int((v - floor) * (1<<15 - 1))
}

// plasmaLayer returns a plasma fractal of 0 to top, as [kernel.Drift] reads it.
func (l *layer) plasmaLayer(seed uint64, size int, decay, top float64) []int16 {
	p := l.plasma(seed, size, decay)
	lo, hi := p[0], p[0]
	for _, v := range p {
		lo, hi = min(lo, v), max(hi, v)
	}
	k := float32(top) / max(hi-lo, math.SmallestNonzeroFloat32)
	words, stride := room(&l.words, size*(size+1)*3), (size+1)*3
	for y := range size {
		row := words[y*stride : (y+1)*stride]
		for x, v := range p[y*size : (y+1)*size] {
			w := int16(min(float32((v-lo)*k)+0.5, 255*128))
			row[x*3], row[x*3+1], row[x*3+2] = w, w, w
		}
		copy(row[size*3:], row[:3])
	}
	return words
}

// plasma returns a height map of size x size, a power of two, that repeats itself: the diamond-square algorithm of Fournier, Fussell and Carpenter
// (CACM 1982). Each step halves the distance of points; what is random in them becomes less by decay squared, as in ImageNet-C.
func (l *layer) plasma(seed uint64, size int, decay float64) []float32 {
	old, now, mid := room(&l.a, size*size), room(&l.b, size*size), room(&l.c, size*size/4)
	old[0] = 0
	wibble := float32(1)
	for n := 1; n < size; n *= 2 {
		step := size / n
		random := func(y, x int) float32 { return wibble * signedAt(seed, y*size+x) }
		for y := range n {
			a, b := old[y*n:(y+1)*n], old[(y+1)%n*n:][:n]
			for x := range n {
				r := (x + 1) & (n - 1)
				mid[y*n+x] = (a[x]+b[x]+a[r]+b[r])/4 + random(y*step+step/2, x*step+step/2)
			}
		}
		for y := range n {
			a, b := old[y*n:(y+1)*n], old[(y+1)%n*n:][:n]
			m, above := mid[y*n:(y+1)*n], mid[(y+n-1)%n*n:][:n]
			even, odd := now[2*y*2*n:][:2*n], now[(2*y+1)*2*n:][:2*n]
			for x := range n {
				r, left := (x+1)&(n-1), (x+n-1)&(n-1)
				even[2*x] = a[x]
				even[2*x+1] = (a[x]+a[r]+m[x]+above[x])/4 + random(y*step, x*step+step/2)
				odd[2*x] = (a[x]+b[x]+m[x]+m[left])/4 + random(y*step+step/2, x*step)
				odd[2*x+1] = m[x]
			}
		}
		old, now = now, old
		wibble /= float32(decay * decay)
	}
	return old
}
