// Package enc codes clips of RGB frames as JPEG and H.264 through FFmpeg, and decodes what it coded: a small C shim (see
// shim.h) that makes one call per clip. It has no policy. Every call uses one thread of its own and shares nothing, so calls
// may run at the same time; a [File] is for one goroutine at a time.
//
// The same input gives the same bytes, with one build of FFmpeg and x264: one coding thread, bit-exact flags, no text about
// the encoder, colours converted by integers. Colours are BT.601, full range in JPEG and limited in H.264; 4:2:0 chroma is
// averaged over the pixels that its sample stands for, and interpolated back.
package enc

// #cgo pkg-config: libavformat libavcodec libavutil
// #cgo CFLAGS: -O3 -Wall -Wno-deprecated-declarations
// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/asticode/go-astiav"

	"vidcsl/decode/internal/av"
)

// What is wrong with coded bytes, beside an *av.Error.
var (
	ErrDamaged = errors.New("damaged")
	ErrFrames  = errors.New("not the expected number of frames")
	ErrSize    = errors.New("frames of another size")
	ErrFormat  = errors.New("not in the expected codec, pixel format or colour space")
)

// ErrNoX264 says that FFmpeg was built without an encoder for H.264.
var ErrNoX264 = errors.New("this FFmpeg has no encoder libx264: install a libavcodec built with it (Debian 12: package libavcodec59, with libx264-164)")

// Shape is the frames, height and width of a clip of RGB pixels.
type Shape struct{ T, H, W int }

// Bytes returns the number of bytes of the pixels.
func (s Shape) Bytes() int { return s.T * s.H * s.W * 3 }

// call runs fn with a shape for C whose stop flag follows ctx, and makes an error of its code, or of what decoders logged.
func call(ctx context.Context, op string, s Shape, fn func(C.EncShape) C.int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	stop := new(int32)
	defer context.AfterFunc(ctx, func() { atomic.StoreInt32(stop, 1) })()
	var pin runtime.Pinner
	pin.Pin(stop)
	defer pin.Unpin()
	shape := C.EncShape{t: C.int(s.T), h: C.int(s.H), w: C.int(s.W), stop: (*C.int32_t)(stop)}
	var code C.int
	damage, text := av.Logged(func() { code = fn(shape) })
	if code == C.AVERROR_EXIT && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if code == 0 && damage > 0 {
		code = C.ENC_DAMAGED
	}
	return failure(op, code, text)
}

func failure(op string, code C.int, text string) error {
	var err error
	switch {
	case code >= 0:
		return nil
	case code == C.ENC_NO_X264:
		return ErrNoX264
	case code == C.ENC_NO_ENCODER:
		err = ErrNoEncoder
	case code == C.ENC_DAMAGED:
		err = ErrDamaged
	case code == C.ENC_FRAMES:
		err = ErrFrames
	case code == C.ENC_SIZE:
		err = ErrSize
	case code == C.ENC_FORMAT:
		err = ErrFormat
	default:
		return &av.Error{Op: op, Code: int(code), Log: text}
	}
	if text != "" {
		return fmt.Errorf("%s: %w (%s)", op, err, text)
	}
	return fmt.Errorf("%s: %w", op, err)
}

// Unavailable returns an error when this FFmpeg lacks a codec that the package needs.
func Unavailable() error {
	if astiav.FindEncoderByName("libx264") == nil {
		return ErrNoX264
	}
	return nil
}
