//go:build cgo

package kernel

// #cgo noescape vc_taps
// #cgo nocallback vc_taps
// #cgo noescape vc_pad
// #cgo nocallback vc_pad
// #cgo noescape vc_prefix
// #cgo nocallback vc_prefix
// #cgo noescape vc_gather
// #cgo nocallback vc_gather
// #cgo noescape vc_interleave
// #cgo nocallback vc_interleave
// #cgo noescape vc_zoom
// #cgo nocallback vc_zoom
// #include "blur.h"
import "C"

import "unsafe"

func bytesOf(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }

func wordsOf(b []uint16) *C.uint16_t { return (*C.uint16_t)(unsafe.SliceData(b)) }

func indexOf(b []int32) *C.int32_t { return (*C.int32_t)(unsafe.SliceData(b)) }

func taps(dst8 []byte, dst16 []uint16, dstStride int, src []uint16, stride, h, n int, t *terms, bias int) {
	C.vc_taps(bytesOf(dst8), wordsOf(dst16), C.ptrdiff_t(dstStride), wordsOf(src), C.ptrdiff_t(stride), C.ptrdiff_t(h), C.ptrdiff_t(n),
		indexOf(t.a), indexOf(t.b), wordsOf(t.w), C.ptrdiff_t(len(t.w)), C.int(bias), C.int(t.mode), level)
}

func padded(dst []uint16, stride int, src []byte, w int, line, col []int32, m margin, shift int) {
	C.vc_pad(wordsOf(dst), C.ptrdiff_t(stride), bytesOf(src), C.ptrdiff_t(w), indexOf(line), C.ptrdiff_t(len(line)), indexOf(col),
		C.ptrdiff_t(m.left), C.ptrdiff_t(m.right), C.int(shift), level)
}

func prefix(rows []uint16, stride, lines, pixels int) {
	C.vc_prefix(wordsOf(rows), C.ptrdiff_t(stride), C.ptrdiff_t(lines), C.ptrdiff_t(pixels))
}

func gather(dst, src []byte, from []int32) {
	C.vc_gather(bytesOf(dst), bytesOf(src), indexOf(from), C.ptrdiff_t(len(from)))
}

func interleave(dst, src []byte, frames, pixels int, back bool) {
	way := 0
	if back {
		way = 1
	}
	C.vc_interleave(bytesOf(dst), bytesOf(src), C.ptrdiff_t(frames), C.ptrdiff_t(pixels), C.int(way))
}

func zoom(dst, src []byte, z *Zoom, lanes int, row, acc []uint16, bias int) {
	C.vc_zoom(bytesOf(dst), bytesOf(src), C.ptrdiff_t(z.h), C.ptrdiff_t(z.w), C.ptrdiff_t(lanes), indexOf(z.at), wordsOf(z.weight),
		C.ptrdiff_t(z.zooms), wordsOf(row), wordsOf(acc), C.int(bias), level)
}
