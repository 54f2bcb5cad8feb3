//go:build !cgo

package kernel

func uniform(dst []float32, seed uint64, k float32) { refUniform(dst, seed, k) }

func normal(dst []float32, seed uint64, mean, spread float32, quantiles *[4096]float32) {
	refNormal(dst, seed, mean, spread, quantiles)
}

func transpose(dst, src []float32, rows, cols int) { refTranspose(dst, src, rows, cols) }

func convolve(dst, src []float32, width int, r *Rows) { refConvolve(dst, src, width, r) }

func bent(at []int32, shares []uint32, dx, dy []float32, b *Bend) { refBent(at, shares, dx, dy, b) }

func extremes(v []int32) (lo, hi int32) { return refExtremes(v) }
