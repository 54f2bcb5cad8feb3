package augment_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// onPixels runs f as the pixel op of a transform, on a copy of pix, after a resample that changes nothing but the memory.
func onPixels(t *testing.T, pix []byte, s augment.Shape, f func(*augment.Frames)) []byte {
	t.Helper()
	r := augment.Default().Clone()
	augment.Add(r, augment.Spec[struct{}, struct{}]{
		Name: "probe", Summary: "s",
		Draw:  func(struct{}, *rand.Rand, *augment.Draft) (struct{}, error) { return struct{}{}, nil },
		Apply: func(_ struct{}, fr *augment.Frames) error { f(fr); return nil },
	})
	whole := fmt.Sprintf(`{"name":"resample","params":{"crop":{"x":0,"y":0,"w":%d,"h":%[2]d},"width":%[1]d,"height":%[2]d}}`, s.W, s.H)
	const probe = `{"name":"probe","params":{}}`
	var ops []clip.Op
	if err := json.Unmarshal([]byte("["+probe+","+whole+","+probe+","+whole+"]"), &ops); err != nil {
		t.Fatal(err)
	}
	p, err := r.Compile(ops, s)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, len(pix))
	if err := p.Run(out, bytes.Clone(pix), new(augment.Scratch)); err != nil {
		t.Fatal(err)
	}
	return out
}

func noisy(s augment.Shape) []byte {
	rng, pix := rand.New(rand.NewPCG(1, 2)), make([]byte, s.Bytes())
	for i := range pix {
		pix[i] = byte(rng.Uint32())
	}
	return pix
}

// Some frames are changed as if they were alone, and the others stay.
func TestFramesWarpSomeOfThem(t *testing.T) {
	s := augment.Shape{T: 4, H: 9, W: 12}
	pix, frame := noisy(s), 9*12*3
	for name, f := range map[string]func(f *augment.Frames, from, to int){
		"affine": func(f *augment.Frames, from, to int) {
			f.Affine(from, to, [4]float64{0.8, 0.1, -0.1, 1.2}, [2]float64{1.5, -2}, [3]byte{1, 2, 3})
		},
		"blur": func(f *augment.Frames, from, to int) { f.Blur(from, to, 1.3) },
	} {
		all := onPixels(t, pix, s, func(fr *augment.Frames) { f(fr, 0, 4) })
		some := onPixels(t, pix, s, func(fr *augment.Frames) { f(fr, 1, 2); f(fr, 2, 3) })
		for k := range 4 {
			want := all
			if k == 0 || k == 3 {
				want = pix
			}
			if !bytes.Equal(some[k*frame:(k+1)*frame], want[k*frame:(k+1)*frame]) {
				t.Errorf("%s: frame %d is another", name, k)
			}
		}
	}
}

// A blur too wide for one filter is as wide as asked for: so says the variance of a blurred point.
func TestBlurOfAnyWidth(t *testing.T) {
	s := augment.Shape{T: 1, H: 1, W: 401}
	pix := make([]byte, s.Bytes())
	for x := 190; x <= 210; x++ { // a bar of variance (21²-1)/12, twice blurred
		pix[x*3] = 255
	}
	for _, sigma := range []float64{2, 9, 14, 25} {
		out := onPixels(t, pix, s, func(f *augment.Frames) { f.Blur(0, 1, sigma) })
		var sum, square float64
		for x := range 401 {
			v := float64(out[x*3])
			sum, square = sum+v, square+v*float64((x-200)*(x-200))
		}
		got := math.Sqrt((square/sum - (21*21-1)/12.) / 2)
		if math.Abs(got-sigma) > 0.07*sigma {
			t.Errorf("a blur of %v has a standard deviation of %.2f", sigma, got)
		}
	}
}
