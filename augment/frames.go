package augment

import (
	"reflect"

	"vidcsl/decode/clip"
)

// Frames is the pixels of one view, lent to Apply for one call.
type Frames struct {
	Pix     []byte // uint8 RGB, [T,H,W,3], tightly packed; may be changed
	T, H, W int

	s *Scratch
}

// Frame returns the pixels of frame t, [H,W,3].
func (f *Frames) Frame(t int) []byte {
	n := f.H * f.W * clip.Channels
	return f.Pix[t*n : (t+1)*n : (t+1)*n]
}

// Shape returns the shape of the view.
func (f *Frames) Shape() Shape { return Shape{f.T, f.H, f.W} }

// copied returns a copy of pix, some of the pixels of f, in scratch memory, for kernels that cannot work in place.
func (f *Frames) copied(pix []byte) []byte {
	b := f.s.buffer(int64(len(pix)), f.Pix)
	copy(b, pix)
	return b
}

// Local returns a value of type T that belongs to the worker that runs the transform: tables and buffers that the next call finds
// again, in whatever state the last one, of any transform with the same T, has left them. Results must not depend on what was there before.
func Local[T any](f *Frames) *T {
	k := reflect.TypeFor[T]()
	if v, ok := f.s.local[k]; ok {
		return v.(*T)
	}
	v := new(T)
	if f.s.local == nil {
		f.s.local = map[reflect.Type]any{}
	}
	f.s.local[k] = v
	return v
}
