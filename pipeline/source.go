package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
)

// From starts a graph at src, which emits values until it returns. The engine owns
// each value from emit on. In a resumed run src starts from its beginning, and what
// it emits again is released at once; FromState continues where it was. A failure
// ends the run with a *StageError whose Seq is the number of values emitted.
func From[T any](g *Graph, name string, src func(ctx context.Context, emit Emit[T]) error) *Port[T] {
	return source(g, name, nil, func(ctx context.Context, s *emitter[T]) error {
		return src(ctx, func(v T) error { return s.emit(v, nil) })
	})
}

// FromState starts a graph at a source that can continue from a cursor: the zero
// C at first, and in a resumed run the cursor that was emitted with the last item
// not to be repeated. next is the cursor after v. A cursor is a value (nothing it
// points to changes later) that encoding/json writes and reads back.
func FromState[T, C any](g *Graph, name string, src func(ctx context.Context, from C, emit func(v T, next C) error) error, opts ...Option) *Port[T] {
	return source(g, name, opts, func(ctx context.Context, s *emitter[T]) error {
		var from C
		if raw := s.lane.restored.Cursor; len(raw) > 0 {
			if err := json.Unmarshal(raw, &from); err != nil {
				return fmt.Errorf("cursor of a saved position: %w", err)
			}
			s.n = s.lane.restored.Items
		}
		return src(ctx, from, func(v T, next C) error { return s.emit(v, next) })
	})
}

// emitter numbers what a source emits.
type emitter[T any] struct {
	ctx  context.Context
	out  *outlet[T]
	clk  *clock
	lane *lane
	n    uint64 // number of the next item
}

func source[T any](g *Graph, name string, opts []Option, run func(context.Context, *emitter[T]) error) *Port[T] {
	c := newConfig(opts)
	if c.workers != 1 || c.unordered || c.policy != Fail {
		g.misuse("source %q: only Window, Budget and SizeBy apply to a source", name)
	}
	n := g.add(name, KindSource, c)
	l := newLane(g, n)
	p := newPort[T](g, n, name, l, c)
	s := &emitter[T]{out: p.outlet, lane: l}
	g.tasks = append(g.tasks, func(ctx context.Context) error {
		s.ctx, s.clk = ctx, n.meter.clock()
		defer s.clk.to(idle)
		s.clk.to(busy)
		if err := try(func() error { return run(ctx, s) }); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return stageError(name, n.meter.out.Load(), "", err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		close(p.ch)
		return nil
	})
	return p
}

func (s *emitter[T]) emit(v T, next any) error {
	n := s.n
	s.n++
	if n < s.lane.restored.Items { // delivered by an earlier run
		s.out.life.release(v)
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		return nil
	}
	s.lane.emitted(n, next)
	pk := packet[T]{v: v, n: n, bytes: s.out.life.bytes(v)}
	if err := s.out.send(s.ctx, s.clk, pk); err != nil {
		return err
	}
	s.out.meter.gave(pk.bytes)
	return nil
}

// Each returns a source for From that emits the values in order. They must not need a release: what is not emitted when
// a run ends early is dropped.
func Each[T any](values []T) func(context.Context, Emit[T]) error {
	return func(_ context.Context, emit Emit[T]) error {
		for _, v := range values {
			if err := emit(v); err != nil {
				return err
			}
		}
		return nil
	}
}
