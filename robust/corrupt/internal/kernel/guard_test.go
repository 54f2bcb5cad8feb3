//go:build linux

package kernel

import (
	"os"
	"syscall"
	"testing"
)

// fenced returns a copy of b that ends where reading on is a fault.
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

// TestStaysInside runs everything with pixels against the end of a mapping, where one byte too far is a crash.
func TestStaysInside(t *testing.T) {
	var o Outcomes
	shot(&o, 60)
	var s Scratch
	each(t, func(t *testing.T) {
		for _, d := range [][3]int{{1, 1, 1}, {2, 3, 5}, {3, 17, 23}, {16, 8, 43}} {
			n, h, w := d[0], d[1], d[2]
			src, dst := fenced(t, scene(h*w*3, 1)), fenced(t, make([]byte, h*w*3))
			k := KeyOf(1, 2)
			Gauss(src, k, 20, 0)
			Replace(src, k, &o)
			Impulse(src, k, 0.1)
			NewGaussian(2).Blur(dst, src, h, w, &s)
			NewDisk(9, 0.5).Blur(dst, src, h, w, &s)
			for _, angle := range []float64{-45, 0, 45, 180} {
				NewMotion(12, 6, angle).Blur(dst, src, h, w, &s)
			}
			from := make([]int32, h*w)
			for i := range from {
				from[i] = int32(h*w - 1)
			}
			Gather(dst, src, from)
			NewZoom(h, w, []float64{1, 1.1, 2}).Blur(fenced(t, scene(n*h*w*3, 2)), n, &s)
		}
	})
}
