// Package kernel holds the pixel work of augmentation: loops over 8-bit RGB, in C where cgo is there and in plain Go where not.
//
// A clip is packed [T,H,W,3], interleaved, as one []byte. All arithmetic is on integers, so the Go reference, portable C, AVX2
// and AVX-512 give the same bytes for the same arguments, and a clip augmented on one machine equals the one made on another.
// (Tables are made from floats in Go, once, before either side runs.) Each function is one cgo call per clip, about 50 ns, and
// allocates nothing: memory it needs comes from a [Scratch].
//
// Functions panic on misuse by the caller, a slice of the wrong length or a region outside of the frame, and on nothing else.
// They keep no state and may run in parallel, one Scratch per goroutine. Costs are the fastest of 16 benchmark runs on one core of
// a shared Zen 4 server with AVX-512, the data in its cache, for a clip of 16x112x112.
package kernel

import (
	"fmt"
	"unsafe"
)

// Region is a rectangle of a frame in whole pixels; X and Y are its upper left corner.
type Region struct{ X, Y, W, H int }

// Scratch is memory that kernels reuse from call to call. The zero value is ready. It grows to the largest need and stays
// there: under 300 KB for clips of 112x112. One goroutine owns it.
type Scratch struct{ buf []byte }

// scratchAlign is the alignment of what Bytes returns: a cache line, and the widest vector.
const scratchAlign = 64

// Bytes returns n bytes of undefined content, aligned to 64, valid until the next call of Bytes or of a kernel with this Scratch.
func (s *Scratch) Bytes(n int) []byte {
	need := n + scratchAlign
	if cap(s.buf) < need {
		s.buf = make([]byte, need+need/4)
	}
	b := s.buf[:cap(s.buf)]
	off := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (scratchAlign - 1))
	return b[off : off+n : off+n]
}

// carve hands out consecutive aligned pieces of one Scratch block.
type carve struct{ free []byte }

// room is the space that carve takes for n elements of size bytes each.
func room(n, size int) int { return (n*size + scratchAlign - 1) &^ (scratchAlign - 1) }

// take returns the next n elements. T has no pointers.
func take[T any](c *carve, n int) []T {
	var zero T
	size := room(n, int(unsafe.Sizeof(zero)))
	if n == 0 {
		return nil
	}
	p := (*T)(unsafe.Pointer(unsafe.SliceData(c.free[:size])))
	c.free = c.free[size:]
	return unsafe.Slice(p, n)
}

// checkClip panics unless a slice of n bytes holds t frames of w x h pixels.
func checkClip(what string, n, t, h, w int) {
	if t < 0 || h < 0 || w < 0 || n != t*h*w*3 {
		panic(fmt.Sprintf("kernel: %s of %d bytes is not a clip of %dx%dx%dx3", what, n, t, h, w))
	}
}

// checkPair panics unless dst and src have the same whole number of pixels and are the same memory or apart.
func checkPair(dst, src []byte, inPlace bool) {
	if len(dst) != len(src) || len(src)%3 != 0 {
		panic(fmt.Sprintf("kernel: dst of %d and src of %d bytes: want the same number of RGB pixels", len(dst), len(src)))
	}
	same := len(src) > 0 && &dst[0] == &src[0]
	if overlap(dst, src) && (!same || !inPlace) {
		panic("kernel: dst and src overlap")
	}
}

func overlap(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	p, q := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	return p < q+uintptr(len(b)) && q < p+uintptr(len(a))
}
