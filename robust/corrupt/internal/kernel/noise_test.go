package kernel

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

// each runs f once for each instruction set that C can use here.
func each(t *testing.T, f func(t *testing.T)) {
	for l, name := range levels() {
		t.Run(name, func(t *testing.T) {
			defer setLevel(l)()
			f(t)
		})
	}
}

// scene returns n bytes of every value, without a pattern.
func scene(n int, seed uint64) []byte {
	b := make([]byte, n)
	k := KeyOf(seed, 0)
	for i := range b {
		b[i] = byte(k.At(uint32(i)))
	}
	return b
}

func shot(o *Outcomes, peak float64) {
	for v := range 256 {
		lambda := float64(v) / 255 * peak
		var value []byte
		var p []float64
		rest, at := 1.0, math.Exp(-lambda)
		for n := 0.0; n < peak; n++ {
			value, p = append(value, byte(255*n/peak)), append(p, at)
			rest -= at
			at *= lambda / (n + 1)
		}
		o.Set(byte(v), append(value, 255), append(p, max(rest, 0)))
	}
}

func TestNoiseEqualsReference(t *testing.T) {
	var o Outcomes
	shot(&o, 25)
	each(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 3, 15, 16, 17, 63, 64, 65, 1000, 4099} {
			in, k := scene(n, uint64(n)), KeyOf(5, n)
			for name, f := range map[string][2]func([]byte){
				"gauss":   {func(b []byte) { Gauss(b, k, 40, 0) }, func(b []byte) { refGauss(b, k, gaussTable(), 40<<16, 0) }},
				"speckle": {func(b []byte) { Gauss(b, k, 0, 0.5) }, func(b []byte) { refGauss(b, k, gaussTable(), 0, 1<<15) }},
				"extreme": {func(b []byte) { Gauss(b, k, 154, 0) }, func(b []byte) { refGauss(b, k, gaussTable(), 154<<16, 0) }},
				"outcome": {func(b []byte) { Replace(b, k, &o) }, func(b []byte) { refOutcome(b, k, &o) }},
				"impulse": {func(b []byte) { Impulse(b, k, 0.25) }, func(b []byte) { refImpulse(b, k, 1<<22) }},
			} {
				got, want := slices.Clone(in), slices.Clone(in)
				f[0](got)
				f[1](want)
				if !bytes.Equal(got, want) {
					t.Errorf("%s of %d values differs from its reference", name, n)
				}
			}
		}
	})
}

// TestGaussTable integrates the table: the moments of the normal distribution, and no more than 2^-15 of one part's width off.
func TestGaussTable(t *testing.T) {
	var m2, m4 float64
	for _, e := range gaussTable() {
		a := float64(e>>16) / (1 << 13)
		b := a + float64(e&0xffff)/(1<<13)
		m2 += (a*a + a*b + b*b) / 3 / gaussCells
		m4 += (a*a*a*a + a*a*a*b + a*a*b*b + a*b*b*b + b*b*b*b) / 5 / gaussCells
	}
	if math.Abs(m2-1) > 1e-4 || math.Abs(m4-3) > 0.01 {
		t.Errorf("the moments of order 2 and 4 are %.5f and %.4f, want 1 and 3", m2, m4)
	}
}

func TestOutcomes(t *testing.T) {
	var o Outcomes
	p := []float64{0.5, 0.25, 0.125, 0.0625, 0.0625}
	o.Set(7, []byte{10, 20, 30, 40, 50}, p)
	pix := bytes.Repeat([]byte{7}, 1<<18)
	Replace(pix, KeyOf(1, 1), &o)
	var n [256]float64
	for _, v := range pix {
		n[v]++
	}
	for i, want := range p {
		if got := n[10*(i+1)] / (1 << 18); math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/(1<<18)) {
			t.Errorf("outcome %d comes with a frequency of %.4f, want %.4f", i, got, want)
		}
	}
}

// TestKeys looks for dependence between neighbours, of places and of frames.
func TestKeys(t *testing.T) {
	const n = 1 << 16
	corr := func(a, b func(i uint32) uint32) float64 {
		var s float64
		for i := range uint32(n) {
			s += (float64(a(i))/(1<<32) - 0.5) * (float64(b(i))/(1<<32) - 0.5)
		}
		return s * 12 / n
	}
	k := KeyOf(3, 0)
	for name, other := range map[string]func(i uint32) uint32{
		"next place": func(i uint32) uint32 { return k.At(i + 1) },
		"next row":   func(i uint32) uint32 { return k.At(i + 336) },
		"next frame": KeyOf(3, 1).At,
		"next seed":  KeyOf(4, 0).At,
		"low bits":   func(i uint32) uint32 { return k.At(i) << 16 },
	} {
		if c := corr(k.At, other); math.Abs(c) > 4/math.Sqrt(n) {
			t.Errorf("%s: correlation %.4f, want 0 within %.4f", name, c, 4/math.Sqrt(n))
		}
	}
}
