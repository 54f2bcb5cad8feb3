package decode

import (
	"encoding/binary"

	"vidcsl/decode/clip"
	"vidcsl/decode/internal/av"
)

// orientation is one of the eight ways a display matrix can turn a frame: transposed first, then mirrored.
type orientation struct{ transpose, flipX, flipY bool }

// orientationOf reads a display matrix: nine little-endian 16.16 (and 2.30) numbers a b u c d v x y w of which a, b, c, d
// map coded (p, q) to display (a*p + c*q, b*p + d*q). Angles other than multiples of 90 degrees count as none.
func orientationOf(matrix []byte) orientation {
	if len(matrix) < 36 {
		return orientation{}
	}
	at := func(i int) int32 { return int32(binary.LittleEndian.Uint32(matrix[4*i:])) }
	a, b, c, d := at(0), at(1), at(3), at(4)
	switch {
	case b == 0 && c == 0 && a != 0 && d != 0:
		return orientation{flipX: a < 0, flipY: d < 0}
	case a == 0 && d == 0 && b != 0 && c != 0:
		return orientation{transpose: true, flipX: c < 0, flipY: b < 0}
	}
	return orientation{}
}

func (o orientation) display(w, h int) (int, int) {
	if o.transpose {
		return h, w
	}
	return w, h
}

// degrees returns the clockwise rotation and whether the picture is mirrored as well.
func (o orientation) degrees() (int, bool) {
	switch o {
	case orientation{true, true, false}:
		return 90, false
	case orientation{false, true, true}:
		return 180, false
	case orientation{true, false, true}:
		return 270, false
	case orientation{}:
		return 0, false
	}
	return 0, true
}

// coded maps a region in display orientation to the coded frame of size w x h.
func (o orientation) coded(r clip.Rect, w, h int) clip.Rect {
	dw, dh := o.display(w, h)
	if o.flipX {
		r.X = dw - r.X - r.W
	}
	if o.flipY {
		r.Y = dh - r.Y - r.H
	}
	if o.transpose {
		r = clip.Rect{X: r.Y, Y: r.X, W: r.H, H: r.W}
	}
	return r
}

// Converter turns decoded frames into RGB: it crops, scales, rotates and mirrors in one step from the codec's pixel format
// into the clip's memory.
//
// Scaling is swscale's bilinear filter, which averages over the source pixels when it shrinks. The colour matrix and range
// are the frame's, BT.601 limited where it does not say; 10- and 12-bit samples are rounded to 8; HDR transfer functions
// (PQ, HLG) are not tone-mapped; alpha is dropped. A full-size result equals `ffmpeg -sws_flags bilinear -pix_fmt rgb24`.
// A region that does not begin on a whole chroma sample is cut from the frame after it has become RGB, which costs more.
// Not safe for concurrent use.
type Converter struct{ c *av.Converters }

// NewConverter prepares one conversion per view, all resolved for the demuxer's stream. The caller closes it.
func NewConverter(d *Demuxer, views []clip.View) *Converter {
	w, h := d.orient.display(d.meta.Width, d.meta.Height) // the coded size: turning twice
	vs := make([]av.View, len(views))
	for i, v := range views {
		r := d.orient.coded(v.Crop, w, h)
		vs[i] = av.View{X: r.X, Y: r.Y, W: r.W, H: r.H, OutW: v.Width, OutH: v.Height,
			Transpose: d.orient.transpose, FlipX: d.orient.flipX != v.Flip, FlipY: d.orient.flipY}
	}
	return &Converter{av.NewConverters(vs)}
}

// Close frees the converter.
func (c *Converter) Close() { c.c.Close() }
