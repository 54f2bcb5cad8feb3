//go:build cgo && !nodnnl

package dnn

// #include "lse.h"
import "C"

import "unsafe"

// LogSumExp computes log(sum(exp(x))) of the rows of x[n,k] where the mask, bytes, is not 0.
func LogSumExp(n, k int, x, mask, out unsafe.Pointer) {
	C.dnn_lse(C.int64_t(n), C.int64_t(k), f32(x), (*C.uint8_t)(mask), f32(out))
}

// LogSumExpGrad computes the gradient of [LogSumExp] of the result y, from gy.
func LogSumExpGrad(n, k int, x, mask, y, gy, out unsafe.Pointer) {
	C.dnn_lse_grad(C.int64_t(n), C.int64_t(k), f32(x), (*C.uint8_t)(mask), f32(y), f32(gy), f32(out))
}
