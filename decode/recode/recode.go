package recode

import (
	"context"
	"fmt"

	"vidcsl/decode/internal/enc"
)

// Codec is a video codec.
type Codec string

// The codecs, and the encoders of FFmpeg that are used for them.
const (
	H264  Codec = "h264"  // libx264
	HEVC  Codec = "hevc"  // libx265
	MPEG2 Codec = "mpeg2" // mpeg2video
	MPEG4 Codec = "mpeg4" // mpeg4, which is part 2
)

// Codecs returns all codecs.
func Codecs() []Codec { return []Codec{H264, HEVC, MPEG2, MPEG4} }

// coders are how FFmpeg is asked for the codecs: with one thread, and in silence. The tree of blocks is off: at small sizes x264 (164)
// reads memory there that nobody wrote, so that the bytes differ from run to run, and x265 (3.5) writes beyond its own. x264
// quantises no coarser than the standard knows, where it would otherwise leave out pictures to keep to a bit rate. x265 has a fast preset: a slower one gives smaller files, which nobody gets.
var coders = map[Codec]struct {
	encoder, options string
	crf              bool // else qscale
}{
	H264:  {"libx264", "preset=medium x264-params=mbtree=0:qpmax=51", true},
	HEVC:  {"libx265", "preset=veryfast x265-params=log-level=none:pools=none:frame-threads=1:wpp=0:cutree=0", true},
	MPEG2: {"mpeg2video", "", false},
	MPEG4: {"mpeg4", "", false},
}

// ErrNoEncoder is the cause where FFmpeg was built without the encoder; the error names it.
var ErrNoEncoder = enc.ErrNoEncoder

type rate uint8

const (
	byCRF rate = iota + 1
	byQScale
	byBits
)

// Quality says how much is lost. [CRF], [QScale] and [BitRate] make one.
type Quality struct {
	rate  rate
	value int
}

// CRF is a constant rate factor from 0 to 51, of [H264] and [HEVC].
func CRF(v int) Quality { return Quality{byCRF, v} }

// QScale is a constant scale of quantisation from 1 to 31, of [MPEG2] and [MPEG4].
func QScale(v int) Quality { return Quality{byQScale, v} }

// BitRate is a number of bits per second from 1000, on average and, over one second, at most, of [H264] and [HEVC]: less than their
// coarsest quantisation needs they do not keep to.
func BitRate(v int) Quality { return Quality{byBits, v} }

// String says what is asked for.
func (q Quality) String() string {
	switch q.rate {
	case byCRF:
		return fmt.Sprintf("CRF %d", q.value)
	case byQScale:
		return fmt.Sprintf("qscale %d", q.value)
	case byBits:
		return fmt.Sprintf("%d bit/s", q.value)
	}
	return "no quality"
}

// maxFPS is the greatest frame rate.
const maxFPS = 240

// coding checks what is asked for.
func (q Quality) coding(c Codec, fps int) (enc.Coding, error) {
	coder, ok := coders[c]
	out := enc.Coding{Encoder: coder.encoder, Options: coder.options, FPS: fps, CRF: -1}
	lo, hi, takes := 0, 51, coder.crf
	switch q.rate {
	case byCRF:
		out.CRF = q.value
	case byQScale:
		out.QScale, lo, hi, takes = q.value, 1, 31, !coder.crf
	case byBits:
		out.BitRate, lo, hi = q.value, 1000, 1<<30
	default:
		takes = false
	}
	switch {
	case !ok:
		return out, fmt.Errorf("recode: the codec is %q, want one of %v", c, Codecs())
	case !takes:
		return out, fmt.Errorf("recode: %s does not take %v", c, q)
	case q.value < lo || q.value > hi:
		return out, fmt.Errorf("recode: %s at %v, want %d to %d", c, q, lo, hi)
	case fps < 1 || fps > maxFPS:
		return out, fmt.Errorf("recode: %d frames per second, want 1 to %d", fps, maxFPS)
	}
	return out, nil
}

// Recode codes a clip of t frames of h x w pixels, uint8 RGB [T,H,W,3], and puts what is decoded of it in its place. Any size is
// taken: the last row and column are repeated up to even sides of at least 16 pixels, and cut off again. After an error the pixels are of
// no use. It ends soon after ctx does, with its cause. It is safe for concurrent use, each call with pixels of its own; a clip
// of 16 frames of 112x112 takes some milliseconds with the MPEGs and some tens with the others.
func Recode(ctx context.Context, c Codec, q Quality, pix []byte, t, h, w, fps int) error {
	v, err := q.coding(c, fps)
	if err != nil {
		return err
	}
	if min(t, h, w) < 1 || max(h, w) > 8192 || len(pix) != t*h*w*3 {
		return fmt.Errorf("recode: %d bytes for %d frames of %dx%d pixels, want three for each of at least one pixel, and sides up to 8192", len(pix), t, w, h)
	}
	if err := enc.Recode(ctx, enc.Shape{T: t, H: h, W: w}, pix, v); err != nil {
		return fmt.Errorf("recode: %s at %v: %w", c, q, err)
	}
	return nil
}
