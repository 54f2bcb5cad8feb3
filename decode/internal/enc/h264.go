package enc

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"context"
	"fmt"
	"sync/atomic"
	"unsafe"

	"vidcsl/decode/internal/av"
)

// Video says how a File is coded: H.264 by libx264 in MP4, at a constant rate factor, with a keyframe every GOP frames
// exactly. Odd sizes are extended by a column or row that repeats the last one, unless FullChroma (4:4:4 instead of 4:2:0).
type Video struct {
	W, H, FPS, GOP, CRF, BFrames int
	Preset                       string
	FullChroma                   bool // 4:4:4
	Left                         bool // the chroma of frames of 4:2:0 is sited left: not WriteRGB's, which is centred
}

// File is an H.264 file being written. Close it whatever happens.
type File struct {
	c     *C.EncFile
	video Video
}

// Create begins a file at path, which FFmpeg takes for a URL, with the index in front; "" begins one in memory.
func Create(path string, v Video) (*File, error) {
	preset := C.CString(v.Preset)
	defer C.free(unsafe.Pointer(preset))
	var name *C.char
	if path != "" {
		name = C.CString(path)
		defer C.free(unsafe.Pointer(name))
	}
	c := (*C.EncVideo)(C.calloc(1, C.sizeof_EncVideo))
	defer C.free(unsafe.Pointer(c))
	*c = C.EncVideo{w: C.int(v.W), h: C.int(v.H), fps: C.int(v.FPS), gop: C.int(v.GOP), crf: C.int(v.CRF), bframes: C.int(v.BFrames),
		preset: preset, full_chroma: flag(v.FullChroma), left: flag(v.Left), path: name}
	f := &File{video: v}
	var code C.int
	_, text := av.Logged(func() { code = C.enc_file_open(c, &f.c) })
	if err := failure("open encoder", code, text); err != nil {
		return nil, err
	}
	return f, nil
}

// WriteRGB appends a frame of H x W x 3 bytes.
func (f *File) WriteRGB(rgb []byte) error {
	if want := f.video.W * f.video.H * 3; len(rgb) != want {
		return fmt.Errorf("a frame of %d bytes, want %d", len(rgb), want)
	}
	return f.write(func() C.int {
		return C.enc_file_rgb(f.c, (*C.uint8_t)(&rgb[0]), C.int(f.video.W), C.int(f.video.H))
	})
}

// WriteYUV appends a frame of even size given as packed planes of 4:2:0, BT.601, limited range.
func (f *File) WriteYUV(yuv []byte) error {
	if want := f.video.W * f.video.H * 3 / 2; len(yuv) != want || f.video.W%2 != 0 || f.video.H%2 != 0 || f.video.FullChroma {
		return fmt.Errorf("a frame of %d bytes, want %d of an even size in 4:2:0", len(yuv), want)
	}
	return f.write(func() C.int { return C.enc_file_yuv(f.c, (*C.uint8_t)(&yuv[0])) })
}

func (f *File) write(fn func() C.int) error {
	var code C.int
	_, text := av.Logged(func() { code = fn() })
	return failure("encode frame", code, text)
}

// Finish completes the file, and returns its bytes if it is in memory. It ends soon after ctx does, with its cause.
func (f *File) Finish(ctx context.Context) ([]byte, error) {
	stop := new(int32)
	defer context.AfterFunc(ctx, func() { atomic.StoreInt32(stop, 1) })()
	var code, size C.int
	var out *C.uint8_t
	_, text := av.Logged(func() { code = C.enc_file_finish(f.c, (*C.int32_t)(stop), &out, &size) })
	defer C.av_free(unsafe.Pointer(out))
	if code == C.AVERROR_EXIT && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := failure("complete file", code, text); err != nil || out == nil {
		return nil, err
	}
	return C.GoBytes(unsafe.Pointer(out), size), nil
}

// Close frees the encoder. Further calls do nothing.
func (f *File) Close() { C.enc_file_close(&f.c) }

// WriteVideo codes a clip as a file in memory.
func WriteVideo(ctx context.Context, s Shape, rgb []byte, v Video) ([]byte, error) {
	if len(rgb) != s.Bytes() || len(rgb) == 0 {
		return nil, fmt.Errorf("%d bytes of pixels, want %d", len(rgb), s.Bytes())
	}
	v.W, v.H = s.W, s.H
	f, err := Create("", v)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for n := s.W * s.H * 3; len(rgb) > 0; rgb = rgb[n:] {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err := f.WriteRGB(rgb[:n]); err != nil {
			return nil, err
		}
	}
	return f.Finish(ctx)
}

// ReadVideo decodes a file of one H.264 stream in MP4 into rgb. It must have exactly T frames of the shape's size (or of the
// next even one), in the colours that WriteVideo gives them. After an error rgb is undefined.
func ReadVideo(ctx context.Context, s Shape, data, rgb []byte) error {
	if len(rgb) != s.Bytes() || len(rgb) == 0 {
		return fmt.Errorf("room for %d bytes of pixels, want %d", len(rgb), s.Bytes())
	}
	var frames C.int
	return call(ctx, "decode H.264", s, func(shape C.EncShape) C.int {
		return C.enc_file_read(shape, (*C.uint8_t)(unsafe.SliceData(data)), C.int64_t(len(data)), (*C.uint8_t)(&rgb[0]), &frames)
	})
}
