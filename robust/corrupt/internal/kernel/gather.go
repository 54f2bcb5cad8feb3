package kernel

import "slices"

// Gather writes to pixel i of the frame dst the pixel from[i] of src. They must not be the same memory.
func Gather(dst, src []byte, from []int32) {
	want("the result of a gather", len(dst), 3*len(from))
	if len(from) == 0 {
		return
	}
	if lo, hi := slices.Min(from), slices.Max(from); lo < 0 || int(hi) >= len(src)/3 {
		panic("kernel: a pixel outside of the frame")
	}
	gather(dst, src, from)
}

func refGather(dst, src []byte, from []int32) {
	for i, f := range from {
		copy(dst[i*3:i*3+3], src[f*3:])
	}
}

// refInterleave writes frames of that many pixels so that the frames of one pixel lie together, or back.
func refInterleave(dst, src []byte, frames, pixels int, back bool) {
	for p := range pixels {
		for t := range frames {
			to, from := (p*frames+t)*3, (t*pixels+p)*3
			if back {
				to, from = from, to
			}
			copy(dst[to:to+3], src[from:])
		}
	}
}
