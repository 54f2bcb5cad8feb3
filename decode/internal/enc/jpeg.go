package enc

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"unsafe"
)

// WriteJPEG codes each frame of rgb as a baseline JPEG with a JFIF header, 4:2:0 unless fullChroma, by the tables that libjpeg
// uses at quality 1 to 100, except that means are quantised in steps of one grey level at every quality. The frames share memory.
func WriteJPEG(ctx context.Context, s Shape, rgb []byte, quality int, fullChroma bool) ([][]byte, error) {
	if len(rgb) != s.Bytes() || len(rgb) == 0 {
		return nil, fmt.Errorf("%d bytes of pixels, want %d", len(rgb), s.Bytes())
	}
	var out C.EncBytes
	defer C.enc_bytes_free(&out)
	sizes := make([]int64, s.T)
	err := call(ctx, "encode JPEG", s, func(shape C.EncShape) C.int {
		return C.enc_jpeg_write(shape, (*C.uint8_t)(&rgb[0]), C.int(quality), flag(fullChroma), &out, (*C.int64_t)(&sizes[0]))
	})
	if err != nil {
		return nil, err
	}
	all := make([]byte, out.n)
	copy(all, unsafe.Slice((*byte)(out.p), out.n))
	frames := make([][]byte, s.T)
	for i, n := range sizes {
		frames[i], all = all[:n:n], all[n:]
	}
	return frames, nil
}

// ReadJPEG decodes the T pictures at data[offsets[i]:offsets[i+1]] into rgb. Pictures must be what WriteJPEG can make: 4:2:0 or
// 4:4:4, complete and of the shape's size; the error of another one names the frame. After an error rgb is undefined.
func ReadJPEG(ctx context.Context, s Shape, data []byte, offsets []int32, rgb []byte) error {
	if len(offsets) != s.T+1 {
		return fmt.Errorf("%w: %d, want %d", ErrFrames, len(offsets)-1, s.T)
	}
	if len(rgb) != s.Bytes() || len(rgb) == 0 {
		return fmt.Errorf("room for %d bytes of pixels, want %d", len(rgb), s.Bytes())
	}
	for i, o := range offsets {
		if o < 0 || int(o) > len(data) || i > 0 && o < offsets[i-1] {
			return fmt.Errorf("%w: offset %d of frame %d is outside %d bytes", ErrDamaged, o, i, len(data))
		}
	}
	var frame C.int
	err := call(ctx, "decode JPEG", s, func(shape C.EncShape) C.int {
		return C.enc_jpeg_read(shape, (*C.uint8_t)(unsafe.SliceData(data)), (*C.int32_t)(&offsets[0]), (*C.uint8_t)(&rgb[0]), &frame)
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("frame %d: %w", frame, err)
	}
	return err
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
