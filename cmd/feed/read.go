package feed

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"vidcsl/decode/clip"
	"vidcsl/decode/store"
	"vidcsl/pipeline/shard"
)

// stored is the views of a row.
type stored []*clip.Clip

func (s stored) release() {
	for _, c := range s {
		c.Release()
	}
}

// sizeOfSource is the bytes of the views of a row.
func sizeOfSource(s *clip.Source) (n int64) {
	for _, c := range s.Video.(stored) {
		n += c.ByteSize()
	}
	return n
}

// read returns the first views of a row. The caller owns the source.
func (f *part) read(ctx context.Context, it clip.Item, at, views int, alloc *clip.Pool) (*clip.Source, error) {
	s := make(stored, views)
	for k := range s {
		s[k] = clip.New(alloc, clip.View{PTS: f.meta.Frames.PTS, TimeBase: f.meta.TimeBase, Width: f.shape.W, Height: f.shape.H})
		copy(s[k].PTS, f.meta.Frames.PTS)
	}
	if err := f.pixels(ctx, s, at, alloc); err != nil {
		s.release()
		return nil, err
	}
	return clip.NewSource(it, f.meta, s, s.release), nil
}

// pixels fills in the views of a row.
func (f *part) pixels(ctx context.Context, s stored, at int, alloc *clip.Pool) error {
	if f.raw != nil {
		for k, c := range s {
			if err := f.raw[k].Read(c.Bytes(), int64(at)); err != nil {
				return err
			}
		}
		return nil
	}
	i := sort.SearchInts(f.ends, at+1)
	names := []string{shard.KeyColumn}
	for k := range f.views {
		names = append(names, viewName(k))
	}
	rec, err := f.cache.get(batchID{f.number, i}, func() (arrow.Record, error) { return f.access.Columns(i, names...) })
	if err != nil {
		return err
	}
	if i > 0 {
		at -= f.ends[i-1]
	}
	one := rec.NewSlice(int64(at), int64(at+1))
	defer one.Release()
	wanted := array.NewRecord(arrow.NewSchema(one.Schema().Fields()[:1+len(s)], nil), slices.Clone(one.Columns()[:1+len(s)]), 1)
	defer wanted.Release()
	plain, err := store.Decode(ctx, alloc, wanted, 1)
	if err != nil {
		return err
	}
	defer plain.Release()
	for k, c := range s {
		view, ok := plain.Column(1 + k).(*shard.TensorArray)
		if !ok || view.IsNull(0) {
			return fmt.Errorf("%s: %s of a row holds no pixels", f.path, viewName(k))
		}
		copy(c.Bytes(), view.Row(0))
	}
	return nil
}
