package synth

import (
	"math"
	"math/rand/v2"
)

// texture is a square pattern on a torus: it repeats without a seam. Values are the share, 0 to 255, of the second of two colours.
type texture struct {
	n    int // side, a power of two
	mix  []uint8
	mask int
}

// drawTexture draws one of four patterns: noise, stripes, checks, dots. scale 1 gives the coarseness meant for a whole frame;
// a larger scale gives fewer, larger features.
func drawTexture(r *rand.Rand, n int, scale float64) *texture {
	t := &texture{n: n, mix: make([]uint8, n*n), mask: n - 1}
	freq := func(lo, hi int) int { return max(1, int(math.Round(float64(lo+r.IntN(hi-lo+1))/scale))) }
	var at func(p, q float64) float64 // p, q in 0..1, value in 0..1
	switch r.IntN(4) {
	case 0:
		at = valueNoise(r, freq(5, 10))
	case 1:
		kx, ky := waveVector(r, freq(4, 9))
		hard := 0.6 + 1.5*r.Float64()
		at = func(p, q float64) float64 { return 0.5 + hard*0.5*math.Sin(2*math.Pi*(kx*p+ky*q)) }
	case 2:
		kx, ky := waveVector(r, freq(3, 6))
		at = func(p, q float64) float64 {
			return 0.5 + 2*math.Sin(2*math.Pi*(kx*p+ky*q))*math.Sin(2*math.Pi*(kx*q-ky*p))
		}
	default:
		f, radius := float64(freq(5, 10)), 0.22+0.16*r.Float64()
		at = func(p, q float64) float64 {
			u, v := p*f-math.Floor(p*f)-0.5, q*f-math.Floor(q*f)-0.5
			return (radius-math.Hypot(u, v))*8 + 0.5
		}
	}
	for y := range n {
		for x := range n {
			v := at(float64(x)/float64(n), float64(y)/float64(n))
			t.mix[y*n+x] = uint8(255*min(1, max(0, v)) + 0.5)
		}
	}
	return t
}

// waveVector draws a whole-numbered direction of about k waves per side: whole, so that the pattern closes on the torus.
func waveVector(r *rand.Rand, k int) (kx, ky float64) {
	a := 2 * math.Pi * r.Float64()
	kx, ky = math.Round(float64(k)*math.Cos(a)), math.Round(float64(k)*math.Sin(a))
	return kx, ky
}

// valueNoise is smooth random noise of f cells per side, plus an octave of 2f cells.
func valueNoise(r *rand.Rand, f int) func(p, q float64) float64 {
	coarse, fine := lattice(r, f), lattice(r, 2*f)
	return func(p, q float64) float64 {
		v := 0.7*coarse(p, q) + 0.3*fine(p, q)
		return 0.5 + 1.6*(v-0.5)
	}
}

func lattice(r *rand.Rand, f int) func(p, q float64) float64 {
	knots := make([]float64, f*f)
	for i := range knots {
		knots[i] = r.Float64()
	}
	smooth := func(x float64) float64 { return x * x * (3 - 2*x) }
	return func(p, q float64) float64 {
		x, y := p*float64(f), q*float64(f)
		i, j := int(x), int(y)
		u, v := smooth(x-float64(i)), smooth(y-float64(j))
		i0, i1, j0, j1 := i%f, (i+1)%f, j%f*f, (j+1)%f*f
		top := knots[j0+i0] + u*(knots[j0+i1]-knots[j0+i0])
		bottom := knots[j1+i0] + u*(knots[j1+i1]-knots[j1+i0])
		return top + v*(bottom-top)
	}
}

// at samples bilinearly at texel coordinates in 1/256ths, wrapping around.
func (t *texture) at(x, y int) uint8 {
	fx, fy := x&255, y&255
	x0, y0 := x>>8&t.mask, y>>8&t.mask
	x1, y1 := (x0+1)&t.mask, (y0+1)&t.mask
	a, b := int(t.mix[y0*t.n+x0]), int(t.mix[y0*t.n+x1])
	c, d := int(t.mix[y1*t.n+x0]), int(t.mix[y1*t.n+x1])
	top, bottom := a<<8+(b-a)*fx, c<<8+(d-c)*fx
	return uint8((top<<8 + (bottom-top)*fy) >> 16)
}

// palette maps a texture's value to RGB.
type palette [256][3]uint8

func newPalette(a, b [3]float64) *palette {
	var p palette
	for i := range p {
		for ch := range 3 {
			p[i][ch] = uint8(a[ch] + (b[ch]-a[ch])*float64(i)/255 + 0.5)
		}
	}
	return &p
}

// calm moves the colours between two levels and takes three quarters of the contrast of the texture away.
func (p *palette) calm(lo, hi float64) {
	var mean [3]float64
	for _, c := range p {
		for ch, v := range c {
			mean[ch] += float64(v) / float64(len(p))
		}
	}
	for i := range p {
		for ch, v := range p[i] {
			p[i][ch] = uint8(lo + (hi-lo)*(mean[ch]+(float64(v)-mean[ch])/4)/255 + 0.5)
		}
	}
}
