package feed

import (
	"fmt"
	"sync"

	"vidcsl/decode/clip"
	"vidcsl/model"
	"vidcsl/model/op"
)

// batch is a model.Batch whose memory is used again once it is released.
type batch struct {
	model.Batch
	pixels [][]uint8 // of each view, of all samples it can hold
	labels []int32
	index  []int32
	filled int // samples
	home   *ring
}

// ring hands out batches and takes them back. Safe for concurrent use.
type ring struct {
	views, n int
	shape    [4]int
	mu       sync.Mutex
	free     []*batch
}

// get returns an empty batch.
func (r *ring) get() *batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := len(r.free) - 1; k >= 0 {
		b := r.free[k]
		r.free = r.free[:k]
		return b
	}
	b := &batch{home: r, labels: make([]int32, r.n), index: make([]int32, r.n)}
	for range r.views {
		b.pixels = append(b.pixels, make([]uint8, r.n*r.row()))
	}
	b.Views = make([]op.Tensor, r.views)
	return b
}

// row returns the bytes of a view.
func (r *ring) row() int { return r.shape[0] * r.shape[1] * r.shape[2] * r.shape[3] }

// add copies a sample.
func (b *batch) add(in *clip.Sample, index int32) error {
	row := b.home.row()
	if len(in.Clips) != len(b.pixels) {
		return fmt.Errorf("feed: %s has %d views, want %d", in.Plan.Key, len(in.Clips), len(b.pixels))
	}
	for k, c := range in.Clips {
		if got := [4]int{c.Frames, c.Height, c.Width, clip.Channels}; got != b.home.shape {
			return fmt.Errorf("feed: view %d of %s has the shape %v, want %v", k, in.Plan.Key, got, b.home.shape)
		}
		copy(b.pixels[k][b.filled*row:], c.Bytes())
	}
	b.labels[b.filled], b.index[b.filled] = in.Label, index
	b.filled++
	return nil
}

// seal makes the tensors of the samples that are there.
func (b *batch) seal(next model.Cursor) {
	n, s := b.filled, b.home.shape
	for k, p := range b.pixels {
		if v := b.Views[k]; v.Rank() != 5 || v.Shape[0] != n {
			b.Views[k] = op.From(p[:n*b.home.row()], n, s[0], s[1], s[2], s[3])
		}
	}
	b.Labels, b.Index, b.Next = b.labels[:n], b.index[:n], next
}

// ByteSize returns the bytes of the pixels.
func (b *batch) ByteSize() int64 { return int64(len(b.pixels)) * int64(b.filled) * int64(b.home.row()) }

// Release gives the memory back. There is one reference.
func (b *batch) Release() {
	b.filled = 0
	b.home.mu.Lock()
	defer b.home.mu.Unlock()
	b.home.free = append(b.home.free, b)
}
