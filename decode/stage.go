package decode

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// DefaultTimeout bounds each opening and each clip of a pipeline's stages.
const DefaultTimeout = 30 * time.Second

// ErrTimeout is the cause when a file is not opened, or a clip not decoded, within the timeout.
var ErrTimeout = fmt.Errorf("decode: not done in time: %w", context.DeadlineExceeded)

// Options are what the stages need besides the plan. The zero value is ready to use.
type Options struct {
	// Alloc makes the memory of clips; the Go heap if nil.
	Alloc memory.Allocator
	// Timeout bounds each opening and each clip; DefaultTimeout if zero.
	Timeout time.Duration
	// OnFailure is told of every clip that is not delivered while others of the same source are. It is called by any
	// worker, and returns before an output of a later item leaves the stage. If nil, one failed clip fails its source.
	OnFailure func(key string, err error)
}

func (o Options) bound(ctx context.Context, clips int) (context.Context, context.CancelFunc) {
	t := o.Timeout
	if t == 0 {
		t = DefaultTimeout
	}
	return context.WithTimeoutCause(ctx, t*time.Duration(max(clips, 1)), ErrTimeout)
}

// OpenStage returns the stage that opens items and reads their metadata.
func OpenStage(o Options) pipeline.Factory[clip.Item, *clip.Source] {
	return pipeline.Map(func(ctx context.Context, it clip.Item) (*clip.Source, error) {
		ctx, cancel := o.bound(ctx, 1)
		defer cancel()
		v, err := Open(ctx, it.Path)
		if err != nil {
			return nil, err
		}
		return clip.NewSource(it, v.Meta(), v, v.Close), nil
	})
}

// ExecuteStage returns the stage that executes the plans of a source in one pass and emits a sample per plan.
func ExecuteStage(o Options) pipeline.Factory[*clip.Planned, *clip.Sample] {
	if o.Alloc == nil {
		o.Alloc = memory.DefaultAllocator
	}
	return pipeline.Shared(pipeline.StageFunc[*clip.Planned, *clip.Sample](func(ctx context.Context, in *clip.Planned, emit pipeline.Emit[*clip.Sample]) error {
		v, ok := in.Video.(*Video)
		if !ok {
			return fmt.Errorf("decode: %s was not opened by decode.OpenStage", in.Item.Source)
		}
		bounded, cancel := o.bound(ctx, len(in.Plans))
		defer cancel()
		results := v.ExecuteAll(bounded, in.Plans, o.Alloc)
		if ctx.Err() != nil { // the run ends: what was not decoded is no failure of the source
			release(results)
			return context.Cause(ctx)
		}
		return o.emitAll(in, results, emit)
	}))
}

func (o Options) emitAll(in *clip.Planned, results []Result, emit pipeline.Emit[*clip.Sample]) error {
	var failed []error
	for i, r := range results {
		switch {
		case r.Err != nil && o.OnFailure != nil:
			o.OnFailure(in.Plans[i].Key, r.Err)
		case r.Err != nil: // without OnFailure a source is delivered whole or not at all
			failed = append(failed, r.Err)
		}
	}
	err := errors.Join(failed...)
	for i, r := range results {
		if r.Err != nil {
			continue
		}
		s := &clip.Sample{Plan: in.Plans[i], Label: in.Item.Label, Clips: r.Clips}
		if err != nil {
			s.Release()
			continue
		}
		if e := emit(s); e != nil {
			err = e
		}
	}
	return err
}

func release(results []Result) {
	for _, r := range results {
		for _, c := range r.Clips {
			c.Release()
		}
	}
}
