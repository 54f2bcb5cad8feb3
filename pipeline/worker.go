package pipeline

import (
	"context"
)

// worker runs one stage value, one input at a time.
type worker[In, Out any] struct {
	*via[In, Out]
	ctx   context.Context // of this run; the worker lives no longer
	clk   *clock
	stage Stage[In, Out]
	state *holder // what the lane knows of this stage's state; nil if it has none
	t     ticket[In]
	kept  []packet[Out] // outputs of this attempt, under a policy that buffers
	emit  Emit[Out]
	call  func() error // Process on t, made once so that an item costs no closure
}

func (s *via[In, Out]) work(ctx context.Context, i int) error {
	w := &worker[In, Out]{via: s, ctx: ctx, clk: s.node.meter.clock()}
	defer w.clk.to(idle)
	w.emit = w.give
	w.call = func() error { return w.stage.Process(w.ctx, w.t.v, w.emit) }
	for s.crew.admit(i, w.clk) {
		if w.stage == nil {
			if err := w.prepare(); err != nil {
				return err
			}
		}
		more, err := w.turn()
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (w *worker[In, Out]) prepare() (err error) {
	w.clk.to(busy)
	if w.stage, err = w.build(); err != nil {
		return err
	}
	_, flushes := w.stage.(Flusher[Out])
	w.join.Do(func() { w.state, err = w.lane.join(w.node.name, w.stage, flushes) })
	if err != nil {
		return stageError(w.node.name, 0, "", err)
	}
	w.crew.ready(w.ring != nil && (flushes || stateful(w.stage)))
	return nil
}

// turn works on one input; false at the end.
func (w *worker[In, Out]) turn() (bool, error) {
	var ok bool
	var err error
	if w.t, ok, err = w.take(w.ctx, w.clk); !ok || err != nil {
		return false, err
	}
	if w.state != nil {
		if err := w.lane.note(w.state, w.stage, w.t.n); err != nil {
			return false, stageError(w.node.name, w.t.seq, "", err)
		}
	}
	var skip *Skipped
	if !w.t.mark {
		if skip, err = w.process(); err != nil {
			return false, err
		}
	}
	switch {
	case w.ring != nil:
		err = w.ring.leave(w.ctx, w.clk, w.t.slot, skip)
	case skip != nil:
		err = w.via.skip(w.t.seq, skip)
	}
	return err == nil, err
}

// process calls Process as often as the policy says. The input is released on
// every path; with the outputs of a failed attempt dropped.
func (w *worker[In, Out]) process() (skip *Skipped, err error) {
	defer func() {
		v := w.t.v
		w.t.v = *new(In)
		w.src.life.release(v)
	}()
	policy := w.config.policy
	for attempt := 0; ; attempt++ {
		if err = try(w.call); err == nil {
			return nil, w.forward()
		}
		w.drop()
		if w.ctx.Err() != nil {
			return nil, context.Cause(w.ctx)
		}
		if attempt == policy.retries {
			break
		}
		w.node.meter.retried.Add(1)
	}
	key := keyOf(w.t.v)
	if policy.skip {
		return &Skipped{Stage: w.node.name, Seq: w.t.seq, Key: key, Err: err}, nil
	}
	return nil, stageError(w.node.name, w.t.seq, key, err)
}

// give is the worker's Emit.
func (w *worker[In, Out]) give(v Out) error {
	pk := packet[Out]{v: v, n: w.t.n, bytes: w.out.life.bytes(v)}
	if !w.config.policy.buffers() {
		return w.pass(pk)
	}
	if w.ctx.Err() != nil {
		w.out.life.release(v)
		return context.Cause(w.ctx)
	}
	w.kept = append(w.kept, pk)
	return nil
}

// pass hands on one output.
func (w *worker[In, Out]) pass(pk packet[Out]) (err error) {
	if w.ring == nil {
		err = w.out.send(w.ctx, w.clk, pk)
	} else {
		w.t.direct, err = w.ring.put(w.ctx, w.clk, w.t.slot, w.t.direct, pk)
	}
	if err == nil {
		w.node.meter.gave(pk.bytes)
	}
	return err
}

// forward hands on the outputs of a successful attempt.
func (w *worker[In, Out]) forward() (err error) {
	for i, pk := range w.kept {
		w.kept[i] = packet[Out]{}
		if err != nil {
			w.out.life.release(pk.v)
		} else {
			err = w.pass(pk)
		}
	}
	w.kept = w.kept[:0]
	return err
}

// drop releases the outputs of a failed attempt.
func (w *worker[In, Out]) drop() {
	for i, pk := range w.kept {
		w.kept[i] = packet[Out]{}
		w.out.life.release(pk.v)
	}
	w.kept = w.kept[:0]
}
