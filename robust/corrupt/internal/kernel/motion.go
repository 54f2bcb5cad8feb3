package kernel

import (
	"math"
	"slices"
)

// Motion is a blur along a line that begins at the pixel.
type Motion struct {
	dx, dy, w []int // w sums to 2^15
}

// NewMotion returns the blur with 2 ceil(radius)+1 weights exp(-i²/2σ²), i = 0, 1, 2..., in the direction of an angle in degrees, clockwise
// from the right; radius and sigma are in pixels. Pixels are those nearest to the line. Source: ImageMagick's MotionBlurImage.
func NewMotion(radius, sigma, angle float64) *Motion {
	width := 2*int(math.Ceil(radius)) + 1
	sin, cos := math.Sincos(angle * math.Pi / 180)
	total := 0.0
	weight := func(i int) float64 { return math.Exp(-float64(i*i) / (2 * sigma * sigma)) }
	for i := range width {
		total += weight(i)
	}
	m := new(Motion)
	left := 1 << 15
	for i := range width {
		x, y := int(math.Ceil(float64(i)*cos-0.5)), int(math.Ceil(float64(i)*sin-0.5))
		w := int(math.Round(weight(i) / total * (1 << 15)))
		left -= w
		if last := len(m.w) - 1; last >= 0 && m.dx[last] == x && m.dy[last] == y {
			m.w[last] += w
			continue
		}
		m.dx, m.dy, m.w = append(m.dx, x), append(m.dy, y), append(m.w, w)
	}
	m.w[0] += left
	return m
}

// Blur writes the blurred frame src to dst, which may be src. Borders repeat the outermost pixel. The result is rounded to nearest.
func (m *Motion) Blur(dst, src []byte, h, w int, s *Scratch) {
	want("a frame", len(src), h*w*3)
	want("a frame", len(dst), h*w*3)
	e := margin{left: -slices.Min(m.dx), right: slices.Max(m.dx), top: -slices.Min(m.dy), bottom: slices.Max(m.dy)}
	plane, stride := s.pad(src, h, w, e, clamped, 8)
	t := &terms{mode: single}
	for i, k := range m.w {
		at := (m.dy[i]+e.top)*stride + (m.dx[i]+e.left)*3
		t.add(at, at, k)
	}
	t.narrow(dst, plane, stride, h, w*3)
}
