package feed

import (
	"context"
	"errors"
	"fmt"
	"os"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/dataset"
	"vidcsl/pipeline"
)

// videos is the rows of a listing.
type videos struct{ items []clip.Item }

func (d *Dataset) openVideos(path string) error {
	l, err := dataset.List(path)
	if st, serr := os.Stat(path); errors.Is(err, clip.ErrNoVideos) && serr == nil && st.IsDir() {
		return fmt.Errorf("%s is neither a run of preprocess (it has no %s) nor videos: %w", path, manifest, err)
	}
	if err != nil {
		return err
	}
	dataset.Warn(d.opt.Log, path, l)
	usual := preprocess.Default()
	d.opt.Frames, d.opt.Stride, d.opt.Size = orElse(d.opt.Frames, usual.Frames), orElse(d.opt.Stride, usual.Stride), orElse(d.opt.Size, usual.Size)
	d.data = videos{l.Items}
	d.info.Classes = l.Labels
	for _, it := range l.Items {
		d.info.Keys, d.info.Labels = append(d.info.Keys, it.Source), append(d.info.Labels, it.Label)
	}
	return d.opt.planner().Rehearse()
}

// orElse returns v, or where it is zero what is usual.
func orElse[T int | preprocess.Size](v, usual T) T {
	if v == 0 {
		return usual
	}
	return v
}

func (v videos) rows() int              { return len(v.items) }
func (v videos) samples() int           { return len(v.items) }
func (v videos) turn(sample, _ int) int { return sample }
func (v videos) item(row int) clip.Item { return v.items[row] }
func (v videos) sample(row int) int32   { return int32(row) }
func (v videos) close() error           { return nil }

// views decodes each clip for itself, since an epoch has one of a video.
func (v videos) views(g *pipeline.Graph, m making) *pipeline.Port[*clip.Sample] {
	n, skip, budget := pipeline.Workers(m.workers), pipeline.OnError(pipeline.Skip), pipeline.Budget(prefetch)
	opt := decode.Options{Alloc: m.alloc}
	list := pipeline.From(g, "list", func(ctx context.Context, emit pipeline.Emit[clip.Item]) error {
		return m.tickets(ctx, func(t ticket) error { return emit(t.Item) })
	})
	opened := pipeline.Via(list, "probe", decode.OpenStage(opt), n, skip)
	planned := pipeline.Via(opened, "plan", m.planner.Stage(), skip)
	samples := pipeline.Via(planned, "decode", decode.ExecuteStage(opt), n, budget, skip)
	if m.planner.Pipeline.Len() == 0 {
		return samples
	}
	return pipeline.Via(samples, "augment", augment.Apply(augment.Options{Alloc: m.alloc}), n, budget, skip)
}
