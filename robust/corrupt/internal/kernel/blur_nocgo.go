//go:build !cgo

package kernel

func taps(dst8 []byte, dst16 []uint16, dstStride int, src []uint16, stride, h, n int, t *terms, bias int) {
	refTaps(dst8, dst16, dstStride, src, stride, h, n, t, bias)
}

func padded(dst []uint16, stride int, src []byte, w int, line, col []int32, m margin, shift int) {
	refPadded(dst, stride, src, w, line, col, m, shift)
}

func prefix(rows []uint16, stride, lines, pixels int) { refPrefix(rows, stride, lines, pixels) }

func gather(dst, src []byte, from []int32) { refGather(dst, src, from) }

func interleave(dst, src []byte, frames, pixels int, back bool) {
	refInterleave(dst, src, frames, pixels, back)
}

func zoom(dst, src []byte, z *Zoom, lanes int, row, acc []uint16, bias int) {
	refZoom(dst, src, z, lanes, row, acc, bias)
}
