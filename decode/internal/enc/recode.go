package enc

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"github.com/asticode/go-astiav"
)

// ErrNoEncoder says that FFmpeg was built without an encoder.
var ErrNoEncoder = errors.New("not in this build of FFmpeg")

// Coding says how a clip is coded for nothing but what it loses: in 4:2:0, limited range. One of CRF, QScale and BitRate holds.
type Coding struct {
	Encoder string // FFmpeg's name
	Options string // of the encoder, as in "preset=medium x264-params=mbtree=0"
	FPS     int
	CRF     int // not negative
	QScale  int // at least 1
	BitRate int // at least 1, bits per second, on average and at most over one second
}

// Recode codes and decodes a clip in place, in memory, with one thread. Frames are extended to even sides of at least 16 pixels by
// their last row and column, and cut again. After an error rgb is undefined.
func Recode(ctx context.Context, s Shape, rgb []byte, v Coding) error {
	if len(rgb) != s.Bytes() || len(rgb) == 0 {
		return fmt.Errorf("%d bytes of pixels, want %d", len(rgb), s.Bytes())
	}
	if astiav.FindEncoderByName(v.Encoder) == nil {
		return fmt.Errorf("the encoder %s is %w", v.Encoder, ErrNoEncoder)
	}
	c := (*C.EncRecode)(C.calloc(1, C.sizeof_EncRecode))
	defer C.free(unsafe.Pointer(c))
	encoder, options := C.CString(v.Encoder), C.CString(v.Options)
	defer C.free(unsafe.Pointer(encoder))
	defer C.free(unsafe.Pointer(options))
	*c = C.EncRecode{encoder: encoder, options: options, fps: C.int(v.FPS), crf: C.int(v.CRF), qscale: C.int(v.QScale), bit_rate: C.int(v.BitRate)}
	return call(ctx, "code and decode with "+v.Encoder, s, func(shape C.EncShape) C.int {
		return C.enc_recode(shape, c, (*C.uint8_t)(&rgb[0]))
	})
}
