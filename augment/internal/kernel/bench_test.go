package kernel

import "testing"

// Each benchmark has one sub-benchmark per instruction set: go test -bench . -benchmem -count 10.
func bench(b *testing.B, f func(dst, src []byte, s *Scratch)) {
	const size = 16 * 112 * 112 * 3
	src, dst, s := pixels(0, 16*171*128*3), make([]byte, size), new(Scratch)
	for i, name := range levels() {
		b.Run(name, func(b *testing.B) {
			defer setLevel(i)()
			f(dst, src, s)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				f(dst, src, s)
			}
		})
	}
}

const benchBytes = 16 * 112 * 112 * 3

func BenchmarkColor(b *testing.B) {
	bench(b, func(dst, src []byte, _ *Scratch) {
		m := NewColorMatrix(matrices[2])
		Color(dst, src[:benchBytes], &m)
	})
}

func BenchmarkSums(b *testing.B) {
	bench(b, func(_, src []byte, _ *Scratch) { Sums(src[:benchBytes]) })
}

func BenchmarkLut(b *testing.B) {
	var lut [256]byte
	bench(b, func(dst, src []byte, _ *Scratch) { Lut(dst, src[:benchBytes], &lut) })
}

func BenchmarkLutRGB(b *testing.B) {
	var lut [3][256]byte
	bench(b, func(dst, src []byte, _ *Scratch) { LutRGB(dst, src[:benchBytes], &lut) })
}

func BenchmarkHistogram(b *testing.B) {
	bench(b, func(_, src []byte, _ *Scratch) {
		var h [3][256]uint64
		Histogram(&h, src[:benchBytes])
	})
}

func BenchmarkBlur11(b *testing.B) {
	bench(b, func(dst, src []byte, s *Scratch) {
		k := GaussianTaps(1.5, 11)
		Blur(dst, src[:benchBytes], 16, 112, 112, &k, &k, s)
	})
}

func BenchmarkBlur23(b *testing.B) {
	bench(b, func(dst, src []byte, s *Scratch) {
		k := GaussianTaps(2, 23)
		Blur(dst, src[:benchBytes], 16, 112, 112, &k, &k, s)
	})
}

func BenchmarkSharpness(b *testing.B) {
	bench(b, func(dst, src []byte, _ *Scratch) { Sharpness(dst, src[:benchBytes], 16, 112, 112, 1.5) })
}

func BenchmarkResample120(b *testing.B) {
	bench(b, func(dst, src []byte, s *Scratch) {
		Resample(dst, 112, 112, src, 16, 171, 128, Region{20, 4, 120, 120}, true, s)
	})
}

func BenchmarkResample64(b *testing.B) {
	bench(b, func(dst, src []byte, s *Scratch) {
		Resample(dst, 112, 112, src, 16, 171, 128, Region{20, 4, 64, 50}, false, s)
	})
}

func BenchmarkResampleWhole(b *testing.B) {
	bench(b, func(dst, src []byte, s *Scratch) {
		Resample(dst, 112, 112, src, 16, 171, 128, Region{0, 0, 171, 128}, false, s)
	})
}

func BenchmarkAffine(b *testing.B) {
	inv := rotation(15, 112, 112, 3, -2)
	bench(b, func(dst, src []byte, s *Scratch) {
		Affine(dst, src[:benchBytes], 16, 112, 112, inv, [3]byte{1, 2, 3}, s)
	})
}
