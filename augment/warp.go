package augment

import (
	"fmt"
	"math"

	"vidcsl/augment/internal/kernel"
	"vidcsl/decode/clip"
)

// Affine shows at each pixel x of the frames from to to-1 what was at a (x - centre - shift) + centre, sampled bilinearly; fill
// is what lies outside of the frame. a is a matrix by rows; {cos, -sin, sin, cos} turns counter-clockwise, and a
// diagonal below 1 enlarges. Lengths are in pixels. It panics for frames that are not there and for NaN.
func (f *Frames) Affine(from, to int, a [4]float64, shift [2]float64, fill [3]byte) {
	pix := f.span(from, to)
	cx, cy := float64(f.W-1)/2, float64(f.H-1)/2
	tx, ty := cx+shift[0], cy+shift[1]
	inv := [6]float64{
		a[0], a[1], cx - a[0]*tx - a[1]*ty,
		a[2], a[3], cy - a[2]*tx - a[3]*ty,
	}
	kernel.Affine(pix, f.copied(pix), to-from, f.H, f.W, inv, fill, &f.s.k)
}

// widest is the standard deviation in pixels that the longest filter holds, to three of them.
const widest = kernel.MaxTaps / 2 / 3

// Blur blurs the frames from to to-1 with a Gaussian of standard deviation sigma in pixels, cut at three of them, borders mirrored
// without the edge pixel. One above 10 is done in several passes. A sigma of 0 or less changes nothing. It panics for frames that
// are not there, for NaN and for infinity.
func (f *Frames) Blur(from, to int, sigma float64) {
	pix := f.span(from, to)
	switch {
	case math.IsNaN(sigma) || math.IsInf(sigma, 0):
		panic(fmt.Sprintf("augment: blur of sigma %v", sigma))
	case sigma <= 0:
		return
	}
	passes := math.Ceil(sigma * sigma / (widest * widest)) // variances add
	sigma /= math.Sqrt(passes)
	taps := kernel.GaussianTaps(sigma, 2*int(math.Ceil(3*sigma))+1)
	for range int(passes) {
		kernel.Blur(pix, pix, to-from, f.H, f.W, &taps, &taps, &f.s.k)
	}
}

// span returns the pixels of the frames from to to-1.
func (f *Frames) span(from, to int) []byte {
	n := f.H * f.W * clip.Channels
	return f.Pix[from*n : to*n : to*n]
}
