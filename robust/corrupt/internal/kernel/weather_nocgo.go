//go:build !cgo

package kernel

func mix(dst, src []float32, at []int32, weight []float32) { refMix(dst, src, at, weight) }

func peak(src []byte) int { return refPeak(src) }

func drift(frame []byte, layer []int16, o *Torus, fy, fx, gain int) {
	refDrift(frame, layer, o, fy, fx, gain)
}

func overlay(pix []byte, frames int, gain, add []uint16) { refOverlay(pix, frames, gain, add) }

func glaze(pix []byte, frames, gain int, add []uint16) { refGlaze(pix, frames, gain, add) }

func brighten(pix []byte, frames int, add []byte) { refBrighten(pix, frames, add) }

func pane(dst, a, b []uint16, col []int32, fy int, shades [][4]uint16) {
	refPane(dst, a, b, col, fy, shades)
}

func snow(frame []byte, layer []uint16, o *Torus, keep, whiten int) {
	refSnow(frame, layer, o, keep, whiten)
}

func rgbSums(sum *[3]uint64, src []byte) { refRGBSums(sum, src) }

func scale(pix []byte, gain int32, bias *[3]int32) { refScale(pix, gain, bias) }

func value(pix []byte, add float32) { refValue(pix, add) }

func saturation(pix []byte, gain, add float32) { refSaturation(pix, gain, add) }

func warp(dst, src []byte, stride int, at []int32, weight []uint32) {
	refWarp(dst, src, stride, at, weight)
}

func pixelate(frame []byte, h, w, dh, dw int, y, x Cells, line []byte, sum []uint32) {
	refPixelate(frame, w, y, x, line, sum)
}

func jpeg(frame []byte, h, w int, q *QuantTables, luma, chroma []byte, strip []int16) {
	refJPEG(frame, h, w, q, luma, chroma, strip)
}
