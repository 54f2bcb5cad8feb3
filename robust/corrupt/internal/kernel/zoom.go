package kernel

import "math"

// Zoom is the mean of a frame and of it zoomed by several factors.
type Zoom struct {
	h, w   int
	zooms  int
	at     []int32  // by zoom: for each row and each column of the result, the first of the two that it lies between
	weight []uint16 // by zoom: for each row, the second's of 2^8; for each column both; those of all zooms make 2^15
}

// NewZoom returns the mean for frames of h x w pixels: the frame itself and, for each factor, the middle of the frame, enlarged linearly so that
// its corners stay corners, and cut to size. Source: clipped_zoom of ImageNet-C, arXiv 1903.12261, and scipy.ndimage.zoom.
func NewZoom(h, w int, factors []float64) *Zoom {
	z := &Zoom{h: h, w: w, zooms: len(factors) + 1}
	left := 1 << 15
	for i := range z.zooms {
		factor := 1.0
		if i > 0 {
			factor = factors[i-1]
		}
		share := left / (z.zooms - i)
		left -= share
		rows, part := zoomAxis(h, factor)
		z.at = append(z.at, rows...)
		for _, p := range part {
			z.weight = append(z.weight, uint16(math.Round(p*(1<<8))))
		}
		cols, part := zoomAxis(w, factor)
		z.at = append(z.at, cols...)
		for _, p := range part {
			second := math.Round(p * float64(share))
			z.weight = append(z.weight, uint16(float64(share)-second), uint16(second))
		}
	}
	return z
}

// zoomAxis returns, for each of n places, the place before it in the original, and how far it lies towards the next.
func zoomAxis(n int, factor float64) (first []int32, part []float64) {
	crop := int(math.Ceil(float64(n) / factor))
	out := int(math.RoundToEven(float64(crop) * factor))
	top, trim := (n-crop)/2, (out-n)/2
	for i := range n {
		at := 0.0
		if out > 1 {
			at = min(float64(i+trim)*float64(crop-1)/float64(out-1), float64(crop-1))
		}
		whole := math.Floor(at)
		first, part = append(first, int32(top+int(whole))), append(part, at-whole)
	}
	return first, part
}

// zoomFrames is how many frames are zoomed at once, as the lanes of vectors.
const zoomFrames = 16

// Blur replaces each of the t frames of pix by its mean, rounded to nearest.
func (z *Zoom) Blur(pix []byte, t int, s *Scratch) {
	pixels := z.h * z.w
	want("a clip", len(pix), t*pixels*3)
	for first := 0; first < t; first += zoomFrames {
		n := min(zoomFrames, t-first)
		part := pix[first*pixels*3:][:n*pixels*3]
		in, out := grown(&s.bytes[0], len(part)), grown(&s.bytes[1], len(part))
		interleave(in, part, n, pixels, false)
		row, acc := grown(&s.planes[0], (z.w+1)*n*3), grown(&s.planes[1], z.w*n*3)
		zoom(out, in, z, n*3, row, acc, z.zooms+1<<6)
		interleave(part, out, n, pixels, true)
	}
}

// refZoom works on frames whose values of one pixel, lanes of them, lie together. Rows are mixed exactly, columns to 7 bits of fraction.
func refZoom(dst, src []byte, z *Zoom, lanes int, row, acc []uint16, bias int) {
	n := z.w * lanes
	for y := range z.h {
		for i := range acc {
			acc[i] = uint16(bias)
		}
		for k := range z.zooms {
			at, weight := z.at[k*(z.h+z.w):], z.weight[k*(z.h+2*z.w):]
			a := src[int(at[y])*n:][:n]
			b := src[min(int(at[y])+1, z.h-1)*n:][:n]
			for i := range n {
				row[i] = uint16(a[i])*(256-weight[y]) + uint16(b[i])*weight[y]
			}
			for x := range z.w {
				p := row[int(at[z.h+x])*lanes:]
				wa, wb := uint32(weight[z.h+2*x]), uint32(weight[z.h+2*x+1])
				for i := range lanes {
					acc[x*lanes+i] += uint16(uint32(p[i])*wa>>16) + uint16(uint32(p[lanes+i])*wb>>16)
				}
			}
		}
		for i, v := range acc {
			dst[y*n+i] = clamp8(int32(v >> 7))
		}
	}
}
