package recode

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"vidcsl/decode/internal/enc"
)

// smooth is a clip without edges, moving.
func smooth(t, h, w int) []byte {
	pix := make([]byte, 0, t*h*w*3)
	for k := range t {
		for y := range h {
			for x := range w {
				a, b := float64(x+2*k)/17, float64(y-k)/23
				pix = append(pix, byte(128+60*math.Sin(a)+40*math.Cos(b)), byte(120+50*math.Sin(b)), byte(128+60*math.Cos(a+b)))
			}
		}
	}
	return pix
}

// psnr is the peak signal-to-noise ratio in dB.
func psnr(a, b []byte) float64 {
	sum := 0.
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a))/sum)
}

// finest and coarsest are the ends of what codecs do.
var finest = map[Codec]Quality{H264: CRF(0), HEVC: CRF(0), MPEG2: QScale(1), MPEG4: QScale(1)}
var coarsest = map[Codec][]Quality{H264: {CRF(51), BitRate(1000)}, HEVC: {CRF(51), BitRate(1000)}, MPEG2: {QScale(31)}, MPEG4: {QScale(31)}}

// needs skips where FFmpeg lacks an encoder.
func needs(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, ErrNoEncoder) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// At its finest a codec loses next to nothing but what 4:2:0 does; at its coarsest it loses much, and the clip is still the same one.
func TestEnds(t *testing.T) {
	const T, H, W = 6, 64, 80
	for _, c := range Codecs() {
		t.Run(string(c), func(t *testing.T) {
			clean := smooth(T, H, W)
			fine := bytes.Clone(clean)
			needs(t, Recode(context.Background(), c, finest[c], fine, T, H, W, 25))
			if p := psnr(clean, fine); p < 38 {
				t.Errorf("%v: %.1f dB, want 38", finest[c], p)
			}
			for _, q := range coarsest[c] {
				coarse := bytes.Clone(clean)
				needs(t, Recode(context.Background(), c, q, coarse, T, H, W, 25))
				if p := psnr(clean, coarse); p > 37 || p < 12 {
					t.Errorf("%v: %.1f dB, want 12 to 37", q, p)
				}
			}
		})
	}
}

// All sizes are taken; frames keep their order and place, and memory beside the pixels is left alone.
func TestSizes(t *testing.T) {
	for _, c := range Codecs() {
		for _, s := range [][3]int{{1, 1, 1}, {3, 1, 9}, {2, 17, 23}, {1, 31, 16}, {20, 15, 64}, {2, 66, 63}} {
			clean := smooth(s[0], s[1], s[2])
			memory := append(append([]byte{1, 2, 3, 4}, clean...), 5, 6, 7, 8)
			pix := memory[4 : 4+len(clean)]
			needs(t, Recode(context.Background(), c, finest[c], pix, s[0], s[1], s[2], 30))
			if p := psnr(clean, pix); p < 30 {
				t.Errorf("%s: %v comes back at %.1f dB", c, s, p)
			}
			if !bytes.Equal(memory[:4], []byte{1, 2, 3, 4}) || !bytes.Equal(memory[4+len(clean):], []byte{5, 6, 7, 8}) {
				t.Errorf("%s: %v: memory beside the pixels is written to", c, s)
			}
		}
	}
}

// The same pixels give the same bytes, twice and while others are at work.
func TestSameBytes(t *testing.T) {
	const T, H, W = 9, 48, 50
	clean := smooth(T, H, W)
	for i := range clean {
		clean[i] += byte(uint32(i) * 2654435761 >> 29) // noise, so that there is something to decide
	}
	for _, c := range Codecs() {
		for _, q := range append(coarsest[c], finest[c]) {
			want := bytes.Clone(clean)
			needs(t, Recode(context.Background(), c, q, want, T, H, W, 25))
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					for range 2 {
						got := bytes.Clone(clean)
						if err := Recode(context.Background(), c, q, got, T, H, W, 25); err != nil || !bytes.Equal(got, want) {
							t.Errorf("%s at %v: other bytes (%v)", c, q, err)
						}
					}
				})
			}
			wg.Wait()
		}
	}
}

// What cannot be asked for is an error with the value and what is legal.
func TestMisuse(t *testing.T) {
	ctx := context.Background()
	pix := make([]byte, 2*8*8*3)
	for want, err := range map[string]error{
		`codec is "av1"`:         Recode(ctx, "av1", CRF(20), pix, 2, 8, 8, 25),
		"CRF 52, want 0 to 51":   Recode(ctx, H264, CRF(52), pix, 2, 8, 8, 25),
		"want 1 to 31":           Recode(ctx, MPEG2, QScale(0), pix, 2, 8, 8, 25),
		"mpeg4 does not take CR": Recode(ctx, MPEG4, CRF(20), pix, 2, 8, 8, 25),
		"not take 50000 bit/s":   Recode(ctx, MPEG2, BitRate(50000), pix, 2, 8, 8, 25),
		"hevc does not take qs":  Recode(ctx, HEVC, QScale(3), pix, 2, 8, 8, 25),
		"take no quality":        Recode(ctx, H264, Quality{}, pix, 2, 8, 8, 25),
		"want 1000 to":           Recode(ctx, H264, BitRate(999), pix, 2, 8, 8, 25),
		"0 frames per second":    Recode(ctx, H264, CRF(20), pix, 2, 8, 8, 0),
		"384 bytes for 3 frames": Recode(ctx, H264, CRF(20), pix, 3, 8, 8, 25),
		"0 bytes for 0 frames":   Recode(ctx, H264, CRF(20), nil, 0, 8, 8, 25),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	err := enc.Recode(ctx, enc.Shape{T: 2, H: 8, W: 8}, pix, enc.Coding{Encoder: "libnone", FPS: 25})
	if !errors.Is(err, ErrNoEncoder) || !strings.Contains(err.Error(), "libnone") {
		t.Errorf("a missing encoder: %v", err)
	}
	cause := errors.New("enough")
	ended, cancel := context.WithCancelCause(ctx)
	cancel(cause)
	if err := Recode(ended, H264, CRF(20), pix, 2, 8, 8, 25); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkRecode(b *testing.B) {
	const T, H, W = 16, 112, 112
	clean := smooth(T, H, W)
	pix := make([]byte, len(clean))
	for c, q := range map[Codec]Quality{H264: CRF(37), HEVC: CRF(39), MPEG2: QScale(13), MPEG4: QScale(13)} {
		b.Run(string(c), func(b *testing.B) {
			for b.Loop() {
				copy(pix, clean)
				needs(b, Recode(context.Background(), c, q, pix, T, H, W, 25))
			}
		})
	}
}
