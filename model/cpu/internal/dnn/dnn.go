//go:build cgo && !nodnnl

// Package dnn is the thin layer between package cpu and C: oneDNN's convolutions and matrix products, and kernels of our own for what
// lies between them. It has no policy and checks no sizes: memory that is too small is overrun. oneDNN is opened at run time (see
// load.c), so that a build needs neither the library nor its headers.
//
// A [Thread] and all that was made with it belong to one operating system thread.
package dnn

// #cgo CFLAGS: -O3 -Wall
// #cgo LDFLAGS: -ldl -lm
// #include <stdlib.h>
// #include "dnn.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// Load opens the library. The first call decides.
func Load() error {
	var msg [256]C.char
	if C.dnn_load(&msg[0], C.int(len(msg))) != 0 {
		return errors.New(C.GoString(&msg[0]))
	}
	return nil
}

// Spin is the environment variable that [Load] sets for the threads of libgomp, and its value: see dnn.h.
const Spin = C.DNN_SPIN + "=" + C.DNN_SPINS

// Late reports whether libgomp is in the process already, as a library that the program is linked with has brought it: then its threads spin
// as the environment said when the process started.
func Late() bool { return C.dnn_late() != 0 }

// Block returns the number of channels in a block that suits the CPU: 8 or 16.
func Block() int { return int(C.dnn_block()) }

// Error is the status of a failed call.
type Error struct {
	Call   string
	Status int // dnnl_status_t
}

// Error implements error.
func (e *Error) Error() string {
	name := fmt.Sprint(e.Status)
	if names := [...]string{1: "out of memory", 2: "invalid arguments", 3: "not implemented", 5: "runtime error"}; e.Status < len(names) && names[e.Status] != "" {
		name = names[e.Status]
	}
	return fmt.Sprintf("oneDNN: %s: %s", e.Call, name)
}

func check(call string, status C.int) error {
	if status == 0 {
		return nil
	}
	return &Error{call, int(status)}
}

// Thread makes and executes primitives.
type Thread struct{ c *C.dnn_thread }

// NewThread prepares the calling thread, which the goroutine must be locked to, for work on n threads.
func NewThread(n int) (*Thread, error) {
	t := &Thread{}
	return t, check("thread", C.dnn_thread_new(C.int(n), &t.c))
}

// Free gives back what the thread holds, after its primitives.
func (t *Thread) Free() { C.dnn_thread_free(t.c); t.c = nil }

// Layout is how an array lies in memory. It must be freed.
type Layout struct{ c *C.dnn_layout }

// NewLayout returns that of an array of 5 or 6 dimensions: row-major, or with channels (dimension 1 of 5) in blocks.
func NewLayout(dims []int, bf16 bool, block int) (*Layout, error) {
	var d [12]C.int64_t
	for i, n := range dims {
		d[i] = C.int64_t(n)
	}
	l := &Layout{}
	return l, check("layout", C.dnn_layout_new(C.int(len(dims)), &d[0], flag(bf16), C.int(block), &l.c))
}

// Bytes returns the size of the array.
func (l *Layout) Bytes() int { return int(C.dnn_layout_bytes(l.c)) }

// Equal reports whether two arrays lie the same way.
func (l *Layout) Equal(o *Layout) bool { return C.dnn_layout_equal(l.c, o.c) != 0 }

// Free gives the layout back.
func (l *Layout) Free() { C.dnn_layout_free(l.c); l.c = nil }

// The kinds of convolution.
const (
	Result   = iota // from x and w
	Input           // the gradient of x, from gy and w
	WeightOf        // the gradient of w, in f32, from x and gy
)

// Conv is a convolution, in the terms of op.Conv3D.
type Conv struct {
	Kind                  int
	X                     [5]int // the shape
	Out                   int    // channels of the result
	Kernel                [3]int
	Groups                int
	Stride, Pad, Dilation [3]int
	BF16                  bool
	XBlock, YBlock        int // of x and y, or of their gradients; 0: row-major
	After                 After
}

// After is what is done to the result of a convolution before it goes to memory. The ReLU keeps NaN, and takes negative numbers times
// 1e-20 instead of 0.
type After struct {
	Bias bool // each channel has an f32 number added
	Sum  bool // what was in the memory of the result is added
	ReLU bool
}

// Primitive computes an array from one or two others. It must be freed.
type Primitive struct{ c *C.dnn_primitive }

// NewConv returns a convolution.
func NewConv(t *Thread, v Conv) (*Primitive, error) {
	c := C.dnn_conv{kind: C.int(v.Kind), groups: C.int(v.Groups), bf16: flag(v.BF16), bias: flag(v.After.Bias), sum: flag(v.After.Sum), relu: flag(v.After.ReLU), xblock: C.int(v.XBlock), yblock: C.int(v.YBlock),
		n: C.int(v.X[0]), c: C.int(v.X[1]), d: C.int(v.X[2]), h: C.int(v.X[3]), w: C.int(v.X[4]),
		o: C.int(v.Out), kd: C.int(v.Kernel[0]), kh: C.int(v.Kernel[1]), kw: C.int(v.Kernel[2])}
	for i := range 3 {
		c.stride[i], c.pad[i], c.dilation[i] = C.int(v.Stride[i]), C.int(v.Pad[i]), C.int(v.Dilation[i])
	}
	p := &Primitive{}
	return p, check("convolution", C.dnn_conv_new(t.c, &c, &p.c))
}

// NewReorder returns a copy into another layout or type.
func NewReorder(t *Thread, from, to *Layout) (*Primitive, error) {
	p := &Primitive{}
	return p, check("reorder", C.dnn_reorder_new(t.c, from.c, to.c, &p.c))
}

// Weights returns how the weights of a convolution, or their gradient, lie.
func (p *Primitive) Weights() (*Layout, error) {
	l := &Layout{}
	return l, check("weights", C.dnn_weights(p.c, &l.c))
}

// Scratch returns the bytes of scratch memory that Run needs.
func (p *Primitive) Scratch() int { return int(C.dnn_scratch(p.c)) }

// Implementation returns the name of the code that the library chose.
func (p *Primitive) Implementation() string { return C.GoString(C.dnn_implementation(p.c)) }

// Run executes the primitive; b is nil for a reorder, bias where there is none. Memory is not Go's, or is pinned, until the next Run.
func (p *Primitive) Run(a, b, bias, out, scratch unsafe.Pointer) error {
	return check("execute", C.dnn_run(p.c, a, b, bias, out, scratch))
}

// Free gives the primitive back.
func (p *Primitive) Free() { C.dnn_primitive_free(p.c); p.c = nil }

// MatMul computes the row-major out[m,n] = a b, each transposed where asked.
func MatMul(ta, tb bool, m, n, k int, a, b, out unsafe.Pointer) error {
	return check("matmul", C.dnn_gemm(flag(ta), flag(tb), C.int64_t(m), C.int64_t(n), C.int64_t(k), (*C.float)(a), (*C.float)(b), (*C.float)(out)))
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
