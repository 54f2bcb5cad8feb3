package feed

import (
	"context"
	"fmt"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// executing returns the stage that makes the views of a plan from the stored views of a row: view k from stored view k where they
// are given, else from the only one. Each worker has a stage of its own.
func executing(alloc *clip.Pool) pipeline.Factory[*clip.Planned, *clip.Sample] {
	return func() (pipeline.Stage[*clip.Planned, *clip.Sample], error) { return &executor{alloc: alloc}, nil }
}

type executor struct {
	alloc   *clip.Pool
	scratch augment.Scratch
}

// Process implements pipeline.Stage.
func (e *executor) Process(ctx context.Context, in *clip.Planned, emit pipeline.Emit[*clip.Sample]) error {
	from := in.Video.(stored)
	out := &clip.Sample{Plan: in.Plans[0], Label: in.Item.Label}
	for k, v := range out.Plan.Views {
		if ctx.Err() != nil {
			out.Release()
			return context.Cause(ctx)
		}
		c, err := augment.Execute(augment.Options{Alloc: e.alloc}, from[min(k, len(from)-1)], v, &e.scratch)
		if err != nil {
			out.Release()
			return fmt.Errorf("view %d: %w", k, err)
		}
		out.Clips = append(out.Clips, c)
	}
	return emit(out)
}
