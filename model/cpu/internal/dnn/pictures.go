//go:build cgo && !nodnnl

package dnn

// #include "pictures.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Limits are those of a perturbation, of three channels.
type Limits struct{ c C.dnn_limits }

// NewLimits returns limits.
func NewLimits(step, radius, low, high [3]float64, sign bool) *Limits {
	l := &Limits{C.dnn_limits{sign: flag(sign)}}
	for c := range 3 {
		l.c.step[c], l.c.radius[c] = C.float(step[c]), C.float(radius[c])
		l.c.low[c], l.c.high[c] = C.float(low[c]), C.float(high[c])
	}
	return l
}

// Perturb moves x along d or its sign, near origin, all [planes][size] with three channels in turn.
func (l *Limits) Perturb(planes, size int, origin, x, d, out unsafe.Pointer) {
	C.dnn_perturb(&l.c, C.int64_t(planes), C.int64_t(size), f32(origin), f32(x), f32(d), f32(out))
}

// Waves are the low frequencies of pictures of H x W: NH waves down[NH*H] and NW waves across[NW*W], and which pairs, keep[NH*NW].
type Waves struct {
	H, W, NH, NW       int
	Down, Across, Keep []float32
}

// Scratch returns the bytes that HighPass wants for so many tasks.
func (v *Waves) Scratch(tasks int) int { return 4 * max(1, tasks*(v.NH*v.NW+v.NW)) }

// HighPass takes the waves out of x[n][H][W].
func (v *Waves) HighPass(n, tasks int, x, out, scratch unsafe.Pointer) {
	var pin runtime.Pinner
	defer pin.Unpin()
	data := func(list []float32) *C.float {
		if len(list) == 0 {
			return nil
		}
		pin.Pin(&list[0])
		return f32(unsafe.Pointer(&list[0]))
	}
	w := C.dnn_waves{h: C.int64_t(v.H), w: C.int64_t(v.W), nh: C.int64_t(v.NH), nw: C.int64_t(v.NW), down: data(v.Down), across: data(v.Across), keep: data(v.Keep)}
	C.dnn_high_pass(&w, C.int64_t(n), C.int64_t(tasks), f32(x), f32(out), f32(scratch))
}
