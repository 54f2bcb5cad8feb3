package augment

import (
	"context"
	"fmt"

	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// Planner draws the plan of every clip. Its draws depend on the seed and the clip's key alone, so they are the same in any
// order, on any worker, in any process. It is a value and safe for concurrent use.
type Planner struct {
	Seed    uint64
	Sampler clip.Sampler
	Views   int // per clip, each with its own draw of frames; at least 1
	Size    int // side of the square in pixels: short side scaled, centre crop; 0 keeps the frame's own size
}

// Draw returns the plan of clip i of a source.
func (p Planner) Draw(it clip.Item, m *clip.Meta, i int) (*clip.Plan, error) {
	if p.Views < 1 {
		return nil, fmt.Errorf("augment: %d views, want at least 1", p.Views)
	}
	plan := &clip.Plan{Key: it.Key(i), Source: it.Source, Views: make([]clip.View, p.Views)}
	rng := pipeline.Rand(p.Seed, "frames", plan.Key)
	for k := range plan.Views {
		d, err := p.Sampler.Sample(m, i, it.Total, rng)
		if err != nil {
			return nil, err
		}
		v := clip.Native(m)
		if p.Size > 0 {
			v = clip.CenterSquare(m, p.Size)
		}
		v.PTS, v.Padded = d.PTS, d.Padded
		plan.Views[k] = v
	}
	return plan, nil
}

// Stage returns the plan stage: it draws a plan for each clip of a source.
func (p Planner) Stage() pipeline.Factory[*clip.Source, *clip.Planned] {
	return pipeline.Map(func(_ context.Context, s *clip.Source) (*clip.Planned, error) {
		plans := make([]*clip.Plan, s.Item.Clips)
		for k := range plans {
			plan, err := p.Draw(s.Item, s.Meta, s.Item.First+k)
			if err != nil {
				return nil, err
			}
			plans[k] = plan
		}
		return clip.NewPlanned(s, plans), nil
	})
}
