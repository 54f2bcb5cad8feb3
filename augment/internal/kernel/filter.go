package kernel

import (
	"fmt"
	"math"
)

// MaxTaps is the longest filter of [Blur].
const MaxTaps = 63

// Taps is a symmetric filter of odd length whose weights sum to exactly one. half[i] is the weight of the two pixels at
// distance i as 1/32768; the pixel in the middle counts as a pair, so its weight is 2·half[0]. The halves sum to 16384.
type Taps struct {
	half   [(MaxTaps + 1) / 2]int16
	radius int32
}

// NewTaps makes a filter from the weights at distances 0, 1, 2, ...; they are divided by their sum, w[0] + 2·w[1] + 2·w[2] + ....
// It panics unless there are 1..32 weights, none negative, with a finite sum above zero.
func NewTaps(w []float64) Taps {
	var sum float64
	for i, v := range w {
		if !(v >= 0) {
			panic(fmt.Sprintf("kernel: filter weight %v at distance %d", v, i))
		}
		if i > 0 {
			v += v
		}
		sum += v
	}
	if len(w) < 1 || len(w) > (MaxTaps+1)/2 || !(sum > 0) || math.IsInf(sum, 0) {
		panic(fmt.Sprintf("kernel: filter of %d weights with sum %v", len(w), sum))
	}
	k := Taps{radius: int32(len(w) - 1)}
	var part float64 // rounding the running sum keeps the total exact and spreads the error; from the outside in
	last := 0
	for i := len(w) - 1; i >= 0; i-- {
		v := w[i] / sum
		if i == 0 {
			v /= 2
		}
		part += v
		next := min(int(math.Round(part*32768)), 16384)
		if i == 0 {
			next = 16384
		}
		k.half[i] = int16(next - last)
		last = next
	}
	return k
}

// GaussianTaps samples exp(-d²/2σ²) at whole distances, size of them in all, as OpenCV and torchvision do.
// It panics unless size is odd, 1..63, and sigma above zero.
func GaussianTaps(sigma float64, size int) Taps {
	if size < 1 || size > MaxTaps || size%2 == 0 || !(sigma > 0) {
		panic(fmt.Sprintf("kernel: gaussian of sigma %v and %d taps", sigma, size))
	}
	var w [(MaxTaps + 1) / 2]float64
	w[0] = 1 // also when sigma is so small that the rest underflows
	for i := 1; i <= size/2; i++ {
		d := float64(i) / sigma
		w[i] = math.Exp(-0.5 * d * d)
	}
	return NewTaps(w[:size/2+1])
}

// Blur filters rows with kx, then columns with ky. Beyond the border the frame is mirrored about its edge pixels, which do not
// repeat (torch 'reflect', OpenCV BORDER_REFLECT_101), as often as the radius needs. dst may be src.
//
// A value is carried with 6 fractional bits: v = Σ (half[i]·(a[-i]+a[i]) + 2^14) >> 15 over both passes, then (v+32) >> 6. That is
// the two-pass result in float64, rounded once, give or take one level; a constant frame stays as it is.
//
// Cost: 270 µs for 11 taps each way, 510 for 23.
func Blur(dst, src []byte, t, h, w int, kx, ky *Taps, s *Scratch) {
	checkClip("src", len(src), t, h, w)
	checkPair(dst, src, true)
	if len(src) == 0 {
		return
	}
	if kx.half[0] == 16384 && ky.half[0] == 16384 {
		copy(dst, src)
		return
	}
	if kx.sum() != 16384 || ky.sum() != 16384 {
		panic("kernel: filter was not made by NewTaps")
	}
	tx, ty := kx.trimmed(), ky.trimmed()
	p := planBlur(t, h, w, &tx, &ty, s)
	blur(dst, src, &p, &tx, &ty)
}

// trimmed returns the taps without the outermost ones that are zero, as those of a narrow Gaussian are.
func (k *Taps) trimmed() Taps {
	t := *k
	for t.radius > 0 && t.half[t.radius] == 0 {
		t.radius--
	}
	return t
}

// blurPlan is what both implementations of Blur share.
type blurPlan struct {
	t, h, w   int
	stride    int     // elements from row to row of plane
	col, line []int32 // source column of padded column i, source row of padded row i
	row       []int16 // one padded row, Q6
	plane     []int16 // one frame after the horizontal pass, Q6
}

func planBlur(t, h, w int, kx, ky *Taps, s *Scratch) blurPlan {
	rx, ry := int(kx.radius), int(ky.radius)
	p := blurPlan{t: t, h: h, w: w, stride: (w*3 + 63) &^ 63}
	rowLen := p.stride + 2*rx*3 + 64
	c := carve{s.Bytes(room(w+2*rx, 4) + room(h+2*ry, 4) + room(rowLen, 2) + room(p.stride*h, 2))}
	p.col = take[int32](&c, w+2*rx)
	p.line = take[int32](&c, h+2*ry)
	p.row = take[int16](&c, rowLen)
	p.plane = take[int16](&c, p.stride*h)
	reflect101(p.col, rx, w)
	reflect101(p.line, ry, h)
	return p
}

func (k *Taps) sum() int {
	n := 0
	for _, v := range k.half {
		n += int(v)
	}
	return n
}

// reflect101 sets idx[i] to the pixel, of n, that stands at i-r.
func reflect101(idx []int32, r, n int) {
	period := max(2*(n-1), 1)
	for i := range idx {
		j := (i - r) % period
		if j < 0 {
			j += period
		}
		idx[i] = int32(min(j, period-j))
	}
	if n == 1 {
		clear(idx)
	}
}

// maxSharpness is the largest |1-factor| of Sharpness.
const maxSharpness = 31

// Sharpness blends each frame with its smoothed copy: d + factor·(p - d), where d is the mean of the 3x3 neighbours with weight 5
// of 13 on the middle, rounded. Factor 0 smooths, 1 copies, 2 sharpens; the outermost pixels stay, and so does a frame under 3x3.
// It is torchvision's adjust_sharpness except that the blend is rounded where torchvision cuts off. dst must not overlap src.
//
// With a = 1-factor in Q(15-n), n the smallest that holds it: (p<<(6-n) + ((d-p)·64·a + 2^14 >> 15) + half) >> (6-n). Within
// one level of the exact blend; |a| saturates at 31. It panics on NaN.
//
// Cost: 180 µs, 270 with AVX2.
func Sharpness(dst, src []byte, t, h, w int, factor float64) {
	checkClip("src", len(src), t, h, w)
	checkPair(dst, src, false)
	if math.IsNaN(factor) {
		panic("kernel: sharpness factor is NaN")
	}
	if len(src) == 0 {
		return
	}
	a := min(max(1-factor, -maxSharpness), maxSharpness)
	if a == 0 || h < 3 || w < 3 {
		copy(dst, src)
		return
	}
	shift := sharpnessShift(a)
	sharpness(dst, src, t, h, w, int16(math.Round(math.Ldexp(a, shift+9))), shift)
}

// sharpnessShift is 6-n for the smallest n that lets a fit 16 bits in Q(15-n).
func sharpnessShift(a float64) int {
	shift := 6
	for math.Abs(math.Round(math.Ldexp(a, shift+9))) > math.MaxInt16 {
		shift--
	}
	return shift
}
