package kernel

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// shapes are t, h, w: single pixels and lines, odd sizes, sizes around vector widths, and the size of training.
var shapes = [][3]int{{1, 1, 1}, {2, 1, 7}, {1, 9, 1}, {3, 2, 2}, {1, 3, 3}, {2, 5, 16}, {1, 4, 17}, {1, 3, 21}, {1, 2, 22}, {2, 33, 31},
	{1, 7, 43}, {1, 3, 64}, {1, 2, 65}, {1, 31, 85}, {2, 40, 127}, {1, 112, 112}}

// pixels returns n bytes at an odd address, of one of four kinds: noise, black and white, a ramp, one level.
func pixels(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	level, off := byte(rng.Uint32()), 1+int(seed%7)*2
	b := make([]byte, n+off+64)[off : off+n : off+n]
	for i := range b {
		switch seed % 4 {
		case 0:
			b[i] = byte(rng.Uint32())
		case 1:
			b[i] = byte(-int8(rng.Uint32() & 1))
		case 2:
			b[i] = byte(i*255/n) + byte(i%3)
		default:
			b[i] = level
		}
	}
	return b
}

// eachLevel runs f on every instruction set, with a destination of n bytes, compares it with want and looks for bytes written
// beside it.
func eachLevel(t *testing.T, want []byte, f func(dst []byte)) {
	t.Helper()
	const margin = 67
	buf := make([]byte, len(want)+2*margin)
	for i, name := range levels() {
		for j := range buf {
			buf[j] = 0xa5
		}
		dst := buf[margin : margin+len(want) : margin+len(want)]
		restore := setLevel(i)
		f(dst)
		restore()
		if at := differ(dst, want); at >= 0 {
			t.Fatalf("%s: byte %d of %d is %d, want %d", name, at, len(want), dst[at], want[at])
		}
		for j := range margin {
			if buf[j] != 0xa5 || buf[len(buf)-1-j] != 0xa5 {
				t.Fatalf("%s: wrote outside of dst", name)
			}
		}
	}
}

func differ(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// near fails unless got is within limit levels of the exact value, and within one of the rounded exact value.
func near(t *testing.T, got []byte, limit float64, exact func(i int) float64) {
	t.Helper()
	for i, v := range got {
		e := min(max(exact(i), 0), 255)
		if math.Abs(float64(v)-e) > limit || math.Abs(float64(v)-math.Round(e)) > 1 {
			t.Fatalf("byte %d is %d, exactly %.3f", i, v, e)
		}
	}
}

func testColor(t *testing.T, seed uint64, n int, m [3][4]float64) {
	src, c := pixels(seed, n*3), NewColorMatrix(m)
	want := make([]byte, n*3)
	refColor(want, src, &c)
	eachLevel(t, want, func(dst []byte) { Color(dst, src, &c) })
	eachLevel(t, want, func(dst []byte) {
		copy(dst, src)
		Color(dst, dst, &c)
	})
	for _, row := range m {
		for _, v := range row[:3] {
			if math.Abs(v) > 16 {
				return
			}
		}
	}
	near(t, want, 0.9, func(i int) float64 {
		r, p := m[i%3], src[i/3*3:]
		return r[0]*float64(p[0]) + r[1]*float64(p[1]) + r[2]*float64(p[2]) + r[3]
	})
}

var matrices = [][3][4]float64{
	{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}},
	{{0.2989, 0.587, 0.114, 0}, {0.2989, 0.587, 0.114, 0}, {0.2989, 0.587, 0.114, 0}},
	{{1.3, -0.2, -0.1, 5}, {-0.4, 1.9, -0.5, -20}, {0.1, 0.2, -1.99, 300}},
	{{16, -16, 1, 4096}, {-15.9, 3, 12, -4096}, {0.001, -0.5, 16, 10}},
	{{32767, -40000, 1e9, 1e12}, {-1e300, 0, 0, math.Inf(-1)}, {0, math.Inf(1), 0, 1 << 30}},
	{{0, 0, 0, 127.5}, {0, 0, 0, -1}, {0, 0, 0, 256}},
	{{-1, 0, 0, 255}, {0, 0.5, 0, 0}, {0, 0, 2, 0.5}},
}

func TestColor(t *testing.T) {
	for i, m := range matrices {
		for n := range 70 {
			testColor(t, uint64(i+n), n, m)
		}
		testColor(t, uint64(i), 5003, m)
	}
	src, id := pixels(0, 999), NewColorMatrix(matrices[0])
	dst := make([]byte, 999)
	if Color(dst, src, &id); !bytes.Equal(dst, src) {
		t.Error("the identity changes pixels")
	}
}

func FuzzColor(f *testing.F) {
	f.Add(uint64(1), 33, 0.5, 0.25, -1.5, 10.0)
	f.Add(uint64(4), 100, 15.9, -16.0, 3.0, -4096.0)
	f.Fuzz(func(t *testing.T, seed uint64, n int, a, b, c, d float64) {
		if math.IsNaN(a+b+c+d) || math.IsInf(d, 0) {
			return
		}
		d = math.Remainder(d, 5000)
		testColor(t, seed, int(uint(n)%500), [3][4]float64{{a, b, c, d}, {b, c, a, -d}, {c, a, b, d / 2}})
	})
}

func testTables(t *testing.T, seed uint64, n int) {
	src := pixels(seed, n*3)
	var lut [3][256]byte
	rng := rand.New(rand.NewPCG(seed, 2))
	for c := range lut {
		for i := range lut[c] {
			lut[c][i] = byte(rng.Uint32())
		}
	}
	one, three := make([]byte, n*3), make([]byte, n*3)
	refLookup(one, src, &lut[1])
	refLookupRGB(three, src, &lut)
	eachLevel(t, one, func(dst []byte) { Lut(dst, src, &lut[1]) })
	eachLevel(t, three, func(dst []byte) { LutRGB(dst, src, &lut) })
	eachLevel(t, three, func(dst []byte) {
		copy(dst, src)
		LutRGB(dst, dst, &lut)
	})
	var wantHist [3][256]uint64
	refHistogram(&wantHist, src)
	r, g, b := refSums(src)
	eachLevel(t, nil, func([]byte) {
		hist := [3][256]uint64{{9, 9}}
		if Histogram(&hist, src); hist != wantHist {
			t.Fatalf("histogram of %d pixels differs", n)
		}
		if r1, g1, b1 := Sums(src); r1 != r || g1 != g || b1 != b {
			t.Fatalf("sums of %d pixels: %d %d %d, want %d %d %d", n, r1, g1, b1, r, g, b)
		}
	})
}

func TestTables(t *testing.T) {
	for n := range 200 {
		testTables(t, uint64(n), n)
	}
	testTables(t, 0, 70001)
}

func FuzzTables(f *testing.F) {
	f.Add(uint64(1), 64)
	f.Add(uint64(2), 129)
	f.Fuzz(func(t *testing.T, seed uint64, n int) { testTables(t, seed, int(uint(n)%2000)) })
}

func testBlur(t *testing.T, seed uint64, n, h, w int, kx, ky Taps) {
	src, s := pixels(seed, n*h*w*3), new(Scratch)
	want := make([]byte, len(src))
	p := planBlur(n, h, w, &kx, &ky, new(Scratch))
	refBlur(want, src, &p, &kx, &ky)
	eachLevel(t, want, func(dst []byte) { Blur(dst, src, n, h, w, &kx, &ky, s) })
	eachLevel(t, want, func(dst []byte) {
		copy(dst, src)
		Blur(dst, dst, n, h, w, &kx, &ky, s)
	})
	if seed%4 == 3 && !bytes.Equal(want, src) {
		t.Fatal("a frame of one level changes")
	}
}

func TestBlur(t *testing.T) {
	for i, sh := range shapes {
		for j, size := range []int{1, 3, 7, 11, 23, 63} {
			kx, ky := GaussianTaps(0.3*float64(size), size), GaussianTaps(0.15*float64(size+j), size)
			testBlur(t, uint64(i+j), sh[0], sh[1], sh[2], kx, ky)
			testBlur(t, 3, sh[0], sh[1], sh[2], kx, NewTaps([]float64{1, 1, 1}))
		}
	}
}

func TestBlurExact(t *testing.T) {
	for _, size := range []int{3, 11, 31, 63} {
		for _, sh := range [][2]int{{40, 37}, {5, 90}, {2, 3}, {1, 1}} {
			sigma := float64(size) / 6
			h, w := sh[0], sh[1]
			k, src := GaussianTaps(sigma, size), pixels(1, h*w*3)
			dst := make([]byte, len(src))
			Blur(dst, src, 1, h, w, &k, &k, new(Scratch))
			g, sum := make([]float64, size), 0.0
			for i := range g {
				d := float64(i-size/2) / sigma
				g[i] = math.Exp(-d * d / 2)
				sum += g[i]
			}
			mirror := func(i, n int) int { // step by step, unlike reflect101
				for n > 1 && (i < 0 || i >= n) {
					if i < 0 {
						i = -i
					} else {
						i = 2*(n-1) - i
					}
				}
				return min(max(i, 0), n-1)
			}
			mid := make([]float64, len(src))
			for i := range mid {
				y, x, c := i/3/w, i/3%w, i%3
				for j, v := range g {
					mid[i] += v / sum * float64(src[(y*w+mirror(x+j-size/2, w))*3+c])
				}
			}
			near(t, dst, 0.8, func(i int) (v float64) {
				y, x, c := i/3/w, i/3%w, i%3
				for j, u := range g {
					v += u / sum * mid[(mirror(y+j-size/2, h)*w+x)*3+c]
				}
				return v
			})
		}
	}
}

func FuzzBlur(f *testing.F) {
	f.Add(uint64(1), 9, 33, 2.0, 0.5, 11)
	f.Add(uint64(3), 1, 64, 1e9, 1e-9, 63)
	f.Fuzz(func(t *testing.T, seed uint64, h, w int, sx, sy float64, size int) {
		if !(sx > 0) || !(sy > 0) {
			return
		}
		size = int(uint(size)%32)*2 + 1
		testBlur(t, seed, 1+int(seed%2), 1+int(uint(h)%40), 1+int(uint(w)%140), GaussianTaps(sx, size), GaussianTaps(sy, size))
	})
}

func testSharpness(t *testing.T, seed uint64, n, h, w int, factor float64) {
	src := pixels(seed, n*h*w*3)
	want := bytes.Clone(src)
	a := min(max(1-factor, -maxSharpness), maxSharpness)
	shift := sharpnessShift(a)
	if h > 2 && w > 2 && a != 0 {
		refSharpness(want, src, n, h, w, int16(math.Round(math.Ldexp(a, shift+9))), shift)
	}
	eachLevel(t, want, func(dst []byte) { Sharpness(dst, src, n, h, w, factor) })
	if math.Abs(1-factor) > maxSharpness {
		return
	}
	near(t, want, 1, func(i int) float64 {
		y, x := i/3/w%h, i/3%w
		if y == 0 || x == 0 || y == h-1 || x == w-1 {
			return float64(src[i])
		}
		sum := 4 * float64(src[i])
		for _, dy := range []int{-w * 3, 0, w * 3} {
			sum += float64(src[i+dy-3]) + float64(src[i+dy]) + float64(src[i+dy+3])
		}
		d := math.Round(sum / 13)
		return d + factor*(float64(src[i])-d)
	})
}

func TestSharpness(t *testing.T) {
	for i, sh := range shapes {
		for j, factor := range []float64{0, 0.5, 1, 1.0001, 1.7, 2, 5, 31.9, 1e9, -3} {
			testSharpness(t, uint64(i+j), sh[0], sh[1], sh[2], factor)
		}
	}
}

func FuzzSharpness(f *testing.F) {
	f.Add(uint64(1), 9, 33, 0.3)
	f.Add(uint64(1), 4, 64, 30.0)
	f.Fuzz(func(t *testing.T, seed uint64, h, w int, factor float64) {
		if math.IsNaN(factor) {
			return
		}
		testSharpness(t, seed, 1+int(seed%2), 1+int(uint(h)%20), 1+int(uint(w)%140), factor)
	})
}

func TestFillRect(t *testing.T) {
	const n, h, w = 2, 5, 7
	for _, r := range [][4]int{{0, 0, 7, 5}, {2, 1, 3, 2}, {-3, -2, 5, 4}, {6, 4, 100, 100}, {7, 5, 1, 1}, {3, 3, 0, 2}, {3, 3, -2, 2}, {-9, 0, 3, 3}} {
		t.Run(fmt.Sprint(r), func(t *testing.T) {
			dst := make([]byte, n*h*w*3)
			FillRect(dst, n, h, w, r[0], r[1], r[2], r[3], [3]byte{1, 2, 3})
			for i, v := range dst {
				x, y, want := i/3%w, i/3/w%h, byte(0)
				if x >= r[0] && x < r[0]+r[2] && y >= r[1] && y < r[1]+r[3] {
					want = byte(i%3 + 1)
				}
				if v != want {
					t.Fatalf("byte %d is %d, want %d", i, v, want)
				}
			}
		})
	}
}

func TestNoAllocation(t *testing.T) {
	src, dst, s := pixels(0, 2*40*30*3), make([]byte, 2*40*30*3), new(Scratch)
	run := func() {
		m, k := NewColorMatrix(matrices[2]), GaussianTaps(1, 5)
		var lut [3][256]byte
		var hist [3][256]uint64
		Color(dst, src, &m)
		Sums(src)
		Lut(dst, src, &lut[0])
		LutRGB(dst, src, &lut)
		Histogram(&hist, src)
		Blur(dst, src, 2, 40, 30, &k, &k, s)
		Sharpness(dst, src, 2, 40, 30, 2)
		Affine(dst, src, 2, 40, 30, rotation(3, 40, 30, 1, 1), [3]byte{}, s)
		Resample(dst, 30, 40, src, 2, 30, 40, Region{3, 2, 20, 25}, true, s)
		FillRect(dst, 2, 40, 30, 1, 1, 5, 5, [3]byte{})
	}
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMisusePanics(t *testing.T) {
	b, k, s, m := make([]byte, 24), GaussianTaps(1, 3), new(Scratch), NewColorMatrix(matrices[0])
	for name, f := range map[string]func(){
		"length":      func() { Color(b[:21], b, &m) },
		"part pixel":  func() { Sums(b[:22]) },
		"overlap":     func() { Color(b[:21], b[3:], &m) },
		"shape":       func() { Blur(b, b, 1, 2, 3, &k, &k, s) },
		"zero taps":   func() { Blur(b, b, 1, 2, 4, new(Taps), &k, s) },
		"in place":    func() { Sharpness(b, b, 1, 2, 4, 2) },
		"affine":      func() { Affine(b, b, 1, 2, 4, [6]float64{}, [3]byte{}, s) },
		"region":      func() { Resample(make([]byte, 3), 1, 1, b, 1, 4, 2, Region{1, 0, 4, 1}, false, s) },
		"no region":   func() { Resample(make([]byte, 3), 1, 1, b, 1, 4, 2, Region{1, 0, 0, 1}, false, s) },
		"even size":   func() { GaussianTaps(1, 4) },
		"sigma":       func() { GaussianTaps(0, 3) },
		"weights":     func() { NewTaps([]float64{1, -1}) },
		"no weights":  func() { NewTaps(nil) },
		"NaN matrix":  func() { NewColorMatrix([3][4]float64{{math.NaN()}}) },
		"NaN factor":  func() { Sharpness(make([]byte, 24), b, 1, 2, 4, math.NaN()) },
		"NaN mapping": func() { Affine(make([]byte, 24), b, 1, 2, 4, [6]float64{math.NaN()}, [3]byte{}, s) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
