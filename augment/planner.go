package augment

import (
	"context"
	"errors"
	"fmt"

	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// Planner draws the plan of every clip. Its draws depend on the seed and the clip's key alone, so they are the same in any
// order, on any worker, in any process. It is a value and safe for concurrent use.
type Planner struct {
	Seed     uint64
	Sampler  clip.Sampler
	Views    int // per clip, each with its own draw of frames; at least 1
	Size     int // side of the square views in pixels; 0 keeps the frame's own size
	Pipeline Pipeline
	// OnFailure is told of every clip that cannot be planned, in the stage; the others of its source go on. It is called by any
	// worker, and returns before an output of a later source leaves the stage. If nil, one such clip fails its source.
	OnFailure func(key string, err error)
}

// Check returns what is wrong with the planner, before it meets a source.
func (p Planner) Check() error {
	switch {
	case p.Views < 1:
		return fmt.Errorf("augment: %d views, want at least 1", p.Views)
	case p.Sampler == nil:
		return fmt.Errorf("augment: the planner has no sampler")
	case p.Size < 0 || p.Size > clip.MaxSide:
		return fmt.Errorf("augment: views of %d pixels, want at most %d", p.Size, clip.MaxSide)
	case p.Size == 0 && p.Pipeline.Sizes():
		return fmt.Errorf("augment: the views keep their frames' size, and a transform sets another")
	}
	return nil
}

// Rehearse draws plans for a source larger and longer than any, and returns what would go wrong with every source: views of
// another size than the run's, perhaps only where the dice say so, or too large for memory; or a stream that is
// damaged twice.
func (p Planner) Rehearse() error {
	const draws = 64
	m := &clip.Meta{
		Source: "rehearsal", Width: clip.MaxSide, Height: clip.MaxSide, Duration: 1 << 20,
		TimeBase: clip.Rational{Num: 1, Den: 25}, FrameRate: clip.Rational{Num: 25, Den: 1},
	}
	for i := range draws {
		plan, err := p.Draw(clip.Item{Source: m.Source, Total: draws}, m, i)
		var e *Error
		if errors.As(err, &e) && e.Transform == wrongSize {
			return e.Err
		}
		if e != nil && errors.Is(err, errDamagedTwice) {
			return fmt.Errorf("%s: %w", e.Transform, e.Err)
		}
		if err != nil {
			continue // of this source, which is none
		}
		for _, v := range plan.Views {
			if _, err := Default().Compile(v.Ops, Shape{len(v.PTS), v.Height, v.Width}); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrongSize stands for the transform in an error about what all of them together make.
const wrongSize = "size"

var errDamagedTwice = errors.New("put one damage of a stream into a pipeline")

// Draw returns the plan of clip i of a source. Where a transform cannot be applied to the source, such as a crop larger than
// its frame, the error is an *[Error].
func (p Planner) Draw(it clip.Item, m *clip.Meta, i int) (*clip.Plan, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	plan := &clip.Plan{Key: it.Key(i), Source: it.Source, Views: make([]clip.View, p.Views)}
	rng := pipeline.Rand(p.Seed, "frames", plan.Key)
	grid, err := clip.GridOf(m)
	if err != nil {
		return nil, err
	}
	square := p.Size > 0 && !p.Pipeline.Sizes()
	for k := range plan.Views {
		frames, err := p.Sampler.Sample(m, i, it.Total, rng)
		if err != nil {
			return nil, err
		}
		v := clip.Native(m)
		if square {
			v = clip.CenterSquare(m, p.Size)
		}
		v.PTS, v.Padded, v.Seed = frames.PTS, frames.Padded, p.Seed
		d := &Draft{
			Meta: m, Grid: grid, Key: plan.Key, Index: k, Views: p.Views, Size: p.Size,
			view: v, w: v.Width, h: v.Height, seed: p.Seed, used: map[string]int{},
		}
		if plan.Views[k], err = p.Pipeline.draw(d); err != nil {
			return nil, err
		}
		if p.Size > 0 && (d.w != p.Size || d.h != p.Size) {
			made := fmt.Sprintf("makes views of %dx%d pixels", d.w, d.h)
			if d.w == m.Width && d.h == m.Height {
				made = "leaves the view at the size of its frame"
			}
			return nil, &Error{Transform: wrongSize, Key: plan.Key, View: k, Err: fmt.Errorf("the pipeline %s, the run wants %dx%d: let random_resized_crop or center_crop set it, last and in every case", made, p.Size, p.Size)}
		}
	}
	return plan, nil
}

// Stage returns the plan stage: it draws a plan for each clip of a source.
func (p Planner) Stage() pipeline.Factory[*clip.Source, *clip.Planned] {
	return pipeline.Shared(pipeline.StageFunc[*clip.Source, *clip.Planned](func(_ context.Context, s *clip.Source, emit pipeline.Emit[*clip.Planned]) error {
		plans := make([]*clip.Plan, 0, s.Item.Clips)
		for k := range s.Item.Clips {
			plan, err := p.Draw(s.Item, s.Meta, s.Item.First+k)
			switch {
			case err == nil:
				plans = append(plans, plan)
			case p.OnFailure == nil:
				return err
			default:
				p.OnFailure(s.Item.Key(s.Item.First+k), err)
			}
		}
		if len(plans) == 0 {
			return nil
		}
		return emit(clip.NewPlanned(s, plans))
	}))
}
