//go:build cgo

package kernel

// #cgo CFLAGS: -O3 -std=gnu11 -Wall -Wextra
// #cgo noescape vc_time_mean
// #cgo nocallback vc_time_mean
// #include "timemean.h"
import "C"

import "unsafe"

func timeMean(dst, src []byte, t, n, r int) {
	C.vc_time_mean((*C.uint8_t)(unsafe.SliceData(dst)), (*C.uint8_t)(unsafe.SliceData(src)), C.ptrdiff_t(t), C.ptrdiff_t(n), C.ptrdiff_t(r))
}
