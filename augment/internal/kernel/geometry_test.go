package kernel

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"
)

func testResample(t *testing.T, seed uint64, n, sw, sh, dw, dh int, r Region, flip bool) []byte {
	t.Helper()
	src, s := pixels(seed, n*sw*sh*3), new(Scratch)
	want := make([]byte, n*dw*dh*3)
	p := planResample(dw, dh, n, sw, sh, r, flip, new(Scratch))
	refResample(want, src, &p)
	eachLevel(t, want, func(dst []byte) { Resample(dst, dw, dh, src, n, sw, sh, r, flip, s) })
	if seed%4 == 3 {
		for i, v := range want {
			if v != src[0] {
				t.Fatalf("a frame of level %d has %d at %d", src[0], v, i)
			}
		}
	}
	return want
}

// scaled is one axis of the resize in floats: the formula of Pillow.
func scaled(in []float64, out int) []float64 {
	scale := float64(len(in)) / float64(out)
	sup := max(1, scale)
	res := make([]float64, out)
	for o := range res {
		center, sum := (float64(o)+0.5)*scale, 0.0
		for i, v := range in {
			w := max(0, 1-math.Abs(float64(i)+0.5-center)/sup)
			sum += w
			res[o] += w * v
		}
		res[o] /= sum
	}
	return res
}

func TestResample(t *testing.T) {
	for i, sh := range shapes {
		n, h, w := sh[0], sh[1], sh[2]
		for j, d := range [][2]int{{1, 1}, {w, h}, {2, 3}, {16, 9}, {17, h}, {w, 5}, {w/2 + 1, h/2 + 1}, {w*2 + 1, h * 3}, {33, 40}, {112, 7}} {
			r := Region{0, 0, w, h}
			if (i+j)%2 == 1 {
				r = Region{w / 3, h / 4, max(1, w/2), max(1, h/2)}
			}
			for _, flip := range []bool{false, true} {
				got := testResample(t, uint64(i+j), n, w, h, d[0], d[1], r, flip)
				exactResample(t, uint64(i+j), got, w, h, d[0], d[1], r, flip)
			}
		}
	}
}

// exactResample compares the first frame with the float formula, rounded between the passes.
func exactResample(t *testing.T, seed uint64, got []byte, sw, sh, dw, dh int, r Region, flip bool) {
	t.Helper()
	src := pixels(seed, len(got)/(dw*dh*3)*sw*sh*3)
	exact := make([]float64, dw*dh*3)
	line := make([]float64, 0, max(r.W, r.H))
	for c := range 3 {
		mid := make([]float64, dw*r.H)
		for y := range r.H {
			line = line[:0]
			for x := range r.W {
				line = append(line, float64(src[((y+r.Y)*sw+r.X+x)*3+c]))
			}
			for x, v := range scaled(line, dw) {
				if flip {
					x = dw - 1 - x
				}
				mid[y*dw+x] = math.Floor(v + 0.5)
			}
		}
		for x := range dw {
			line = line[:0]
			for y := range r.H {
				line = append(line, mid[y*dw+x])
			}
			for y, v := range scaled(line, dh) {
				exact[(y*dw+x)*3+c] = v
			}
		}
	}
	near(t, got[:len(exact)], 1.5, func(i int) float64 { return exact[i] })
}

func TestResampleIdentity(t *testing.T) {
	const w, h = 37, 11
	src := pixels(0, 2*w*h*3)
	got := testResample(t, 0, 2, w, h, w, h, Region{0, 0, w, h}, false)
	if !bytes.Equal(got, src) {
		t.Error("scale 1 is not a copy")
	}
	got = testResample(t, 0, 2, w, h, w, h, Region{0, 0, w, h}, true)
	for i, v := range got {
		if x := i / 3 % w; v != src[i+(w-1-2*x)*3] {
			t.Fatal("a flip at scale 1 is not a mirrored copy")
		}
	}
}

func TestResampleIgnoresOutside(t *testing.T) {
	const w, h = 64, 40
	r := Region{9, 8, 41, 23}
	src := pixels(0, w*h*3)
	want, got := make([]byte, 30*30*3), make([]byte, 30*30*3)
	Resample(want, 30, 30, src, 1, w, h, r, false, new(Scratch))
	for i := range src {
		if x, y := i/3%w, i/3/w; x < r.X || x >= r.X+r.W || y < r.Y || y >= r.Y+r.H {
			src[i] = ^src[i]
		}
	}
	Resample(got, 30, 30, src, 1, w, h, r, false, new(Scratch))
	if !bytes.Equal(got, want) {
		t.Error("pixels outside of the region count")
	}
}

func FuzzResample(f *testing.F) {
	f.Add(uint64(1), 171, 128, 112, 112, 20, 3, 120, 119, true)
	f.Add(uint64(2), 90, 10, 7, 30, 0, 0, 90, 10, false)
	f.Add(uint64(4), 40, 50, 130, 20, 3, 4, 30, 40, false)
	f.Fuzz(func(t *testing.T, seed uint64, sw, sh, dw, dh, x, y, w, h int, flip bool) {
		sw, sh, dw, dh = 1+int(uint(sw)%200), 1+int(uint(sh)%130), 1+int(uint(dw)%150), 1+int(uint(dh)%130)
		r := Region{X: int(uint(x) % uint(sw)), Y: int(uint(y) % uint(sh))}
		r.W, r.H = 1+int(uint(w)%uint(sw-r.X)), 1+int(uint(h)%uint(sh-r.Y))
		testResample(t, seed, 1+int(seed%2), sw, sh, dw, dh, r, flip)
	})
}

func testAffine(t *testing.T, seed uint64, n, h, w int, inv [6]float64, fill [3]byte) {
	t.Helper()
	src, s := pixels(seed, n*h*w*3), new(Scratch)
	want := make([]byte, len(src))
	p := planAffine(n, h, w, inv, fill, new(Scratch))
	refAffine(want, src, &p)
	eachLevel(t, want, func(dst []byte) { Affine(dst, src, n, h, w, inv, fill, s) })
	for _, v := range inv {
		if math.Abs(v) > 4000 {
			return
		}
	}
	at := func(f, x, y, c int) float64 {
		if x < 0 || y < 0 || x >= w || y >= h {
			return float64(fill[c])
		}
		return float64(src[((f*h+y)*w+x)*3+c])
	}
	near(t, want, 0.6, func(i int) float64 {
		c, x, y, f := i%3, float64(i/3%w), float64(i/3/w%h), i/3/w/h
		sx, sy := inv[0]*x+inv[1]*y+inv[2], inv[3]*x+inv[4]*y+inv[5]
		x0, y0 := math.Floor(sx), math.Floor(sy)
		fx, fy, ix, iy := sx-x0, sy-y0, int(x0), int(y0)
		return (at(f, ix, iy, c)*(1-fx)+at(f, ix+1, iy, c)*fx)*(1-fy) + (at(f, ix, iy+1, c)*(1-fx)+at(f, ix+1, iy+1, c)*fx)*fy
	})
}

// rotation maps output to input for a turn by deg about the centre, with a shift.
func rotation(deg float64, h, w int, dx, dy float64) [6]float64 {
	sin, cos := math.Sincos(deg * math.Pi / 180)
	cx, cy := float64(w-1)/2, float64(h-1)/2
	return [6]float64{cos, -sin, cx - cos*cx + sin*cy - dx, sin, cos, cy - sin*cx - cos*cy - dy}
}

func TestAffine(t *testing.T) {
	fill := [3]byte{10, 200, 77}
	for i, sh := range shapes {
		for j, deg := range []float64{0, 10, 45, 90, 179, -33.3} {
			testAffine(t, uint64(i+j), sh[0], sh[1], sh[2], rotation(deg, sh[1], sh[2], float64(j)/3, -float64(i)/2), fill)
		}
		testAffine(t, uint64(i), sh[0], sh[1], sh[2], [6]float64{math.Inf(1), -1e300, 5, 1e9, 0, -1e30}, fill)
		testAffine(t, uint64(i), sh[0], sh[1], sh[2], [6]float64{0, 0, -5, 0, 0, 1e6}, fill)
	}
	src, dst := pixels(0, 2*9*13*3), make([]byte, 2*9*13*3)
	if Affine(dst, src, 2, 9, 13, [6]float64{1, 0, 0, 0, 1, 0}, fill, new(Scratch)); !bytes.Equal(dst, src) {
		t.Error("the identity changes pixels")
	}
}

func FuzzAffine(f *testing.F) {
	f.Add(uint64(1), 20, 30, 0.9, 0.1, 2.0, -0.1, 0.9, -3.0)
	f.Add(uint64(2), 1, 5, 1e3, -1e3, 0.0, 8192.0, 1e300, 1e9)
	f.Fuzz(func(t *testing.T, seed uint64, h, w int, a, b, c, d, e, g float64) {
		inv := [6]float64{a, b, c, d, e, g}
		for _, v := range inv {
			if math.IsNaN(v) {
				return
			}
		}
		src, s := pixels(seed, (1+int(seed%2))*(1+int(uint(h)%50))*(1+int(uint(w)%70))*3), new(Scratch)
		n, hh, ww := 1+int(seed%2), 1+int(uint(h)%50), 1+int(uint(w)%70)
		want, fill := make([]byte, len(src)), [3]byte{byte(seed), 0, 255}
		p := planAffine(n, hh, ww, inv, fill, new(Scratch))
		refAffine(want, src, &p)
		eachLevel(t, want, func(dst []byte) { Affine(dst, src, n, hh, ww, inv, fill, s) })
	})
}

// TestGolden compares with what Pillow and torchvision made of the same noise (scripts/golden_kernel.py).
func TestGolden(t *testing.T) {
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name   string
		H, W   int
		Src    []byte
		DH, DW int
		Region Region
		Flip   bool
		Inv    [6]float64
		Fill   [3]byte
		Skip   []int // pixels that torchvision weighs otherwise
		Sigma  float64
		Taps   int
		Factor float64
		Want   []byte
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 8 {
		t.Fatalf("%d golden cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			got, s := make([]byte, len(c.Want)), new(Scratch)
			switch {
			case c.Taps > 0:
				k := GaussianTaps(c.Sigma, c.Taps)
				Blur(got, c.Src, 1, c.H, c.W, &k, &k, s)
			case c.Factor > 0:
				Sharpness(got, c.Src, 1, c.H, c.W, c.Factor)
			case c.DW > 0:
				Resample(got, c.DW, c.DH, c.Src, 1, c.W, c.H, c.Region, c.Flip, s)
			default:
				Affine(got, c.Src, 1, c.H, c.W, c.Inv, c.Fill, s)
			}
			skip := map[int]bool{}
			for _, i := range c.Skip {
				skip[i] = true
			}
			exact := 0
			for i, v := range got {
				if d := int(v) - int(c.Want[i]); (d < -1 || d > 1) && !skip[i/3] {
					t.Fatalf("byte %d is %d, there %d", i, v, c.Want[i])
				} else if d == 0 {
					exact++
				}
			}
			t.Logf("%d of %d bytes equal", exact, len(got))
		})
	}
}
