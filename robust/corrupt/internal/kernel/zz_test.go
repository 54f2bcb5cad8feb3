package kernel

import "testing"

func BenchmarkZ(b *testing.B) {
	n := 224
	pix := make([]byte, 16*n*n*3)
	layer := make([]uint16, n*n)
	b.Run("snow", func(b *testing.B) {
		for range b.N {
			for t := range 16 {
				Snow(pix[t*n*n*3:][:n*n*3], layer, Torus{n, n, n, n, 5 * t, 7 * t}, 20000, 1<<16-40000)
			}
		}
	})
	fl := make([]int16, 256*257*3)
	b.Run("drift", func(b *testing.B) {
		for range b.N {
			for t := range 16 {
				Drift(pix[t*n*n*3:][:n*n*3], fl, Torus{n, n, 256, 256, 5 * t, 7 * t}, 999, 888, 20000)
			}
		}
	})
	g, a := make([]uint16, n*n*3), make([]uint16, n*n*3)
	b.Run("overlay", func(b *testing.B) {
		for range b.N {
			Overlay(pix, 16, g, a)
		}
	})
	src, dst := make([]float32, n*n), make([]float32, n*n)
	at, wt := make([]int32, 25), make([]float32, 25)
	for i := range at {
		at[i] = int32(n * i)
	}
	b.Run("mix", func(b *testing.B) {
		for range b.N {
			for y := range n {
				Mix(dst[y*n:][:n], src, at, wt)
			}
		}
	})
	p2 := make([]byte, 225*225*3+1000)
	wat, ww := make([]int32, n*n), make([]uint32, n*n)
	b.Run("warp", func(b *testing.B) {
		for range b.N {
			for t := range 16 {
				Warp(pix[t*n*n*3:][:n*n*3], p2, 225*3, wat, ww)
			}
		}
	})
	b.Run("copy", func(b *testing.B) {
		q := make([]byte, len(pix))
		for range b.N {
			copy(q, pix)
		}
	})
}
