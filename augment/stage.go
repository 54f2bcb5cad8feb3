package augment

import (
	"context"
	"errors"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// Options are what the stages need besides the plan. The zero value is ready to use.
type Options struct {
	// Registry has the transforms; [Default] if nil.
	Registry *Registry
	// Alloc makes the memory of views; the Go heap if nil. With a [clip.Pool] it is used again and again.
	Alloc memory.Allocator
	// OnFailure is told of every sample on which a transform fails; such a sample is not delivered. It is called by any worker,
	// and returns before an output of a later sample leaves the stage. If nil, the failure is the stage's own.
	OnFailure func(key string, err error)
}

func (o Options) filled() Options {
	if o.Registry == nil {
		o.Registry = Default()
	}
	if o.Alloc == nil {
		o.Alloc = memory.DefaultAllocator
	}
	return o
}

// Apply returns the stage that runs the ops of every view of a sample. A view without ops is passed on as it is. Each worker has
// a stage of its own.
func Apply(o Options) pipeline.Factory[*clip.Sample, *clip.Sample] {
	o = o.filled()
	return func() (pipeline.Stage[*clip.Sample, *clip.Sample], error) { return &applier{Options: o}, nil }
}

type applier struct {
	Options
	s Scratch
}

// Process implements pipeline.Stage.
func (a *applier) Process(ctx context.Context, in *clip.Sample, emit pipeline.Emit[*clip.Sample]) error {
	out := &clip.Sample{Plan: in.Plan, Label: in.Label, Clips: make([]*clip.Clip, 0, len(in.Clips))}
	for k := range in.Clips {
		if ctx.Err() != nil {
			out.Release()
			return context.Cause(ctx)
		}
		c, err := a.view(in, k)
		if err != nil {
			out.Release()
			return a.failed(in, err)
		}
		out.Clips = append(out.Clips, c)
	}
	return emit(out)
}

func (o Options) failed(in *clip.Sample, err error) error {
	if o.OnFailure == nil {
		return err
	}
	o.OnFailure(in.Plan.Key, err)
	return nil
}

func (a *applier) view(in *clip.Sample, k int) (*clip.Clip, error) {
	c := in.Clips[k]
	if len(in.Plan.Views[k].Ops) == 0 {
		c.Retain()
		return c, nil
	}
	p, err := a.program(in, k)
	if err != nil {
		return nil, err
	}
	out := c.Like(a.Alloc, p.out.H, p.out.W)
	if err := p.Run(out.Bytes(), c.Bytes(), &a.s); err != nil {
		out.Release()
		return nil, located(err, in, k)
	}
	return out, nil
}

// program compiles the ops of one view.
func (o Options) program(in *clip.Sample, k int) (*Program, error) {
	p, err := o.Registry.Compile(in.Plan.Views[k].Ops, ShapeOf(in.Clips[k]))
	if err != nil {
		return nil, located(err, in, k)
	}
	return p, nil
}

// located says on which view an error happened.
func located(err error, in *clip.Sample, k int) error {
	e := &Error{Transform: "ops", Err: err}
	var known *Error
	if errors.As(err, &known) {
		*e = *known
	}
	e.Key, e.View = in.Plan.Key, k
	return e
}

// Assemble returns the stage that makes a record batch of a group of samples, as [pipeline.Batch] collects them, and runs the ops
// of their views straight into its columns: no view is held outside of the batch. All samples must have views of one
// shape. Labels are the class names for the schema. A group of which no sample is left gives no batch. Each worker has a stage of its own, so several batches are filled at
// once.
func Assemble(o Options, labels []string) pipeline.Factory[[]*clip.Sample, arrow.Record] {
	o = o.filled()
	return func() (pipeline.Stage[[]*clip.Sample, arrow.Record], error) {
		return &assembler{Options: o, labels: labels}, nil
	}
}

type assembler struct {
	Options
	labels []string
	s      Scratch
	b      *Builder
}

// Process implements pipeline.Stage.
func (a *assembler) Process(ctx context.Context, in []*clip.Sample, emit pipeline.Emit[arrow.Record]) error {
	for _, s := range in {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := a.add(s, len(in)); err != nil {
			if err := a.failed(s, err); err != nil {
				return err
			}
		}
	}
	if a.b == nil || a.b.Len() == 0 {
		return nil
	}
	return emit(a.b.NewRecord())
}

func (a *assembler) add(s *clip.Sample, group int) error {
	ps := make([]*Program, len(s.Clips))
	shapes := make([]Shape, len(s.Clips))
	for k := range ps {
		p, err := a.program(s, k)
		if err != nil {
			return err
		}
		ps[k], shapes[k] = p, p.out
	}
	if a.b == nil {
		a.b = NewBuilder(a.Alloc, shapes, a.labels)
	}
	if a.b.Len() == 0 {
		a.b.Reserve(group)
	}
	return a.b.fill(s, shapes, func(k int, dst []byte) error {
		if err := ps[k].Run(dst, s.Clips[k].Bytes(), &a.s); err != nil {
			return located(err, s, k)
		}
		return nil
	})
}

// Close frees what is held.
func (a *assembler) Close() error {
	if a.b != nil {
		a.b.Release()
		a.b = nil
	}
	return nil
}
