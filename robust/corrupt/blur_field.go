package corrupt

import (
	"math"

	"vidcsl/robust/corrupt/internal/kernel"
)

// edge says which row stands for one outside of 0..n-1.
type edge func(i, n int) int

// mirrored repeats the edge: d c b a | a b c d | d c b a.
func mirrored(i, n int) int {
	if i = around(i, 2*n); i >= n {
		return 2*n - 1 - i
	}
	return i
}

// mirroredOnce does not: d c b | a b c d | c b a.
func mirroredOnce(i, n int) int {
	if n == 1 {
		return 0
	}
	if i = around(i, 2*n-2); i >= n {
		return 2*n - 2 - i
	}
	return i
}

func nearest(i, n int) int { return min(max(i, 0), n-1) }

// blurField blurs noise, whose value at row y and column x of h x w is at [x*h+y], with a Gaussian that ends truncate sigmas from its middle. The result
// is [h,w] in l.a; noise may be l.a and not l.b.
func (l *layer) blurField(noise []float32, h, w int, sigma, truncate float64, e edge) []float32 {
	across := room(&l.b, h*w)
	l.blurRows(across, noise, w, h, sigma, truncate, e)
	turned := room(&l.c, h*w)
	for x := range w {
		for y, v := range across[x*h : (x+1)*h] {
			turned[y*w+x] = v
		}
	}
	out := room(&l.a, h*w)
	l.blurRows(out, turned, h, w, sigma, truncate, e)
	return out
}

// blurRows mixes n rows of width values.
func (l *layer) blurRows(dst, src []float32, n, width int, sigma, truncate float64, e edge) {
	r := int(truncate*sigma + 0.5)
	taps, sum := make([]float64, 2*r+1), 0.0
	for j := range taps {
		d := float64(j-r) / sigma
		taps[j] = math.Exp(-d * d / 2)
		sum += taps[j]
	}
	at, weight, fold := room(&l.at, n)[:0], room(&l.weight, n)[:0], room(&l.fold, n)
	for y := range n {
		lo, hi := max(y-r, 0), min(y+r, n-1)
		clear(fold)
		for j, t := range taps {
			i := y + j - r
			if i < 0 || i >= n {
				i = e(i, n)
			}
			fold[i] += float32(t / sum)
		}
		at, weight = at[:0], append(weight[:0], fold[lo:hi+1]...)
		for i := lo; i <= hi; i++ {
			at = append(at, int32(i*width))
		}
		kernel.Mix(dst[y*width:(y+1)*width], src, at, weight)
	}
}
