//go:build cgo

package kernel

// #cgo LDFLAGS: -lm
// #cgo noescape vc_uniform
// #cgo nocallback vc_uniform
// #cgo noescape vc_normal
// #cgo nocallback vc_normal
// #cgo noescape vc_transpose
// #cgo nocallback vc_transpose
// #cgo noescape vc_bent
// #cgo nocallback vc_bent
// #cgo noescape vc_extremes
// #cgo nocallback vc_extremes
// #cgo noescape vc_convolve
// #cgo nocallback vc_convolve
// #include "field.h"
import "C"

import "unsafe"

func uniform(dst []float32, seed uint64, k float32) {
	C.vc_uniform(cOf[C.float](dst), C.ptrdiff_t(len(dst)), C.uint64_t(seed), C.float(k))
}

func normal(dst []float32, seed uint64, mean, spread float32, quantiles *[4096]float32) {
	C.vc_normal(cOf[C.float](dst), C.ptrdiff_t(len(dst)), C.uint64_t(seed), C.float(mean), C.float(spread), (*C.float)(&quantiles[0]))
}

func transpose(dst, src []float32, rows, cols int) {
	C.vc_transpose(cOf[C.float](dst), cOf[C.float](src), C.ptrdiff_t(rows), C.ptrdiff_t(cols))
}

func convolve(dst, src []float32, width int, r *Rows) {
	C.vc_convolve(cOf[C.float](dst), cOf[C.float](src), C.ptrdiff_t(len(r.First)), C.ptrdiff_t(width), cOf[C.int32_t](r.First), cOf[C.int32_t](r.From),
		cOf[C.int32_t](r.Taps), cOf[C.int32_t](r.step), cOf[C.float](r.Weight))
}

func bent(at []int32, shares []uint32, dx, dy []float32, b *Bend) {
	C.vc_bent(cOf[C.int32_t](at), cOf[C.uint32_t](shares), cOf[C.float](dx), cOf[C.float](dy), (*C.vc_bend)(unsafe.Pointer(b)))
}

func extremes(v []int32) (lo, hi int32) {
	var e [2]int32
	C.vc_extremes((*C.int32_t)(&e[0]), cOf[C.int32_t](v), C.ptrdiff_t(len(v)))
	return e[0], e[1]
}
