package pipeline

import "context"

// Into ends a branch with sink, which is called with one value at a time, in the
// order of the port. The value is borrowed for the call; to keep it, Retain. A
// value counts as delivered, for Graph.Position, when sink has returned nil. A
// failure or panic ends the run with a *StageError.
func Into[T any](in *Port[T], name string, sink func(ctx context.Context, v T) error) {
	g := in.g
	nd := g.add(name, KindSink, newConfig(nil))
	g.claim(name)
	src := in.take(nd)
	at := in.lane.sink(name)
	g.tasks = append(g.tasks, func(ctx context.Context) error {
		clk := nd.meter.clock()
		defer clk.to(idle)
		for {
			pk, ok, err := src.recv(ctx, clk)
			if err != nil {
				return err
			}
			if !ok {
				at.end()
				return nil
			}
			clk.to(busy)
			if pk.mark {
				at.reach(pk.n)
				continue
			}
			if at.delivered(pk.n) {
				src.life.release(pk.v)
				continue
			}
			seq := nd.meter.in.Load()
			nd.meter.took(pk.bytes)
			if err := deliver(ctx, src, sink, pk.v); err != nil {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				return stageError(name, seq, keyOf(pk.v), err)
			}
			at.advance()
		}
	})
}

func deliver[T any](ctx context.Context, src *outlet[T], sink func(context.Context, T) error, v T) error {
	defer src.life.release(v)
	return try(func() error { return sink(ctx, v) })
}
