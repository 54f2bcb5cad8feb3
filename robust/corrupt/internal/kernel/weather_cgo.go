//go:build cgo

package kernel

// #cgo CFLAGS: -O3 -std=c11 -Wall -Wextra
// #cgo noescape vc_mix
// #cgo nocallback vc_mix
// #cgo noescape vc_peak
// #cgo nocallback vc_peak
// #cgo noescape vc_drift
// #cgo nocallback vc_drift
// #cgo noescape vc_overlay
// #cgo nocallback vc_overlay
// #cgo noescape vc_glaze
// #cgo nocallback vc_glaze
// #cgo noescape vc_brighten
// #cgo nocallback vc_brighten
// #cgo noescape vc_pane
// #cgo nocallback vc_pane
// #cgo noescape vc_snow
// #cgo nocallback vc_snow
// #cgo noescape vc_rgb_sums
// #cgo nocallback vc_rgb_sums
// #cgo noescape vc_scale
// #cgo nocallback vc_scale
// #cgo noescape vc_value
// #cgo nocallback vc_value
// #cgo noescape vc_saturation
// #cgo nocallback vc_saturation
// #cgo noescape vc_warp
// #cgo nocallback vc_warp
// #cgo noescape vc_pixelate
// #cgo nocallback vc_pixelate
// #cgo noescape vc_jpeg
// #cgo nocallback vc_jpeg
// #include "weather.h"
import "C"

import "unsafe"

// cOf is the memory of a slice, as C sees it.
func cOf[C, T any](s []T) *C { return (*C)(unsafe.Pointer(unsafe.SliceData(s))) }

func mix(dst, src []float32, at []int32, weight []float32) {
	C.vc_mix(cOf[C.float](dst), cOf[C.float](src), C.ptrdiff_t(len(dst)), cOf[C.int32_t](at), cOf[C.float](weight), C.ptrdiff_t(len(at)))
}

func peak(src []byte) int { return int(C.vc_peak(cOf[C.uint8_t](src), C.size_t(len(src)))) }

func drift(frame []byte, layer []int16, o *Torus, fy, fx, gain int) {
	C.vc_drift(cOf[C.uint8_t](frame), cOf[C.int16_t](layer), (*C.vc_torus)(unsafe.Pointer(o)), C.int(fy), C.int(fx), C.int(gain))
}

func overlay(pix []byte, frames int, gain, add []uint16) {
	C.vc_overlay(cOf[C.uint8_t](pix), C.ptrdiff_t(frames), C.ptrdiff_t(len(gain)), cOf[C.uint16_t](gain), cOf[C.uint16_t](add))
}

func glaze(pix []byte, frames, gain int, add []uint16) {
	C.vc_glaze(cOf[C.uint8_t](pix), C.ptrdiff_t(frames), C.ptrdiff_t(len(add)), C.int(gain), cOf[C.uint16_t](add))
}

func brighten(pix []byte, frames int, add []byte) {
	C.vc_brighten(cOf[C.uint8_t](pix), C.ptrdiff_t(frames), C.ptrdiff_t(len(add)), cOf[C.uint8_t](add))
}

func pane(dst, a, b []uint16, col []int32, fy int, shades [][4]uint16) {
	C.vc_pane(cOf[C.uint16_t](dst), cOf[C.uint16_t](a), cOf[C.uint16_t](b), cOf[C.int32_t](col), C.ptrdiff_t(len(col)), C.int(fy), cOf[C.uint16_t](shades))
}

func snow(frame []byte, layer []uint16, o *Torus, keep, whiten int) {
	C.vc_snow(cOf[C.uint8_t](frame), cOf[C.uint16_t](layer), (*C.vc_torus)(unsafe.Pointer(o)), C.int(keep), C.int(whiten))
}

func rgbSums(sum *[3]uint64, src []byte) {
	C.vc_rgb_sums((*C.uint64_t)(&sum[0]), cOf[C.uint8_t](src), C.ptrdiff_t(len(src)/3))
}

func scale(pix []byte, gain int32, bias *[3]int32) {
	C.vc_scale(cOf[C.uint8_t](pix), C.ptrdiff_t(len(pix)/3), C.int(gain), (*C.int32_t)(&bias[0]))
}

func value(pix []byte, add float32) {
	C.vc_value(cOf[C.uint8_t](pix), C.ptrdiff_t(len(pix)/3), C.float(add))
}

func saturation(pix []byte, gain, add float32) {
	C.vc_saturation(cOf[C.uint8_t](pix), C.ptrdiff_t(len(pix)/3), C.float(gain), C.float(add))
}

func warp(dst, src []byte, stride int, at []int32, weight []uint32) {
	C.vc_warp(cOf[C.uint8_t](dst), cOf[C.uint8_t](src), C.ptrdiff_t(len(at)), C.ptrdiff_t(stride), cOf[C.int32_t](at), cOf[C.uint32_t](weight))
}

func pixelate(frame []byte, h, w, dh, dw int, y, x Cells, line []byte, sum []uint32) {
	C.vc_pixelate(cOf[C.uint8_t](frame), C.ptrdiff_t(h), C.ptrdiff_t(w), C.ptrdiff_t(dh), C.ptrdiff_t(dw), cOf[C.int32_t](x.First),
		cOf[C.int32_t](y.First), cOf[C.int32_t](x.From), cOf[C.int32_t](y.From), cOf[C.uint8_t](line), cOf[C.uint32_t](sum))
}

func jpeg(frame []byte, h, w int, q *QuantTables, luma, chroma []byte, strip []int16) {
	C.vc_jpeg(cOf[C.uint8_t](frame), C.ptrdiff_t(h), C.ptrdiff_t(w), (*C.vc_quant)(unsafe.Pointer(q)), cOf[C.uint8_t](luma),
		cOf[C.uint8_t](chroma), cOf[C.int16_t](strip))
}
