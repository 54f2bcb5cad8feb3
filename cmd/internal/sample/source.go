// Package sample draws what a pipeline of transforms does: frames of a moving picture before it, and after several draws.
package sample

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/synth"
)

// Source is what a pipeline is shown on. Close it when done.
type Source struct {
	name  string
	meta  *clip.Meta
	views func(ctx context.Context, plan *clip.Plan) ([]*clip.Clip, error) // with the plan's ops not run yet
	close func()
}

// Close frees the source.
func (s *Source) Close() { s.close() }

// The built-in picture: wider than high, and longer than any view.
const (
	width, height = 240, 180
	length        = 72
	fps           = 25
)

// BuiltIn returns a small moving picture made in memory, the same each time.
func BuiltIn() (*Source, error) {
	const label, index = 6, 2 // a star on an orbit, on stripes
	o := synth.DefaultOptions()
	o.Size, o.FPS, o.Seconds = width, fps, float64(length)/fps
	base := clip.Rational{Num: 1, Den: fps}
	src := clip.New(memory.DefaultAllocator, clip.View{PTS: make([]int64, length), TimeBase: base, Width: width, Height: height})
	for t := range length {
		rgb, err := synth.Frame(o, label, index, t)
		if err != nil {
			return nil, err
		}
		src.PTS[t] = int64(t)
		copy(src.Frame(t), rgb[(width-height)/2*width*clip.Channels:]) // the middle rows
	}
	m := &clip.Meta{Source: "built in", Width: width, Height: height, TimeBase: base, Duration: length, FrameRate: clip.Rational{Num: fps, Den: 1},
		Frames: clip.FrameTable{PTS: src.PTS}}
	return &Source{name: m.Source, meta: m, close: src.Release, views: func(_ context.Context, plan *clip.Plan) (clips []*clip.Clip, err error) {
		for _, v := range plan.Views {
			v.Ops = nil
			c, err := augment.Execute(augment.Options{}, src, v, &augment.Scratch{})
			if err != nil {
				release(clips)
				return nil, err
			}
			clips = append(clips, c)
		}
		return clips, nil
	}}, nil
}

// File opens a video or an image.
func File(ctx context.Context, path string) (*Source, error) {
	v, err := decode.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return &Source{name: path, meta: v.Meta(), close: v.Close, views: func(ctx context.Context, plan *clip.Plan) ([]*clip.Clip, error) {
		return v.Execute(ctx, plan, memory.DefaultAllocator)
	}}, nil
}

// run decodes the views of a plan and runs their ops. The caller owns the clips.
func (s *Source) run(ctx context.Context, plan *clip.Plan) ([]*clip.Clip, error) {
	clips, err := s.views(ctx, plan)
	if err != nil {
		return nil, err
	}
	for k, c := range clips {
		p, err := augment.Default().Compile(plan.Views[k].Ops, augment.ShapeOf(c))
		if err == nil {
			out := c.Like(memory.DefaultAllocator, p.Out().H, p.Out().W)
			err = p.Run(out.Bytes(), c.Bytes(), &augment.Scratch{})
			c.Release()
			clips[k] = out
		}
		if err != nil {
			release(clips)
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return clips, nil
}

func release(clips []*clip.Clip) {
	for _, c := range clips {
		c.Release()
	}
}
