//go:build linux

package kernel

import (
	"os"
	"syscall"
	"testing"
)

// fenced returns n bytes that end where reading on is a fault, filled from b.
func fenced(t *testing.T, b []byte) []byte {
	page := os.Getpagesize()
	size := (len(b)+page-1)/page*page + page
	m, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(m) })
	if err := syscall.Mprotect(m[size-page:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	f := m[size-page-len(b) : size-page : size-page]
	copy(f, b)
	return f
}

// TestStaysInside runs every kernel with src and dst against the end of a mapping, where one byte too far is a crash.
func TestStaysInside(t *testing.T) {
	s, k, m := new(Scratch), GaussianTaps(2, 11), NewColorMatrix(matrices[2])
	var lut [256]byte
	var luts [3][256]byte
	var hist [3][256]uint64
	for i, sh := range shapes {
		n, h, w := sh[0], sh[1], sh[2]
		src := fenced(t, pixels(uint64(i), n*h*w*3))
		dst := fenced(t, src)
		for l := range levels() {
			restore := setLevel(l)
			Color(dst, src, &m)
			Sums(src)
			Lut(dst, src, &lut)
			LutRGB(dst, src, &luts)
			Histogram(&hist, src)
			Blur(dst, src, n, h, w, &k, &k, s)
			Sharpness(dst, src, n, h, w, 2)
			Affine(dst, src, n, h, w, rotation(20, h, w, 1, 1), [3]byte{}, s)
			for _, d := range [][2]int{{1, 1}, {16, 16}, {33, 20}, {w, 9}, {w * 3, h * 2}} {
				out := fenced(t, make([]byte, n*d[0]*d[1]*3))
				Resample(out, d[0], d[1], src, n, w, h, Region{w / 3, h / 3, w - w/3, h - h/3}, l%2 == 0, s)
				Resample(out, d[0], d[1], src, n, w, h, Region{0, 0, w, h}, l%2 == 1, s)
			}
			restore()
		}
	}
}
