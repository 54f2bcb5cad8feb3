package kernel

import (
	"fmt"
	"math"
)

// Resample cuts region r out of every frame and scales it to dw x dh with the antialiased bilinear filter, mirrored from left to
// right if flip is set. Sampling is that of Pillow's BILINEAR resize and of torchvision with antialias: a triangle of half
// width max(1, scale) around half-pixel centres, normalised, rows first, rounded to 8 bits between the passes. The region is
// an image of its own: no pixel outside of it counts. Within one level of both (Pillow 13 goes columns first where that is less
// work, which shifts single levels); scale 1 copies. dst must not overlap src.
//
// Weights are 14-bit and sum to exactly 16384 for each pixel: out = (Σ w·p + 8192) >> 14.
//
// Cost: 16 frames to 112x112 from 120x120 or 171x128 take 150 µs, 330 with AVX2; from 64x50, 64 and 180 µs.
func Resample(dst []byte, dw, dh int, src []byte, t, sw, sh int, r Region, flip bool, s *Scratch) {
	checkClip("src", len(src), t, sh, sw)
	checkClip("dst", len(dst), t, dh, dw)
	if t == 0 || len(dst) == 0 {
		return
	}
	if r.W < 1 || r.H < 1 || r.X < 0 || r.Y < 0 || r.X > sw-r.W || r.Y > sh-r.H {
		panic(fmt.Sprintf("kernel: region %+v is not inside %dx%d", r, sw, sh))
	}
	if overlap(dst, src) {
		panic("kernel: dst and src overlap")
	}
	p := planResample(dw, dh, t, sw, sh, r, flip, s)
	resample(dst, src, &p)
}

// resamplePlan is what both implementations of Resample share.
type resamplePlan struct {
	t, sw, sh            int
	r                    Region
	dw, dh               int
	horizontal, vertical bool // false where the pass would copy
	x, y                 axis
	tmp                  []byte // one frame after the horizontal pass
	stride               int    // bytes from row to row of tmp
	vec                  []int16
}

func planResample(dw, dh, t, sw, sh int, r Region, flip bool, s *Scratch) resamplePlan {
	p := resamplePlan{t: t, sw: sw, sh: sh, r: r, dw: dw, dh: dh, stride: (dw*3 + 63) &^ 63}
	p.horizontal, p.vertical = flip || r.W != dw, r.H != dh
	p.x.stride, p.y.stride = tapStride(r.W, dw), tapStride(r.H, dh)
	blocks := (dw + 15) / 16
	vec := blocks * (1 + p.x.stride/2) * 32 // int16: an index vector and one of weights per pair of taps, each of 64 bytes
	widest := max(p.x.stride, p.y.stride)
	c := carve{s.Bytes(room(dw, 4) + room(dw*p.x.stride, 2) + room(dh, 4) + room(dh*p.y.stride, 2) + room(widest, 8) +
		room(p.stride*r.H, 1) + room(vec, 2))}
	p.x.first, p.x.weight = take[int32](&c, dw), take[int16](&c, dw*p.x.stride)
	p.y.first, p.y.weight = take[int32](&c, dh), take[int16](&c, dh*p.y.stride)
	w := take[float64](&c, widest)
	p.tmp = take[byte](&c, p.stride*r.H)
	p.vec = take[int16](&c, vec)
	p.x.fill(r.W, dw, flip, w)
	p.y.fill(r.H, dh, false, w)
	return p
}

// axis is the weights of one pass: pixel o is Σ weight[o*stride+i] · in[first[o]+i] for i < taps; weights from taps on are 0.
type axis struct {
	first  []int32
	weight []int16
	stride int // a multiple of 4
	taps   int
}

func support(in, out int) float64 { return max(1, float64(in)/float64(out)) }

// tapStride is the most pixels that one output can weigh, as a multiple of 4.
func tapStride(in, out int) int { return (int(math.Ceil(support(in, out)))*2 + 1 + 3) &^ 3 }

// fill computes the table for in pixels scaled to out, last to first if mirrored; w has room for one output's weights.
// The conversions to float64 keep compilers from fusing, so that every CPU rounds alike.
func (a *axis) fill(in, out int, mirror bool, w []float64) {
	scale, sup := float64(in)/float64(out), support(in, out)
	clear(a.weight)
	a.taps = 1
	for o := range out {
		center := float64((float64(o) + 0.5) * scale)
		lo := max(int(center-sup+0.5), 0)
		n := min(int(center+sup+0.5), in) - lo
		var sum float64
		for i := range n {
			w[i] = max(0, 1-math.Abs((float64(i+lo)-center+0.5)/sup))
			sum += w[i]
		}
		at := o
		if mirror {
			at = out - 1 - o
		}
		k := a.weight[at*a.stride : (at+1)*a.stride]
		lead, end := quantize(k, w[:n], sum)
		copy(k, k[lead:end])
		clear(k[end-lead:])
		a.first[at] = int32(lo + lead)
		a.taps = max(a.taps, end-lead)
	}
}

// quantize sets k to w/sum in 1/16384, adding up to exactly that, and returns the range that is not zero. Rounding the running
// sum keeps each weight within one unit.
func quantize(k []int16, w []float64, sum float64) (lead, end int) {
	var part float64
	last, lead := 0, -1
	for i, v := range w {
		part += v
		next := int(float64(part/sum)*16384 + 0.5)
		if i == len(w)-1 {
			next = 16384
		}
		k[i] = int16(next - last)
		last = next
		if k[i] != 0 {
			end = i + 1
			if lead < 0 {
				lead = i
			}
		}
	}
	return lead, end
}

// Affine sets pixel (x, y) of every frame of dst to the bilinear sample of src at
//
//	(inv[0]·x + inv[1]·y + inv[2], inv[3]·x + inv[4]·y + inv[5])
//
// where pixel i is centred at i. A neighbour outside of the frame counts as fill, so a partly covered pixel at the border is a
// blend of frame and fill by coverage. That is torchvision's affine and rotate (grid_sample with align_corners=False, zeros) with
// fill None or 0 exactly covered; for a given fill torchvision applies the coverage twice, which leaves a dark seam of one pixel, and
// this does not. Rounded to nearest as there. dst must not overlap src.
//
// The matrix is taken in 8.24 and 30.24 fixed point (saturating at ±8192 and ±2^29 pixels), the fraction of a position in 14 bits.
// It panics on NaN.
//
// Cost: 220 µs.
func Affine(dst, src []byte, t, h, w int, inv [6]float64, fill [3]byte, s *Scratch) {
	checkClip("src", len(src), t, h, w)
	checkPair(dst, src, false)
	for _, v := range inv {
		if math.IsNaN(v) {
			panic("kernel: affine map holds NaN")
		}
	}
	if len(src) == 0 {
		return
	}
	if (w+2)*3*(h+2) > math.MaxInt32-64 || w > 1<<20 || h > 1<<20 {
		panic(fmt.Sprintf("kernel: frame of %dx%d is too large", w, h))
	}
	p := planAffine(t, h, w, inv, fill, s)
	affine(dst, src, &p)
}

// affinePlan is what both implementations of Affine share.
type affinePlan struct {
	t, h, w int
	inv     [6]int64 // Q24
	fill    [3]byte
	pad     []byte  // one frame with a border of fill, one pixel wide, and room to read on
	stride  int     // bytes from row to row of pad
	off     []int32 // of each pixel, the upper left of its four neighbours in pad
	weight  []int16 // of each pixel, the weights of upper left, upper right, lower left, lower right; they sum to 16384
}

func planAffine(t, h, w int, inv [6]float64, fill [3]byte, s *Scratch) affinePlan {
	p := affinePlan{t: t, h: h, w: w, stride: (w + 2) * 3, fill: fill}
	for i, v := range inv {
		limit := 8192.0
		if i%3 == 2 {
			limit = 1 << 29
		}
		p.inv[i] = int64(math.Round(min(max(v, -limit), limit) * (1 << 24)))
	}
	size := p.stride*(h+2) + 64
	c := carve{s.Bytes(room(size, 1) + room(h*w, 4) + room(h*w*4, 2))}
	p.pad = take[byte](&c, size)
	p.off = take[int32](&c, h*w)
	p.weight = take[int16](&c, h*w*4)
	return p
}
