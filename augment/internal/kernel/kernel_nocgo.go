//go:build !cgo

package kernel

func color(dst, src []byte, m *ColorMatrix) { refColor(dst, src, m) }

func sums(src []byte) (r, g, b uint64) { return refSums(src) }

func lookup(dst, src []byte, lut *[256]byte) { refLookup(dst, src, lut) }

func lookupRGB(dst, src []byte, lut *[3][256]byte) { refLookupRGB(dst, src, lut) }

func histogram(hist *[3][256]uint64, src []byte) { refHistogram(hist, src) }

func blur(dst, src []byte, p *blurPlan, kx, ky *Taps) { refBlur(dst, src, p, kx, ky) }

func sharpness(dst, src []byte, t, h, w int, a int16, shift int) {
	refSharpness(dst, src, t, h, w, a, shift)
}

func resample(dst, src []byte, p *resamplePlan) { refResample(dst, src, p) }

func affine(dst, src []byte, p *affinePlan) { refAffine(dst, src, p) }

// levels names the instruction sets that this build and CPU can use, slowest first.
func levels() []string { return []string{"go"} }

func setLevel(int) (restore func()) { return func() {} }
