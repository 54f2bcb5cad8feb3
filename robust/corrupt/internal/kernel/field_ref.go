package kernel

import (
	"math"
	"slices"
)

func refUniform(dst []float32, seed uint64, k float32) {
	for i := range dst {
		dst[i] = float32(int32(Bits(seed, i)>>32)) * (1.0 / (1 << 31)) * k
	}
}

func refNormal(dst []float32, seed uint64, mean, spread float32, quantiles *[4096]float32) {
	for i := range dst {
		dst[i] = mean + float32(spread*quantiles[Bits(seed, i)>>52])
	}
}

func refTranspose(dst, src []float32, rows, cols int) {
	for x := range cols {
		for y := range rows {
			dst[x*rows+y] = src[y*cols+x]
		}
	}
}

func refConvolve(dst, src []float32, width int, r *Rows) {
	for y, f := range r.First {
		n := r.Taps[y]
		refMix(dst[y*width:][:width], src[int(f)*width:], r.step[:n], r.Weight[r.From[y]:][:n])
	}
}

// refExtremes returns the least and the greatest value.
func refExtremes(v []int32) (lo, hi int32) { return slices.Min(v), slices.Max(v) }

func refBent(at []int32, shares []uint32, dx, dy []float32, b *Bend) {
	m := &b.M
	for y := range b.H {
		for x := range b.W {
			i := y*b.W + x
			px, py := folded(float64(float32(x)+dx[i]), b.W), folded(float64(float32(y)+dy[i]), b.H)
			qx, left := share(float64(m[0]*px)+float64(m[1]*py)+m[2], b.W)
			qy, upper := share(float64(m[3]*px)+float64(m[4]*py)+m[5], b.H)
			at[i] = int32((qy*(b.W+1) + qx) * 3)
			shares[i] = 64 - left | left<<8 | (64-upper)<<16 | upper<<24
		}
	}
}

// folded mirrors a place at the edges of 0..n-1, half a pixel beyond the outermost.
func folded(v float64, n int) float64 {
	if v >= 0 && v <= float64(n-1) {
		return v
	}
	period := float64(2 * n)
	v = math.Mod(v+0.5, period)
	if v < 0 {
		v += period
	}
	return min(max(min(v, period-v)-0.5, 0), float64(n-1))
}

// share returns the pixel before a place, mirrored at the outermost pixels, and how many 64ths the next one has.
func share(v float64, n int) (at int, next uint32) {
	last := float64(n - 1)
	if v < 0 || v > last {
		if n == 1 {
			return 0, 0
		}
		v = math.Abs(math.Mod(v, 2*last))
		v = min(v, 2*last-v)
	}
	i := int(float64(v*64) + 0.5)
	return i >> 6, uint32(i & 63)
}
