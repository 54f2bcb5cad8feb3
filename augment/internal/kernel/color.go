package kernel

import "math"

// ColorMatrix is a 3x4 matrix in fixed point: 16-bit coefficients, their common shift and 32-bit offsets. Make it with
// [NewColorMatrix]; the C side reads this layout.
type ColorMatrix struct {
	coef  [3][3]int32 // round(c << shift), within int16
	bias  [3]int32    // round(offset << shift) and the half that rounds, within ±2^30
	shift int32       // 0..14
}

// NewColorMatrix rounds m, whose rows are (r, g, b, offset) with the offset in levels of 0..255. The shift is the largest of
// 0..14 that keeps every coefficient in 16 bits: a result is off by less than 0.03 levels before rounding when all |c| < 2, and
// by less than 0.4 when |c| reaches 16. Coefficients beyond ±32767 saturate. It panics on NaN.
func NewColorMatrix(m [3][4]float64) ColorMatrix {
	var peak float64
	for _, row := range m {
		for i, c := range row {
			if math.IsNaN(c) {
				panic("kernel: color matrix holds NaN")
			}
			if i < 3 {
				peak = max(peak, math.Abs(c))
			}
		}
	}
	c := ColorMatrix{shift: 14}
	for c.shift > 0 && math.Round(math.Ldexp(peak, int(c.shift))) > math.MaxInt16 {
		c.shift--
	}
	fixed := func(v, limit float64) int32 {
		return int32(min(max(math.Round(math.Ldexp(v, int(c.shift))), -limit), limit))
	}
	for i, row := range m {
		for j := range c.coef[i] {
			c.coef[i][j] = fixed(row[j], math.MaxInt16)
		}
		c.bias[i] = fixed(row[3], 1<<30) + 1<<c.shift>>1
	}
	return c
}

// Color sets every pixel of dst to clamp(round(m·(r, g, b, 1))) of the pixel of src. dst may be src.
//
// Cost: 51 µs, 62 with AVX2.
func Color(dst, src []byte, m *ColorMatrix) {
	checkPair(dst, src, true)
	if len(src) > 0 {
		color(dst, src, m)
	}
}

// Sums returns the sum of each channel.
//
// Cost: 10 µs.
func Sums(src []byte) (r, g, b uint64) {
	checkPair(src, src, true)
	if len(src) == 0 {
		return 0, 0, 0
	}
	return sums(src)
}

// Lut sets every byte of dst to lut of the byte of src. dst may be src.
//
// Cost: 14 µs, 200 with AVX2, where every byte is a load.
func Lut(dst, src []byte, lut *[256]byte) {
	checkPair(dst, src, true)
	if len(src) > 0 {
		lookup(dst, src, lut)
	}
}

// LutRGB is [Lut] with a table per channel.
//
// Cost: 53 µs, 160 with AVX2.
func LutRGB(dst, src []byte, lut *[3][256]byte) {
	checkPair(dst, src, true)
	if len(src) > 0 {
		lookupRGB(dst, src, lut)
	}
}

// Histogram sets hist to the number of pixels of each level, by channel.
//
// Cost: 170 µs.
func Histogram(hist *[3][256]uint64, src []byte) {
	checkPair(src, src, true)
	clear(hist[0][:])
	clear(hist[1][:])
	clear(hist[2][:])
	if len(src) > 0 {
		histogram(hist, src)
	}
}

// FillRect paints a rectangle, clipped to the frame, into every frame. Plain Go: it is a copy.
func FillRect(dst []byte, t, h, w int, x, y, rw, rh int, rgb [3]byte) {
	checkClip("dst", len(dst), t, h, w)
	x0, y0 := min(max(x, 0), w), min(max(y, 0), h)
	x1, y1 := min(max(x+rw, x0), w), min(max(y+rh, y0), h)
	if t == 0 || x0 == x1 || y0 == y1 {
		return
	}
	first := dst[(y0*w+x0)*3 : (y0*w+x1)*3]
	n := copy(first, rgb[:])
	for n < len(first) {
		n += copy(first[n:], first[:n])
	}
	for f := range t {
		for yy := y0; yy < y1; yy++ {
			row := dst[((f*h+yy)*w+x0)*3:]
			copy(row[:len(first)], first)
		}
	}
}
