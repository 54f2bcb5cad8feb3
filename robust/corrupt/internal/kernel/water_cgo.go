//go:build cgo

package kernel

// #cgo noescape vc_water
// #cgo nocallback vc_water
// #include "water.h"
import "C"

func water(dst []byte, liquid []float32, h, w int, o *Water, k *Work) {
	C.vc_water(cOf[C.uint8_t](dst), cOf[C.float](liquid), C.ptrdiff_t(h), C.ptrdiff_t(w), C.float(o.Least), C.float(o.Scale), C.float(o.Strength),
		(*C.float)(&o.Colour[0]), cOf[C.uint8_t](k.bytes), cOf[C.uint16_t](k.strength),
		cOf[C.int16_t](k.words), cOf[C.int32_t](k.todo), cOf[C.float](k.floats))
}
