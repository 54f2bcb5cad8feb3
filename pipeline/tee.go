package pipeline

import (
	"context"
	"fmt"
)

// Tee gives each of n branches every value, with a reference of its own: values
// with Release need Retain too. The slowest branch sets the pace. The ports are
// named name.0, name.1 and so on.
//
// Do not join branches again by pairing: if one of them batches or filters, the
// other one fills up and both stand still. Two views of one item are one value
// from one stage.
func Tee[T any](in *Port[T], name string, n int) []*Port[T] {
	g, c := in.g, newConfig(nil)
	nd := g.add(name, KindTee, c)
	g.claim(name)
	if n < 1 {
		g.misuse("tee %q: %d branches", name, n)
		n = 0
	}
	src := in.take(nd)
	ports := make([]*Port[T], n)
	for i := range ports {
		ports[i] = newPort[T](g, nd, fmt.Sprintf("%s.%d", name, i), in.lane, c)
	}
	g.tasks = append(g.tasks, func(ctx context.Context) error {
		clk := nd.meter.clock()
		defer clk.to(idle)
		for {
			pk, ok, err := src.recv(ctx, clk)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			clk.to(busy)
			if pk.mark {
				for _, p := range ports {
					p.mark(pk.n)
				}
				continue
			}
			if err := spread(ctx, clk, nd, ports, pk); err != nil {
				return err
			}
		}
		for _, p := range ports {
			close(p.ch)
		}
		return nil
	})
	return ports
}

// spread sends pk to all ports.
func spread[T any](ctx context.Context, clk *clock, nd *node, ports []*Port[T], pk packet[T]) error {
	seq := nd.meter.in.Load()
	nd.meter.took(pk.bytes)
	o := ports[0].outlet
	if o.life.owned || o.life.deep {
		for i := 1; i < len(ports); i++ {
			if err := retain(pk.v); err != nil {
				o.life.release(pk.v)
				return stageError(nd.name, seq, keyOf(pk.v), err)
			}
		}
	}
	for i, p := range ports {
		if err := p.send(ctx, clk, pk); err != nil {
			for range len(ports) - 1 - i {
				o.life.release(pk.v)
			}
			return err
		}
		nd.meter.gave(pk.bytes)
	}
	return nil
}
