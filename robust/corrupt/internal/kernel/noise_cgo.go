//go:build cgo

package kernel

// #cgo noescape vc_gauss
// #cgo nocallback vc_gauss
// #cgo noescape vc_outcome
// #cgo nocallback vc_outcome
// #cgo noescape vc_impulse
// #cgo nocallback vc_impulse
// #include "noise.h"
import "C"

import "unsafe"

func (k Key) c() C.vc_key { return C.vc_key{a: C.uint32_t(k.a), b: C.uint32_t(k.b)} }

func gauss(pix []byte, k Key, table *[gaussCells]uint32, same, gain int32) {
	C.vc_gauss((*C.uint8_t)(unsafe.SliceData(pix)), C.size_t(len(pix)), k.c(), (*C.uint32_t)(&table[0]), C.int32_t(same), C.int32_t(gain), level)
}

func outcome(pix []byte, k Key, o *Outcomes) {
	C.vc_outcome((*C.uint8_t)(unsafe.SliceData(pix)), C.size_t(len(pix)), k.c(), (*C.uint32_t)(&o[0]), level)
}

func impulse(pix []byte, k Key, below uint32) {
	C.vc_impulse((*C.uint8_t)(unsafe.SliceData(pix)), C.size_t(len(pix)), k.c(), C.uint32_t(below), level)
}
