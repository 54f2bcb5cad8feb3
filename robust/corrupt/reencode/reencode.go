package reencode

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"vidcsl/augment"
	"vidcsl/decode/recode"
	"vidcsl/robust/corrupt"
)

// fps is the frame rate that codecs are told, whatever the clip's own: a stored clip does not know it, and bits are counted by the
// pixel.
const fps = 25

// source is the bits per pixel that stand for the source's own rate, which a corruption that is told a bit rate divides: about what
// x264 gives clips of 112x112 pixels at CRF 18.
const source = 0.64

// variant is one corruption.
type variant struct {
	name, summary, doc string
	codec              recode.Codec
	levels             [5]float64
	quality            func(level float64, h, w int) recode.Quality
	uneven             string
}

func crf(level float64, _, _ int) recode.Quality    { return recode.CRF(int(level)) }
func qscale(level float64, _, _ int) recode.Quality { return recode.QScale(int(level)) }

func bits(level float64, h, w int) recode.Quality {
	return recode.BitRate(max(int(source/level*float64(h)*float64(w)*fps), 1000))
}

const kinetics = " Source: Mini Kinetics-C, arXiv 2110.06513"

var byBits = fmt.Sprintf("The bit rate is %g bits per pixel, divided by 2, 4, 8, 16, 32, at %d frames per second; over one second it is the most, too.%s, "+
	"which divides the bit rate of each video's own file.", source, fps, kinetics)

var variants = []variant{
	{"h264_crf", "code as H.264 at a constant rate factor", "x264, CRF 23, 30, 37, 44, 51." + kinetics + ".", recode.H264, [5]float64{23, 30, 37, 44, 51}, crf, ""},
	{"h264_abr", "code as H.264 at a bit rate", "x264. " + byBits, recode.H264, [5]float64{2, 4, 8, 16, 32}, bits,
		"of a clip that is hard to code, severity 4 is as coarse as H.264 can be, and 5 no coarser"},
	{"hevc_crf", "code as HEVC at a constant rate factor", "x265, CRF 27, 33, 39, 45, 51." + kinetics + ".", recode.HEVC, [5]float64{27, 33, 39, 45, 51}, crf, ""},
	{"hevc_abr", "code as HEVC at a bit rate", "x265. " + byBits, recode.HEVC, [5]float64{2, 4, 8, 16, 32}, bits, ""},
	{"mpeg2", "code as MPEG-2 at a constant scale of quantisation", "FFmpeg's mpeg2video, qscale 4, 8, 13, 20, 31: equal steps of its logarithm up to the coarsest. Source: constants are our own.", recode.MPEG2, [5]float64{4, 8, 13, 20, 31}, qscale, ""},
	{"mpeg4", "code as MPEG-4 part 2 at a constant scale of quantisation", "FFmpeg's mpeg4, qscale 4, 8, 13, 20, 31: equal steps of its logarithm up to the coarsest. Source: constants are our own.", recode.MPEG4, [5]float64{4, 8, 13, 20, 31}, qscale, ""},
}

// Params is what the plan holds of a corruption of this package.
type Params struct {
	// Level is the rate factor, the scale of quantisation, or what the bit rate is divided by.
	Level float64 `json:"level"`
}

// spec makes the transform of a variant.
func (v variant) spec() augment.Spec[corrupt.Config, Params] {
	return augment.Spec[corrupt.Config, Params]{
		Summary: v.summary,
		Doc:     v.doc + " Chroma is coded in 4:2:0.",
		Draw: func(c corrupt.Config, _ *rand.Rand, _ *augment.Draft) (Params, error) {
			return Params{v.levels[c.Severity-1]}, nil
		},
		Apply: func(p Params, f *augment.Frames) error {
			if !(p.Level >= 1 && p.Level <= 51) {
				return fmt.Errorf("level %v, want 1 to 51", p.Level)
			}
			// a clip takes tens of milliseconds: the stage that runs this looks at its context between views
			return recode.Recode(context.Background(), v.codec, v.quality(p.Level, f.H, f.W), f.Pix, f.T, f.H, f.W, fps)
		},
	}
}

var once sync.Once

// Register adds the corruptions h264_crf, h264_abr, hevc_crf, hevc_abr, mpeg2 and mpeg4 to the table of package corrupt, once. It must be
// called before [corrupt.Register]. Where FFmpeg lacks an encoder, its corruption fails for each clip with an error that names it.
func Register() {
	once.Do(func() {
		for _, v := range variants {
			corrupt.Add(corrupt.Info{Name: v.name, Group: "digital", Set: corrupt.Video, Uneven: v.uneven, Fixed: true, Changing: true}, v.spec())
		}
	})
}
