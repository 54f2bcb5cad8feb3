package store

import (
	"fmt"
	"math"
	"testing"

	"vidcsl/decode/internal/enc"
)

// What comes back looks like what went in, and better with better settings.
func TestRoundtripQuality(t *testing.T) {
	for _, c := range []struct {
		o    Options
		min  float64 // dB, of filmed clips
		size float64 // share of the raw bytes, at most
	}{
		{Options{Codec: JPEG, Quality: 75}, 32, .1},
		{Options{Codec: JPEG}, 35, .15},
		{Options{Codec: JPEG, Quality: 95}, 37, .2},
		{Options{Codec: JPEG, Quality: 95, FullChroma: true}, 39, .25},
		{Options{Codec: H264, CRF: 23}, 33, .05},
		{Options{Codec: H264}, 35, .08},
		{Options{Codec: H264, FullChroma: true}, 35, .08},
	} {
		for _, name := range []string{"torchcodec/nasa_13013.mp4", "decord/flipping_a_pancake.mkv", "rendered"} {
			t.Run(fmt.Sprintf("%s-q%d-crf%d-%v/%s", c.o.Codec, c.o.Quality, c.o.CRF, c.o.FullChroma, name), func(t *testing.T) {
				var p picture
				minimum := c.min
				if name == "rendered" {
					p = rendered(t, 112) // with sensor noise, textures and hard colour edges
					minimum -= 5
				} else {
					p = filmed(t, name, 112, 112)
				}
				got, size := roundtrip(t, p, c.o)
				db, share := psnr(p.rgb, got), float64(size)/float64(len(p.rgb))
				t.Logf("%.1f dB, %.3f of the raw bytes, bias %.2f", db, share, bias(p.rgb, got))
				if db < minimum || name != "rendered" && share > c.size {
					t.Errorf("%.1f dB at %.3f of the raw bytes, want %.1f and %.3f", db, share, minimum, c.size)
				}
			})
		}
	}
}

var bothCodecs = []Options{{Codec: JPEG}, {Codec: H264}, {Codec: JPEG, FullChroma: true}, {Codec: H264, FullChroma: true}}

// Any size comes back, with exactly as many frames: odd, thin, one frame, more than a GOP.
func TestSizes(t *testing.T) {
	for _, o := range bothCodecs {
		for _, s := range []enc.Shape{
			{T: 1, H: 32, W: 32}, {T: 3, H: 33, W: 47}, {T: 2, H: 47, W: 32}, {T: 9, H: 32, W: 65}, {T: 1, H: 1, W: 1}, {T: 2, H: 1, W: 40}, {T: 2, H: 40, W: 2}, {T: 17, H: 17, W: 15},
		} {
			t.Run(fmt.Sprintf("%s-%v/%v", o.Codec, o.FullChroma, s), func(t *testing.T) {
				p := smooth(s, 0)
				got, _ := roundtrip(t, p, o)
				n := s.H * s.W * 3
				for i := range s.T {
					if db := psnr(p.rgb[i*n:(i+1)*n], got[i*n:(i+1)*n]); db < 28 {
						t.Errorf("frame %d: %.1f dB", i, db)
					}
				}
			})
		}
	}
}

// No colour drifts: over many pixels of all colours the mean error is a small part of a grey level.
func TestNoBias(t *testing.T) {
	p := smooth(enc.Shape{T: 8, H: 96, W: 96}, 30)
	for _, o := range []Options{{Codec: JPEG, Quality: 100}, {Codec: H264, CRF: 1}, {Codec: JPEG, Quality: 100, FullChroma: true}, {Codec: H264, CRF: 1, FullChroma: true}} {
		got, _ := roundtrip(t, p, o)
		b := bias(p.rgb, got)
		t.Logf("%s %v: bias %.3f, %.1f dB", o.Codec, o.FullChroma, b, psnr(p.rgb, got))
		for c, v := range b {
			if math.Abs(v) > .1 {
				t.Errorf("%s %v: channel %d is off by %.3f on average", o.Codec, o.FullChroma, c, v)
			}
		}
	}
}

// Grey stays grey, and every level of it is near its place.
func TestGrey(t *testing.T) {
	s := enc.Shape{T: 2, H: 64, W: 64}
	for _, o := range bothCodecs {
		for level := 0; level < 256; level += 15 {
			p := picture{s, make([]byte, s.Bytes())}
			for i := range p.rgb {
				p.rgb[i] = byte(level)
			}
			got, _ := roundtrip(t, p, o)
			for i, v := range got {
				if d := int(v) - level; d < -2 || d > 2 {
					t.Errorf("%s %v: %d became %d (byte %d)", o.Codec, o.FullChroma, level, v, i)
					break
				}
				if i%3 > 0 && v != got[i-1] {
					t.Errorf("%s %v: %d is not grey any more: %v", o.Codec, o.FullChroma, level, got[i/3*3:i/3*3+3])
					break
				}
			}
		}
	}
}
