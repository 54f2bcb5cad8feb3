package feed

import (
	"context"
	"fmt"

	"vidcsl/decode/clip"
	"vidcsl/model"
	"vidcsl/pipeline"
)

// collator fills batches with samples as they come. Samples come in the order of the tickets, so it walks along the same order:
// what it passes over has failed.
type collator struct {
	*loop
	free    *ring
	epoch   int
	at      func(i int) (row, clip int)
	part    span // of the epoch, that the graph makes
	item    int  // the next one to expect
	lost    int  // of this epoch
	last    Failure
	batches int // of this epoch
	b       *batch
}

// collate is the factory of the stage.
func (l *loop) collate() (pipeline.Stage[*clip.Sample, *batch], error) {
	views := l.planner.Views
	c := &collator{loop: l, free: &ring{views: views, n: l.opt.Batch, shape: l.info.Shape}}
	c.begin(l.start)
	return c, nil
}

func (c *collator) begin(at model.Cursor) {
	c.epoch, c.at, c.part, c.item = at.Epoch, c.order.epoch(at.Epoch), c.order.span(at.Item, c.opt.Batch), at.Item
	c.lost, c.batches, c.last = 0, 0, Failure{}
}

// Process implements pipeline.Stage.
func (c *collator) Process(ctx context.Context, in *clip.Sample, emit pipeline.Emit[*batch]) error {
	for c.item < c.part.to || c.order.clips == 0 {
		if c.item == c.part.to {
			if err := c.finish(ctx, emit); err != nil {
				return err
			}
			c.begin(model.Cursor{Epoch: c.epoch + 1})
		}
		row, found, err := c.expect(in)
		if err != nil {
			return err
		}
		if found {
			return c.add(row, in, emit)
		}
	}
	return fmt.Errorf("feed: %s is not of the epoch's order", in.Plan.Key)
}

// expect passes one item of the order and reports whether in is the one; if not, it has failed.
func (c *collator) expect(in *clip.Sample) (row int, found bool, err error) {
	row, n := c.at(c.item)
	if c.data.item(row).Key(n) != in.Plan.Key {
		return row, false, c.miss()
	}
	c.item++
	return row, true, nil
}

// miss passes one item of the order that has failed.
func (c *collator) miss() error {
	row, n := c.at(c.item)
	missed := c.failed.missed(c.data.item(row).Key(n))
	c.item++
	if c.failed.damaged(missed) {
		c.onLost(c.data.sample(row))
		return nil
	}
	c.last = missed
	c.lost++
	if most := c.opt.allowed(c.order.len()); c.lost > most {
		return c.fault(fmt.Sprintf("more than %d, the share of %v allowed (max_failures)", most, c.opt.MaxFailures))
	}
	return nil
}

// missUntil passes all items up to one.
func (c *collator) missUntil(item int) error {
	for c.item < item {
		if err := c.miss(); err != nil {
			return err
		}
	}
	return nil
}

func (c *collator) fault(reason string) error {
	return &LostError{Epoch: c.epoch, Lost: c.lost, Clips: c.order.len(), Reason: reason, Last: c.last}
}

// add copies a sample into the batch, and hands the batch on when it is full.
func (c *collator) add(row int, in *clip.Sample, emit pipeline.Emit[*batch]) error {
	if c.b == nil {
		c.b = c.free.get()
	}
	if err := c.b.add(in, c.data.sample(row)); err != nil {
		return err
	}
	if c.b.filled < c.opt.Batch {
		return nil
	}
	return c.hand(emit)
}

func (c *collator) hand(emit pipeline.Emit[*batch]) error {
	b := c.b
	c.b = nil
	c.batches++
	b.seal(c.order.next(c.epoch, c.item, c.opt.Batch))
	return emit(b)
}

// finish ends an epoch. Where clips have failed, the last batch is filled from what was left over, if that can be enough.
func (c *collator) finish(ctx context.Context, emit pipeline.Emit[*batch]) error {
	if c.b != nil && c.b.filled+c.order.len()-c.part.to >= c.opt.Batch {
		if err := c.fill(ctx, emit); err != nil {
			return err
		}
	}
	if c.batches == 0 && c.part.from == 0 {
		return c.fault(fmt.Sprintf("the others do not fill a batch of %d", c.opt.Batch))
	}
	if c.b != nil {
		c.b.Release()
		c.b = nil
	}
	return nil
}

// fill makes the items that were left over, by a graph of its own, until the batch is full.
func (c *collator) fill(ctx context.Context, emit pipeline.Emit[*batch]) error {
	g := pipeline.NewGraph()
	rest := c.loop.samples(g, 1, func(_ context.Context, emit pipeline.Emit[ticket]) error {
		return c.emit(c.epoch, span{c.part.to, c.order.len()}, emit)
	})
	for in, err := range pipeline.Pull(ctx, rest, "fill") {
		for err == nil {
			var row int
			var found bool
			if row, found, err = c.expect(in); found {
				err = c.add(row, in, emit)
				break
			}
		}
		if err != nil || c.b == nil {
			return err
		}
	}
	return c.missUntil(c.order.len())
}

// Flush implements pipeline.Flusher: the last batch of a single epoch.
func (c *collator) Flush(_ context.Context, emit pipeline.Emit[*batch]) error {
	if err := c.missUntil(c.part.to); err != nil {
		return err
	}
	if c.b == nil {
		return nil
	}
	return c.hand(emit)
}

// Close frees what is held back.
func (c *collator) Close() error {
	if c.b != nil {
		c.b.Release()
		c.b = nil
	}
	return nil
}

var _ pipeline.Flusher[*batch] = (*collator)(nil)
