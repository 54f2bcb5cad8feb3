package kernel

import (
	"fmt"
	"slices"
)

// mode is what a term does with the values at its two offsets.
type mode int

const (
	single     mode = iota // the first alone
	sum                    // both are added
	difference             // the second is subtracted, modulo 2^16
)

// terms is a weighted sum of neighbours: bias and, for each i, the upper 16 bits of w[i] times what mode makes of the values that lie a[i]
// and b[i] after the one in the same place. Sums are modulo 2^16, and their last 7 bits are fraction. Cutting off takes half a unit from each
// term on average, which half their number gives back in bias.
type terms struct {
	mode mode
	a, b []int32
	w    []uint16
	bias int
}

// maxBias leaves room for rounding below 2^16 where values are 255.
const maxBias = 120

// add adds a term. A weight of more than 16 bits becomes several.
func (t *terms) add(a, b int, w int) {
	for ; w > 0; w -= min(w, 1<<16-1) {
		t.a, t.b, t.w = append(t.a, int32(a)), append(t.b, int32(b)), append(t.w, uint16(min(w, 1<<16-1)))
	}
	t.bias = min(len(t.w)/2, maxBias)
}

// narrow writes the sums for h rows of n values of src, rounded to 8 bits, to dst, in rows of n.
func (t *terms) narrow(dst []byte, src []uint16, stride, h, n int) {
	want("the result of a sum", len(dst), h*n)
	t.check(src, stride, h, n)
	taps(dst, nil, n, src, stride, h, n, t, t.bias+1<<6)
}

// wide writes the sums themselves to rows of dst, which are to be dstStride apart and a multiple of 64 long.
func (t *terms) wide(dst []uint16, dstStride int, src []uint16, stride, h, n int) {
	if dstStride%slack != 0 || len(dst) < h*dstStride || n > dstStride {
		panic(fmt.Sprintf("kernel: %d values in rows of %d for %d rows of %d", len(dst), dstStride, h, n))
	}
	t.check(src, stride, h, n)
	taps(nil, dst, dstStride, src, stride, h, n, t, t.bias)
}

// check panics if a term reads outside of src.
func (t *terms) check(src []uint16, stride, h, n int) {
	for _, o := range [][]int32{t.a, t.b} {
		if lo, hi := int(slices.Min(o)), int(slices.Max(o)); lo < 0 || hi+(h-1)*stride+strideOf(n) > len(src) {
			panic(fmt.Sprintf("kernel: offsets of %d to %d in %d values, %d rows of %d, %d apart", lo, hi, len(src), h, n, stride))
		}
	}
}

func refTaps(dst8 []byte, dst16 []uint16, dstStride int, src []uint16, stride, h, n int, t *terms, bias int) {
	for y := range h {
		for x := range n {
			s := uint16(bias)
			for i, w := range t.w {
				v := src[y*stride+x+int(t.a[i])]
				switch t.mode {
				case sum:
					v += src[y*stride+x+int(t.b[i])]
				case difference:
					v -= src[y*stride+x+int(t.b[i])]
				}
				s += uint16(uint32(v) * uint32(w) >> 16)
			}
			if dst16 != nil {
				dst16[y*dstStride+x] = s
			} else {
				dst8[y*dstStride+x] = clamp8(int32(s >> 7))
			}
		}
	}
}
