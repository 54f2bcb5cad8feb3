package feed

import (
	"fmt"
	"slices"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/decode/clip"
)

// fit fills in what the configuration leaves to the stored clips, and says where it does not fit them.
func (d *Dataset) fit(s *shards) error {
	first := s.files[0]
	same := !slices.ContainsFunc(s.files, func(f *part) bool { return f.shape != first.shape })
	square := same && first.shape.H == first.shape.W
	d.opt.Frames, d.opt.Stride = orElse(d.opt.Frames, first.shape.T), orElse(d.opt.Stride, 1)
	if d.opt.Size == 0 {
		if !square {
			return fmt.Errorf("the stored clips are of %v pixels and not all of one square size: say which size the views have", first.shape)
		}
		d.opt.Size = preprocess.Size(first.shape.H)
	}
	span := (d.opt.Frames-1)*d.opt.Stride + 1
	if d.opt.Sampler == "uniform" {
		span = d.opt.Frames
	}
	if first.shape.T < span {
		return fmt.Errorf("the stored clips have %d frames, views of %d at stride %d need %d", first.shape.T, d.opt.Frames, d.opt.Stride, span)
	}
	if d.opt.Augment.Len() == 0 && first.views > 1 {
		if s.stored = true; d.opt.Views > first.views {
			return fmt.Errorf("%d views of each clip are stored, want %d: give transforms that make them of the first", first.views, d.opt.Views)
		}
	}
	if n := int64(len(s.list)) * first.shape.Bytes() * int64(first.views); first.access.Compressed() && n > cacheBytes {
		d.opt.Log.Warn("compressed shards that do not fit into memory are slow to read at random; raw ones are not", "bytes", n, "cache", cacheBytes)
	}
	return d.rehearse(s)
}

// rehearse draws a few plans for each size of stored clips, so that what fails always is found before any work is done.
func (d *Dataset) rehearse(s *shards) error {
	const draws = 16
	done := map[augment.Shape]bool{}
	for _, f := range s.files {
		if done[f.shape] {
			continue
		}
		done[f.shape] = true
		for i := range draws {
			if _, err := s.sized(d.opt.planner()).Draw(clip.Item{Source: f.path, Total: draws}, f.meta, i); err != nil {
				return fmt.Errorf("stored clips of %dx%d pixels: %w", f.shape.W, f.shape.H, err)
			}
		}
	}
	return nil
}

// sized leaves the size alone where all clips have it, so that their pixels are handed on as they are.
func (s *shards) sized(p augment.Planner) augment.Planner {
	if !p.Pipeline.Sizes() && !slices.ContainsFunc(s.files, func(f *part) bool { return f.shape.W != p.Size || f.shape.H != p.Size }) {
		p.Size = 0
	}
	return p
}
