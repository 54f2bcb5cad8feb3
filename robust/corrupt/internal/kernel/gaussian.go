package kernel

import "math"

// Gaussian is a Gaussian filter: weights exp(-x²/2σ²) out to 4 σ, normalised, in x and in y.
type Gaussian struct {
	w []int // from the middle outwards; the middle one, and all twice, make 2^16
}

// NewGaussian returns the filter for a standard deviation of sigma pixels. Below 1/8 it is nothing but the pixel itself.
func NewGaussian(sigma float64) *Gaussian {
	radius := int(4*sigma + 0.5)
	k := make([]float64, radius+1)
	total := 0.0
	for i := range k {
		k[i] = 1
		if i > 0 {
			k[i] = 2 * math.Exp(-float64(i*i)/(2*sigma*sigma))
		}
		total += k[i]
	}
	g := &Gaussian{w: make([]int, radius+1)}
	g.w[0] = 1 << 15
	for i := 1; i <= radius; i++ {
		g.w[i] = int(math.Round(k[i] / total * (1 << 15)))
		g.w[0] -= g.w[i]
	}
	return g
}

// Blur writes the filtered frame src to dst, which may be src. Borders repeat the outermost pixel. The result is rounded to nearest: within 1
// of the exact one, and as a rule equal to it rounded.
func (g *Gaussian) Blur(dst, src []byte, h, w int, s *Scratch) {
	want("a frame", len(src), h*w*3)
	want("a frame", len(dst), h*w*3)
	r := len(g.w) - 1
	if r == 0 {
		copy(dst, src)
		return
	}
	n := w * 3
	plane, stride := s.pad(src, h, w, margin{left: r, right: r}, clamped, 7)
	step := strideOf(n)
	blurred := grown(&s.planes[1], (h+2*r)*step+2*slack)
	g.terms(3).wide(blurred[r*step:], step, plane, stride, h, n)
	for i := range r {
		copy(blurred[i*step:][:n], blurred[r*step:][:n])
		copy(blurred[(r+h+i)*step:][:n], blurred[(r+h-1)*step:][:n])
	}
	g.terms(step).narrow(dst, blurred, step, h, n)
}

// terms adds up pixels that are step apart, in pairs around the middle one.
func (g *Gaussian) terms(step int) *terms {
	t := &terms{mode: sum}
	r := len(g.w) - 1
	for i, w := range g.w {
		t.add((r-i)*step, (r+i)*step, w)
	}
	return t
}
