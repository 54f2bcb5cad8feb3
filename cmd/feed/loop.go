package feed

import (
	"context"
	"errors"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/model"
	"vidcsl/pipeline"
)

// loop is one loop over batches.
type loop struct {
	*Dataset
	order   order
	planner augment.Planner
	start   model.Cursor
	failed  *failures
	onLost  func(sample int32) // told of clips that cannot be decoded because of their plan's damage; nil: there is none
}

func (d *Dataset) loop(o order, p augment.Planner) *loop {
	return &loop{Dataset: d, order: o, planner: p}
}

// run yields the batches. watch is told of the graph before it starts.
func (l *loop) run(ctx context.Context, watch func(*pipeline.Graph), yield func(*model.Batch, error) bool) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l.failed = &failures{opt: l.opt, order: l.order, end: cancel, open: map[string]Failure{}, known: map[string]bool{}, epoch: map[int]int{},
		all: l.order.span(0, l.opt.Batch).to, damaging: l.onLost != nil}
	g := pipeline.NewGraph()
	samples := l.samples(g, l.opt.Workers, l.tickets)
	batches := pipeline.Via(samples, "collate", l.collate, pipeline.Window(1))
	watch(g)
	for b, err := range pipeline.Pull(ctx, batches, "train") {
		var lost *LostError
		switch {
		case errors.As(err, &lost): // without the stage that counted
			yield(nil, lost)
			return
		case err != nil:
			yield(nil, err)
			return
		case !yield(&b.Batch, nil):
			return
		}
	}
}

// samples makes the stages up to samples.
func (l *loop) samples(g *pipeline.Graph, workers int, tickets func(context.Context, pipeline.Emit[ticket]) error) *pipeline.Port[*clip.Sample] {
	g.OnSkip(l.failed.skipped)
	return l.data.views(g, making{tickets: tickets, planner: l.planner, workers: workers, alloc: l.alloc})
}

// tickets is the source of the graph: one epoch after the other, in evaluation a single one.
func (l *loop) tickets(_ context.Context, emit pipeline.Emit[ticket]) error {
	from := l.start.Item
	for e := l.start.Epoch; ; e++ {
		if err := l.emit(e, l.order.span(from, l.opt.Batch), emit); err != nil || l.order.clips > 0 {
			return err
		}
		from = 0
	}
}

// emit hands on a part of an epoch.
func (l *loop) emit(epoch int, part span, emit pipeline.Emit[ticket]) error {
	at := l.order.epoch(epoch)
	for i := part.from; i < part.to; i++ {
		row, n := at(i)
		it := l.data.item(row)
		it.First, it.Clips, it.Total = n, 1, max(l.order.clips, 1)
		if err := emit(ticket{it, row}); err != nil {
			return err
		}
	}
	return nil
}
