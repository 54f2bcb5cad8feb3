package kernel

import (
	"math/rand/v2"
	"testing"
)

func TestDigitalEqualsReference(t *testing.T) {
	both(t, "sums and scale", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		sum := RGBSums(pix)
		if ref {
			sum = [3]uint64{}
			refRGBSums(&sum, pix)
		}
		gain, bias := int32(rng.IntN(30000)), [3]int32{}
		for c := range bias {
			bias[c] = int32(sum[c] * 32768 / uint64(h*w))
		}
		if ref {
			refScale(pix, gain, &bias)
		} else {
			Scale(pix, gain, bias)
		}
	})
	both(t, "value", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		f := Value
		if ref {
			f = refValue
		}
		f(pix, 25.5*float32(1+rng.IntN(5)))
	})
	both(t, "saturation", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		f := Saturation
		if ref {
			f = refSaturation
		}
		f(pix, []float32{0.1, 0.3, 2, 5, 20}[rng.IntN(5)], []float32{0, 0.1, 0.2}[rng.IntN(3)])
	})
	both(t, "warp", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		src, stride := frame(rng, h+1, w+1, 0), (w+1)*3
		src = append(src, make([]byte, WarpSlack)...)
		at, weight := make([]int32, h*w), make([]uint32, h*w)
		for i := range at {
			x, y := rng.Uint32N(65), rng.Uint32N(65)
			at[i], weight[i] = int32(rng.IntN(h)*stride+rng.IntN(w)*3), 64-x|x<<8|(64-y)<<16|y<<24
		}
		f := Warp
		if ref {
			f = refWarp
		}
		f(pix, src, stride, at, weight)
	})
	both(t, "pixelate", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		y, x := NewCells(h, 1+rng.IntN(h)), NewCells(w, 1+rng.IntN(w))
		if ref {
			n := (len(x.First) - 1) * 3
			refPixelate(pix, w, y, x, make([]byte, n), make([]uint32, n))
			return
		}
		Pixelate(pix, y, x, &Work{})
	})
	both(t, "jpeg", func(rng *rand.Rand, pix []byte, h, w int, ref bool) {
		q, wide, high := NewQuantTables(1+rng.IntN(95)), (w+15)&^15, (h+15)&^15
		if ref {
			refJPEG(pix, h, w, &q, make([]byte, wide*high), make([]byte, wide*high), nil)
			return
		}
		JPEG(pix, h, w, &q, &Work{})
	})
}
