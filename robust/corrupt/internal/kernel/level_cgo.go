//go:build cgo

package kernel

// ISO C, unlike GNU C, has GCC round after each operation on floats, as Go does on x86-64: no fused multiply-add.

// #cgo CFLAGS: -O3 -std=c11 -Wall -Wextra
// #include "level.h"
import "C"

// level is the widest instruction set that C may use, as an index into levels. Only tests change it.
var level = C.vc_level()

// levels names the instruction sets that this build and CPU can use, slowest first.
func levels() []string { return []string{"portable", "avx2", "avx512"}[:C.vc_level()+1] }

// setLevel limits C to levels()[i].
func setLevel(i int) (restore func()) {
	old := level
	level = C.int(i)
	return func() { level = old }
}
