package pipeline

import (
	"context"

	"github.com/sourcegraph/conc/pool"
)

// Merge joins ports of one type and one graph in order of arrival, which depends
// on timing; so the graph has no Position. It hands values on as they are. Merge
// of no ports panics.
func Merge[T any](name string, ins ...*Port[T]) *Port[T] {
	if len(ins) == 0 {
		panic("pipeline: Merge of no ports")
	}
	g, c := ins[0].g, newConfig(nil)
	nd := g.add(name, KindMerge, c)
	srcs := make([]*outlet[T], len(ins))
	for i, in := range ins {
		if in.g != g {
			g.misuse("merge %q: port %q belongs to another graph", name, in.name)
			in.g.misuse("output of %q is merged into another graph", in.name)
		}
		srcs[i] = in.take(nd)
		if in.lane != nil {
			in.lane.lose("merge " + name + " joins in order of arrival")
		}
	}
	p := newPort[T](g, nd, name, nil, c)
	nd.meter.workers.Store(int64(len(ins)))
	g.tasks = append(g.tasks, func(ctx context.Context) error {
		arms := pool.New().WithErrors().WithFirstError()
		for _, src := range srcs {
			arms.Go(func() error {
				return g.fail(try(func() error { return pour(ctx, nd, src, p.outlet) }))
			})
		}
		if err := arms.Wait(); err != nil {
			return err
		}
		close(p.ch)
		return nil
	})
	return p
}

// pour moves the values of src to out until src ends.
func pour[T any](ctx context.Context, nd *node, src, out *outlet[T]) error {
	clk := nd.meter.clock()
	defer clk.to(idle)
	for {
		pk, ok, err := src.recv(ctx, clk)
		if err != nil || !ok {
			return err
		}
		clk.to(busy)
		if pk.mark {
			continue
		}
		nd.meter.took(pk.bytes)
		if err := out.send(ctx, clk, pk); err != nil {
			return err
		}
		nd.meter.gave(pk.bytes)
	}
}
