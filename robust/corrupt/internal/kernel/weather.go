package kernel

import "fmt"

// Torus is a window of H x W pixels into a layer of SizeY x SizeX that repeats itself; Y and X are the window's upper left corner in the layer.
type Torus struct{ H, W, SizeY, SizeX, Y, X int }

func (o Torus) check(n, layer, want int) {
	if o.H < 1 || o.W < 1 || o.Y < 0 || o.X < 0 || o.Y >= o.SizeY || o.X >= o.SizeX || n != o.H*o.W*3 || layer != want {
		panic(fmt.Sprintf("kernel: the window %+v does not go with a frame of %d bytes and a layer of %d values", o, n, layer))
	}
}

// Mix sets dst to a weighted sum of stretches of src: dst[i] = Σ weight[j] src[at[j]+i], in float32, in the order of j. Rows of a convolution and of
// a product of matrices are such sums.
func Mix(dst, src []float32, at []int32, weight []float32) {
	if len(at) != len(weight) {
		panic(fmt.Sprintf("kernel: %d places, %d weights", len(at), len(weight)))
	}
	for _, a := range at {
		if a < 0 || int(a) > len(src)-len(dst) {
			panic(fmt.Sprintf("kernel: a stretch of %d at %d is not inside %d values", len(dst), a, len(src)))
		}
	}
	if len(dst) == 0 {
		return
	}
	if len(at) == 0 {
		clear(dst)
		return
	}
	mix(dst, src, at, weight)
}

// Peak returns the greatest value, 0 of none.
func Peak(src []byte) int {
	if len(src) == 0 {
		return 0
	}
	return peak(src)
}

// Drift veils a frame: c' = c gain/2^15 + l, where l is the layer between four places, fy and fx of 2^15 down and to the right. The layer has
// SizeY rows of SizeX+1 pixels, the last equal to the first, of three equal values in 1/128, 0 to 32640.
func Drift(frame []byte, layer []int16, o Torus, fy, fx, gain int) {
	o.check(len(frame), len(layer), o.SizeY*(o.SizeX+1)*3)
	drift(frame, layer, &o, fy, fx, gain)
}

// Overlay lays the same glass over each frame: c' = c gain/2^15 + add/2^7, rounded down, at most 255. gain is at most 2^15, add at most 255·2^7.
func Overlay(pix []byte, frames int, gain, add []uint16) {
	if len(gain) != len(add) || frames*len(gain) != len(pix) {
		panic(fmt.Sprintf("kernel: %d bytes are not %d frames of %d and %d", len(pix), frames, len(gain), len(add)))
	}
	if len(pix) > 0 {
		overlay(pix, frames, gain, add)
	}
}

// Glaze is [Overlay] with the same gain everywhere.
func Glaze(pix []byte, frames, gain int, add []uint16) {
	want("a glazed clip", len(pix), frames*len(add))
	if len(pix) > 0 {
		glaze(pix, frames, gain, add)
	}
}

// Brighten adds the same bytes to each frame: c' = min(c + add, 255).
func Brighten(pix []byte, frames int, add []byte) {
	want("a brightened clip", len(pix), frames*len(add))
	if len(pix) > 0 {
		brighten(pix, frames, add)
	}
}

// PaneWidth is how many values a row of a pane's pattern has, after which it repeats itself.
const PaneWidth = 512

// Pane sets a row of dst to the first three of one of shades for each place of col, of 256: the one that a and b, rows of the pattern, say, which is fy of
// 256 from a to b. The pattern's values are less than there are shades.
func Pane(dst, a, b []uint16, col []int32, fy int, shades [][4]uint16) {
	want("a row of a pane", len(dst), len(col)*3)
	want("a row of a pattern", len(a), PaneWidth)
	want("a row of a pattern", len(b), PaneWidth)
	for _, c := range col {
		if c < 0 || c >= PaneWidth<<8 {
			panic(fmt.Sprintf("kernel: place %d of a pane of %d", c, PaneWidth<<8))
		}
	}
	if len(col) > 0 {
		pane(dst, a, b, col, fy, shades)
	}
}

// Snow whitens a frame and adds flakes: c' = min(keep c + whiten max(c, 1.5 grey + 127.5), 255) + s, keep of 2^15, whiten of 2^16, s from the layer
// in 1/128, at most 255·2^7.
func Snow(frame []byte, layer []uint16, o Torus, keep, whiten int) {
	o.check(len(frame), len(layer), o.SizeY*o.SizeX)
	snow(frame, layer, &o, keep, whiten)
}
