package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// sizes are frames that make C use whole vectors, parts of them, and none.
var sizes = [][2]int{{1, 1}, {2, 3}, {7, 5}, {17, 23}, {31, 64}, {48, 49}, {64, 3}, {8, 100}}

// both runs C and its reference on copies of the same frames and compares them.
func both(t *testing.T, name string, run func(rng *rand.Rand, pix []byte, h, w int, ref bool)) {
	t.Run(name, func(t *testing.T) {
		for i, s := range sizes {
			for kind := range 3 {
				rng := rand.New(rand.NewPCG(uint64(i), uint64(kind)))
				pix := frame(rng, s[0], s[1], kind)
				want := slices.Clone(pix)
				seed := rng.Uint64()
				run(rand.New(rand.NewPCG(seed, 1)), pix, s[0], s[1], false)
				run(rand.New(rand.NewPCG(seed, 1)), want, s[0], s[1], true)
				if !slices.Equal(pix, want) {
					t.Errorf("a frame of %dx%d, kind %d: C and Go differ", s[0], s[1], kind)
				}
			}
		}
	})
}

// frame is noise, black and white, or smooth.
func frame(rng *rand.Rand, h, w, kind int) []byte {
	pix := make([]byte, h*w*3)
	for i := range pix {
		switch kind {
		case 0:
			pix[i] = byte(rng.Uint32())
		case 1:
			pix[i] = byte(rng.IntN(2) * 255)
		default:
			pix[i] = byte(i/3%w*200/w + i/3/w*50/h + i%3)
		}
	}
	return pix
}

func values[T int16 | uint16](rng *rand.Rand, n, top int) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = T(rng.IntN(top + 1))
	}
	return v
}

func TestWeatherEqualsReference(t *testing.T) {
	both(t, "drift", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		o := Torus{h, w, 16, 8, rng.IntN(16), rng.IntN(8)}
		layer, gain := values[int16](rng, o.SizeY*(o.SizeX+1)*3, 255<<7), rng.IntN(1<<15+1)
		f := Drift
		if ref {
			f = func(p []byte, l []int16, o Torus, fy, fx, gain int) { refDrift(p, l, &o, fy, fx, gain) }
		}
		f(pix, layer, o, rng.IntN(1<<15), rng.IntN(1<<15), gain)
	})
	both(t, "overlay", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		gain, add := values[uint16](rng, len(pix), 1<<15), values[uint16](rng, len(pix), 255<<7)
		f := Overlay
		if ref {
			f = refOverlay
		}
		f(pix, 1, gain, add)
	})
	both(t, "snow", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		o := Torus{h, w, 11, 13, rng.IntN(11), rng.IntN(13)}
		f := Snow
		if ref {
			f = func(p []byte, l []uint16, o Torus, keep, whiten int) { refSnow(p, l, &o, keep, whiten) }
		}
		keep := rng.IntN(1<<15 + 1)
		f(pix, values[uint16](rng, 11*13, 255<<7), o, keep, 1<<16-2*max(keep, 1))
	})
}

func TestMixEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 63, 64, 65, 200} {
		src, at, weight := make([]float32, 3*n), make([]int32, 29), make([]float32, 29)
		for i := range src {
			src[i] = rng.Float32()
		}
		for j := range at {
			at[j], weight[j] = int32(rng.IntN(2*n+1)), rng.Float32()-0.5
		}
		got, want := make([]float32, n), make([]float32, n)
		Mix(got, src, at, weight)
		refMix(want, src, at, weight)
		if !slices.Equal(got, want) {
			t.Errorf("%d values: C and Go differ", n)
		}
	}
}

func TestPeak(t *testing.T) {
	for n := range 200 {
		pix := make([]byte, n)
		if n > 0 {
			pix[n*2/3] = 77
		}
		if got, ref := Peak(pix), refPeak(pix); got != min(n, 1)*77 || got != ref {
			t.Errorf("the peak of %d values is %d, of the reference %d", n, got, ref)
		}
	}
}
