package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func floats(rng *rand.Rand, n int, from, to float32) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = from + (to-from)*rng.Float32()
	}
	return v
}

func TestFieldsEqualReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var q [4096]float32
	copy(q[:], floats(rng, len(q), -3, 3))
	for _, s := range sizes {
		h, w := s[0], s[1]
		got, want, seed := make([]float32, h*w), make([]float32, h*w), rng.Uint64()
		same := func(name string) {
			if !slices.Equal(got, want) {
				t.Errorf("%s of %dx%d: C and Go differ", name, h, w)
			}
		}
		Uniform(got, seed, 1.7)
		refUniform(want, seed, 1.7)
		same("uniform values")
		Normal(got, seed, 0.3, 0.7, &q)
		refNormal(want, seed, 0.3, 0.7, &q)
		same("normal values")
		src := floats(rng, h*w, -1, 1)
		Transpose(got, src, h, w)
		refTranspose(want, src, h, w)
		same("a transposed plane")
		r := &Rows{Weight: floats(rng, 3*h, -1, 1)}
		for range h {
			first := rng.IntN(h)
			r.First, r.From, r.Taps = append(r.First, int32(first)), append(r.From, int32(rng.IntN(2*h))), append(r.Taps, int32(rng.IntN(h-first+1)))
		}
		Convolve(got, src, w, r)
		refConvolve(want, src, w, r)
		same("a convolution")
	}
}

func TestPlacesEqualReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, s := range sizes {
		h, w := s[0], s[1]
		for _, reach := range []float32{0.4, 3, 90} {
			b := &Bend{H: h, W: w, M: [6]float64{1.1, 0.2, -3.3, -0.1, 0.9, 1.7}}
			dx, dy := floats(rng, h*w, -reach, reach), floats(rng, h*w, -reach, reach)
			at, shares, wantAt, wantShares := make([]int32, h*w), make([]uint32, h*w), make([]int32, h*w), make([]uint32, h*w)
			b.Places(at, shares, dx, dy)
			refBent(wantAt, wantShares, dx, dy, b)
			if !slices.Equal(at, wantAt) || !slices.Equal(shares, wantShares) {
				t.Errorf("places of %dx%d, moved by %v: C and Go differ", h, w, reach)
			}
			lo, hi := extremes(at)
			if a, b := refExtremes(at); lo != a || hi != b {
				t.Errorf("%d places are %d to %d, want %d to %d", len(at), lo, hi, a, b)
			}
		}
	}
}

// TestWaterEqualsReference has liquid that is rough, in blobs, everywhere, and nowhere.
func TestWaterEqualsReference(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var work, other Work
	for _, s := range sizes {
		h, w := s[0], s[1]
		blobs := make([]float32, h*w)
		for i := range blobs {
			if y, x := i/w%13-6, i%w%17-8; y*y+x*x < 30 {
				blobs[i] = 0.7 + float32(y+x)/50
			}
		}
		for i, liquid := range [][]float32{floats(rng, h*w, 0.4, 1.1), blobs, floats(rng, h*w, 0.8, 0.9), make([]float32, h*w)} {
			o := &Water{Least: 0.68, Scale: 0.6, Strength: 0.5, Colour: [3]float32{175, 238, 238}}
			got, want, copied := make([]byte, h*w*3), make([]byte, h*w*3), slices.Clone(liquid)
			o.Add(got, liquid, h, w, &work)
			o.Add(make([]byte, h*w*3), slices.Clone(copied), h, w, &other) // makes room
			refWater(want, copied, h, w, o, &other)
			if !slices.Equal(got, want) {
				t.Errorf("liquid %d of %dx%d: C and Go differ", i, h, w)
			}
		}
	}
}

func TestGlassEqualsReference(t *testing.T) {
	both(t, "glaze", func(rng *rand.Rand, pix []byte, _, _ int, ref bool) {
		f := Glaze
		if ref {
			f = refGlaze
		}
		f(pix, 1, rng.IntN(1<<15+1), values[uint16](rng, len(pix), 255<<7))
	})
	both(t, "brighten", func(rng *rand.Rand, pix []byte, _, _ int, ref bool) {
		f, add := Brighten, make([]byte, len(pix))
		if ref {
			f = refBrighten
		}
		for i := range add {
			add[i] = byte(rng.IntN(256))
		}
		f(pix, 1, add)
	})
	rng := rand.New(rand.NewPCG(9, 10))
	shades := make([][4]uint16, 100)
	for i := range shades {
		copy(shades[i][:], values[uint16](rng, 4, 255<<7))
	}
	for w := range 40 {
		a, b, col := values[uint16](rng, PaneWidth, 99), values[uint16](rng, PaneWidth, 99), make([]int32, w)
		for i := range col {
			col[i] = int32(rng.IntN(PaneWidth << 8))
		}
		got, want := make([]uint16, w*3), make([]uint16, w*3)
		Pane(got, a, b, col, 77, shades)
		refPane(want, a, b, col, 77, shades)
		if !slices.Equal(got, want) {
			t.Errorf("a pane of %d pixels: C and Go differ", w)
		}
	}
}
