package kernel

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

// words returns n random values of 16 bits.
func words(n int, seed uint64) []uint16 {
	w := make([]uint16, n)
	for i := range w {
		w[i] = uint16(KeyOf(seed, 1).At(uint32(i)))
	}
	return w
}

func TestTapsEqualReference(t *testing.T) {
	each(t, func(t *testing.T) {
		for _, n := range []int{1, 31, 63, 64, 65, 127, 200} {
			const h = 3
			stride := strideOf(n + 40)
			src := words((h+2)*stride+2*slack, uint64(n))
			for m := single; m <= difference; m++ {
				tm := &terms{mode: m}
				for i := range 9 {
					tm.add(i*7, stride+i*3, int(KeyOf(9, n).At(uint32(i))%70000))
				}
				got, ref := make([]byte, h*n), make([]byte, h*n)
				tm.narrow(got, src, stride, h, n)
				refTaps(ref, nil, n, src, stride, h, n, tm, tm.bias+1<<6)
				if !bytes.Equal(got, ref) {
					t.Errorf("mode %d, %d values: differs from the reference", m, n)
				}
				step := strideOf(n)
				wide, refWide := make([]uint16, h*step), make([]uint16, h*step)
				tm.wide(wide, step, src, stride, h, n)
				refTaps(nil, refWide, step, src, stride, h, n, tm, tm.bias)
				for y := range h {
					if !slices.Equal(wide[y*step:][:n], refWide[y*step:][:n]) {
						t.Errorf("mode %d, %d values: row %d of the sums differs from the reference", m, n, y)
					}
				}
			}
		}
	})
}

func TestPlanesEqualReference(t *testing.T) {
	each(t, func(t *testing.T) {
		for _, d := range [][2]int{{1, 1}, {2, 3}, {5, 33}, {17, 23}} {
			h, w := d[0], d[1]
			src, m := scene(h*w*3, 3), margin{3, 5, 2, 4}
			var s Scratch
			plane, stride := s.pad(src, h, w, m, mirrored, 5)
			ref := make([]uint16, len(plane))
			refPadded(ref, stride, src, w, s.index[:h+6], s.index[h+6:h+6+w+8], m, 5)
			same := func(what string, cols int) {
				for y := range h + 6 {
					if !slices.Equal(plane[y*stride:][:cols*3], ref[y*stride:][:cols*3]) {
						t.Fatalf("%dx%d: row %d of the %s differs from the reference", h, w, y, what)
					}
				}
			}
			same("plane", w+8)
			prefix(plane, stride, h+6, w+8)
			refPrefix(ref, stride, h+6, w+8)
			same("sums", w+9)
		}
	})
}

func TestGatherAndZoomEqualReference(t *testing.T) {
	each(t, func(t *testing.T) {
		for _, d := range [][3]int{{1, 1, 1}, {3, 5, 7}, {16, 20, 33}, {8, 31, 30}} {
			n, h, w := d[0], d[1], d[2]
			src := scene(n*h*w*3, 4)
			got, ref := make([]byte, len(src)), make([]byte, len(src))
			from := make([]int32, n*h*w)
			for i := range from {
				from[i] = int32(KeyOf(2, 0).At(uint32(i)) % uint32(len(from)))
			}
			Gather(got, src, from)
			refGather(ref, src, from)
			if !bytes.Equal(got, ref) {
				t.Errorf("%v: a gather differs from the reference", d)
			}
			for _, back := range []bool{false, true} {
				interleave(got, src, n, h*w, back)
				refInterleave(ref, src, n, h*w, back)
				if !bytes.Equal(got, ref) {
					t.Errorf("%v: interleaving (back: %v) differs from the reference", d, back)
				}
			}
			z := NewZoom(h, w, []float64{1, 1.1, 1.25})
			zoom(got, src, z, n*3, words((w+1)*n*3, 1), words(w*n*3, 2), 68)
			refZoom(ref, src, z, n*3, words((w+1)*n*3, 3), words(w*n*3, 4), 68)
			if !bytes.Equal(got, ref) {
				t.Errorf("%v: a zoom differs from the reference", d)
			}
		}
	})
}

// exact filters a frame with weights k[dy,dx] in floats.
func exact(src []byte, h, w int, k map[[2]int]float64, border func(i, n int) int) []float64 {
	out := make([]float64, len(src))
	for y := range h {
		for x := range w {
			for d, v := range k {
				at := (border(y+d[0], h)*w + border(x+d[1], w)) * 3
				for c := range 3 {
					out[(y*w+x)*3+c] += v * float64(src[at+c])
				}
			}
		}
	}
	return out
}

// near checks that values are those of want, rounded, and, of a frame with enough of them, neither brighter nor darker.
func near(t *testing.T, what string, got []byte, want []float64) {
	t.Helper()
	var worst, total float64
	for i, v := range got {
		d := float64(v) - min(want[i], 255)
		worst, total = max(worst, math.Abs(d)), total+d
	}
	if worst > 0.7 || len(got) > 1000 && math.Abs(total)/float64(len(got)) > 0.03 {
		t.Errorf("%s: up to %.2f levels off, %.3f on average, want 0.7 and 0.03 at most", what, worst, total/float64(len(got)))
	}
}

func TestFiltersAreExact(t *testing.T) {
	var s Scratch
	for _, d := range [][2]int{{1, 1}, {2, 40}, {26, 31}} {
		h, w := d[0], d[1]
		src := scene(h*w*3, 6)
		got := make([]byte, len(src))
		for _, sigma := range []float64{0.1, 0.4, 1, 3, 6} {
			g, k := NewGaussian(sigma), map[[2]int]float64{}
			r, total := int(4*sigma+0.5), 0.0
			weight := func(i int) float64 { return math.Exp(-float64(i*i) / (2 * sigma * sigma)) }
			for i := -r; i <= r; i++ {
				total += weight(i)
			}
			for y := -r; y <= r; y++ {
				for x := -r; x <= r; x++ {
					k[[2]int{y, x}] = weight(y) * weight(x) / total / total
				}
			}
			g.Blur(got, src, h, w, &s)
			near(t, "a Gaussian", got, exact(src, h, w, k, clamped))
		}
		for _, radius := range []float64{0.3, 1.5, 3, 8, 8.7, 10} {
			for _, smooth := range []float64{0.1, 0.5} {
				disk, k := NewDisk(radius, smooth), map[[2]int]float64{}
				for y := -disk.r; y <= disk.r; y++ {
					for x := -disk.r; x <= disk.r; x++ {
						k[[2]int{y, x}] = disk.k[max(y, -y)][max(x, -x)]
					}
				}
				disk.Blur(got, src, h, w, &s)
				near(t, "a disk", got, exact(src, h, w, k, mirrored))
			}
		}
		for _, angle := range []float64{-45, -10, 0, 30, 45} {
			m, k := NewMotion(7.5, 4, angle), map[[2]int]float64{}
			for i, v := range m.w {
				k[[2]int{m.dy[i], m.dx[i]}] = float64(v) / (1 << 15)
			}
			m.Blur(got, src, h, w, &s)
			near(t, "a motion", got, exact(src, h, w, k, clamped))
		}
	}
}

// TestEvenStaysEven blurs frames of one colour: nothing is to change. (Disks of radius 8 and 10 sum to 1.01, as the original's do.)
func TestEvenStaysEven(t *testing.T) {
	const h, w = 40, 30
	var s Scratch
	for _, v := range []byte{0, 1, 100, 254, 255} {
		src := bytes.Repeat([]byte{v}, h*w*3)
		got := make([]byte, len(src))
		for name, blur := range map[string]func(){
			"gaussian": func() { NewGaussian(6).Blur(got, src, h, w, &s) },
			"disk":     func() { NewDisk(6, 0.5).Blur(got, src, h, w, &s) },
			"motion":   func() { NewMotion(20, 15, 20).Blur(got, src, h, w, &s) },
			"zoom":     func() { copy(got, src); NewZoom(h, w, []float64{1, 1.1, 1.2, 1.3}).Blur(got, 1, &s) },
		} {
			if blur(); !bytes.Equal(got, src) {
				t.Errorf("%s: a frame of %d becomes one with %d", name, v, got[0])
			}
		}
	}
}
