//go:build cgo

package kernel

// #cgo CFLAGS: -O3 -std=gnu11 -Wall -Wextra
// #cgo noescape vk_color
// #cgo nocallback vk_color
// #cgo noescape vk_sums
// #cgo nocallback vk_sums
// #cgo noescape vk_lut
// #cgo nocallback vk_lut
// #cgo noescape vk_lut_rgb
// #cgo nocallback vk_lut_rgb
// #cgo noescape vk_histogram
// #cgo nocallback vk_histogram
// #cgo noescape vk_blur
// #cgo nocallback vk_blur
// #cgo noescape vk_sharpness
// #cgo nocallback vk_sharpness
// #cgo noescape vk_resample
// #cgo nocallback vk_resample
// #cgo noescape vk_affine
// #cgo nocallback vk_affine
// #include "kernel.h"
import "C"

import "unsafe"

// level is the widest instruction set that C may use, as an index into levels. Only tests change it.
var level = C.vk_level()

func bytesOf(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }

func wordsOf(b []int16) *C.int16_t { return (*C.int16_t)(unsafe.SliceData(b)) }

func indexOf(b []int32) *C.int32_t { return (*C.int32_t)(unsafe.SliceData(b)) }

func color(dst, src []byte, m *ColorMatrix) {
	C.vk_color(bytesOf(dst), bytesOf(src), C.size_t(len(src)/3), (*C.vk_matrix)(unsafe.Pointer(m)), level)
}

func sums(src []byte) (r, g, b uint64) {
	var s [3]uint64
	C.vk_sums((*C.uint64_t)(&s[0]), bytesOf(src), C.size_t(len(src)/3), level)
	return s[0], s[1], s[2]
}

func lookup(dst, src []byte, lut *[256]byte) {
	C.vk_lut(bytesOf(dst), bytesOf(src), C.size_t(len(src)), (*C.uint8_t)(&lut[0]), level)
}

func lookupRGB(dst, src []byte, lut *[3][256]byte) {
	C.vk_lut_rgb(bytesOf(dst), bytesOf(src), C.size_t(len(src)), (*C.uint8_t)(&lut[0][0]), level)
}

func histogram(hist *[3][256]uint64, src []byte) {
	C.vk_histogram((*C.uint64_t)(&hist[0][0]), bytesOf(src), C.size_t(len(src)/3))
}

func blur(dst, src []byte, p *blurPlan, kx, ky *Taps) {
	C.vk_blur(bytesOf(dst), bytesOf(src), C.ptrdiff_t(p.t), C.ptrdiff_t(p.h), C.ptrdiff_t(p.w),
		(*C.int16_t)(&kx.half[0]), C.ptrdiff_t(kx.radius), (*C.int16_t)(&ky.half[0]), C.ptrdiff_t(ky.radius),
		indexOf(p.col), indexOf(p.line), wordsOf(p.row), wordsOf(p.plane), C.ptrdiff_t(p.stride), level)
}

func sharpness(dst, src []byte, t, h, w int, a int16, shift int) {
	C.vk_sharpness(bytesOf(dst), bytesOf(src), C.ptrdiff_t(t), C.ptrdiff_t(h), C.ptrdiff_t(w), C.int(a), C.int(shift), level)
}

func resample(dst, src []byte, p *resamplePlan) {
	after := src[((p.r.Y*p.sw)+p.r.X)*3:]
	x, y := p.x, p.y
	if !p.horizontal {
		x.first = nil
	}
	if !p.vertical {
		y.first = nil
	}
	C.vk_resample(bytesOf(dst), C.ptrdiff_t(p.dw), C.ptrdiff_t(p.dh), bytesOf(after), C.ptrdiff_t(len(after)), C.ptrdiff_t(p.t),
		C.ptrdiff_t(p.sw*3), C.ptrdiff_t(p.sw*p.sh*3), C.ptrdiff_t(p.r.W), C.ptrdiff_t(p.r.H),
		indexOf(x.first), wordsOf(x.weight), C.ptrdiff_t(x.stride), C.ptrdiff_t(x.taps),
		indexOf(y.first), wordsOf(y.weight), C.ptrdiff_t(y.stride), C.ptrdiff_t(y.taps),
		bytesOf(p.tmp), C.ptrdiff_t(p.stride), wordsOf(p.vec), level)
}

func affine(dst, src []byte, p *affinePlan) {
	C.vk_affine(bytesOf(dst), bytesOf(src), C.ptrdiff_t(p.t), C.ptrdiff_t(p.h), C.ptrdiff_t(p.w), (*C.int64_t)(&p.inv[0]),
		(*C.uint8_t)(&p.fill[0]), bytesOf(p.pad), C.ptrdiff_t(p.stride), indexOf(p.off), wordsOf(p.weight), level)
}

// levels names the instruction sets that this build and CPU can use, slowest first.
func levels() []string { return []string{"portable", "avx2", "avx512"}[:C.vk_level()+1] }

// setLevel limits C to levels()[i].
func setLevel(i int) (restore func()) {
	old := level
	level = C.int(i)
	return func() { level = old }
}
