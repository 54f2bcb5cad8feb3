// Package av is the thin layer between decode and FFmpeg: go-astiav where it has the call, a small C shim where it has
// not (see shim.h). It has no policy. Nothing in it is safe for concurrent use except [Input.Interrupt].
//
// Importing it redirects FFmpeg's log: messages are kept per thread for error texts instead of being printed.
package av

// #cgo pkg-config: libavformat libavcodec libavutil libswscale
// #cgo CFLAGS: -O2 -Wall -Wno-deprecated-declarations
// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/asticode/go-astiav"
)

func init() { C.vid_log_capture() }

// NoPTS is FFmpeg's "no timestamp".
const NoPTS = -1 << 63

// Error is a failed FFmpeg call.
type Error struct {
	Op   string // what was attempted
	Code int    // AVERROR
	Log  string // the first error FFmpeg logged meanwhile, if any
}

// Error implements error.
func (e *Error) Error() string {
	if e.Log != "" {
		return fmt.Sprintf("%s: %v (%s)", e.Op, astiav.Error(e.Code), e.Log)
	}
	return fmt.Sprintf("%s: %v", e.Op, astiav.Error(e.Code))
}

// Unwrap returns the code as an astiav.Error, for errors.Is.
func (e *Error) Unwrap() error { return astiav.Error(e.Code) }

// check makes an *Error from a negative return code. It must run on the thread that made the call.
func check(op string, code C.int) error {
	if code >= 0 {
		return nil
	}
	return &Error{Op: op, Code: int(code), Log: C.GoString(C.vid_log_last())}
}

// wrap makes an *Error from what astiav returned.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	if code, ok := err.(astiav.Error); ok {
		return &Error{Op: op, Code: int(code), Log: C.GoString(C.vid_log_last())}
	}
	return fmt.Errorf("%s: %w", op, err)
}

// raw returns the C pointer that an astiav value holds in its only or first field. go-astiav v0.16.0 exports it for Frame
// alone; TestRaw checks the layout against the pointers astiav prints.
func raw[T any](p *T) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(p)) }

// Version returns the version of the libavcodec in use.
func Version() string {
	v := uint(C.avcodec_version())
	return fmt.Sprintf("%d.%d.%d", v>>16, v>>8&0xff, v&0xff)
}

// LimitArenas bounds the number of glibc's malloc arenas.
func LimitArenas(n int) { C.vid_limit_arenas(C.int(n)) }
