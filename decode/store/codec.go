package store

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"vidcsl/decode/internal/enc"
)

// Codec is how the pixels of a column are coded.
type Codec string

// The codecs.
const (
	JPEG Codec = "jpeg" // every frame by itself: any frame is decoded alone
	H264 Codec = "h264" // a clip with a keyframe every GOP frames: several times smaller at the same quality
)

var codecs = []Codec{JPEG, H264}

// CodecNames returns the names that [ParseCodec] reads.
func CodecNames() []string {
	names := make([]string, len(codecs))
	for i, c := range codecs {
		names[i] = string(c)
	}
	return names
}

// ParseCodec reads "jpeg" or "h264".
func ParseCodec(s string) (Codec, error) {
	if slices.Contains(codecs, Codec(s)) {
		return Codec(s), nil
	}
	return "", fmt.Errorf("store: codec %q, want one of %s", s, strings.Join(CodecNames(), ", "))
}

// Options says how [Encode] codes. All but Workers decide the bytes. Zero numbers mean their defaults; Codec has none.
type Options struct {
	Codec      Codec
	Quality    int  // of JPEG: 1 (worst) to 100 on libjpeg's scale, 0 means DefaultQuality
	CRF        int  // of H.264, x264's constant rate factor: 1 (best) to 51, 0 means DefaultCRF
	GOP        int  // of H.264: frames from one keyframe to the next, 1 to 600, 0 means DefaultGOP
	FullChroma bool // 4:4:4 instead of 4:2:0
	Workers    int  // rows coded at the same time, 1 to 1024, 0 means one per CPU; does not change the bytes
}

// The defaults of Options. On clips of 16 frames a keyframe every 8 frames costs 14 to 29 % more bytes than one in all, and every
// 4 frames 22 to 25 % more again.
const (
	DefaultQuality = 90
	DefaultCRF     = 18
	DefaultGOP     = 8
)

// Check returns an error that names the first field out of range, what it holds and what it may hold.
func (o Options) Check() error {
	if _, err := ParseCodec(string(o.Codec)); err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		v, hi int
	}{{"quality", o.Quality, 100}, {"crf", o.CRF, 51}, {"gop", o.GOP, 600}, {"workers", o.Workers, 1024}} {
		if f.v < 0 || f.v > f.hi {
			return fmt.Errorf("store: %s is %d, want 1 to %d, or 0 for the default", f.name, f.v, f.hi)
		}
	}
	if o.Codec == H264 {
		if err := enc.Unavailable(); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// WithDefaults returns o with every zero number replaced by what it means, but for Workers, and with zero for what does not
// concern the codec: two Options that give the same bytes are the same but for Workers.
func (o Options) WithDefaults() Options {
	set := func(v *int, used bool, value int) {
		switch {
		case !used:
			*v = 0
		case *v == 0:
			*v = value
		}
	}
	set(&o.Quality, o.Codec == JPEG, DefaultQuality)
	set(&o.CRF, o.Codec == H264, DefaultCRF)
	set(&o.GOP, o.Codec == H264, DefaultGOP)
	return o
}

func (o Options) chroma() string {
	if o.FullChroma {
		return "4:4:4"
	}
	return "4:2:0"
}

func workers(n int) int {
	if n == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}
