package pipeline

import (
	"context"
	"sync"
	"sync/atomic"
)

// Port is the output of a stage. It has exactly one consumer; two, or none, is an
// error from Run. A Port is used to build a graph, by one goroutine.
type Port[T any] struct {
	g    *Graph
	node *node // the stage it belongs to
	name string
	lane *lane // the source it descends from, in order; nil if order depends on timing
	*outlet[T]
}

// packet is one value on its way, with the number of the source item it comes
// from. On an ordered port these numbers never fall. A packet without a value is
// a mark: every value of items below n has passed.
type packet[T any] struct {
	v     T
	n     uint64
	bytes int64
	mark  bool
}

// outlet is the queue behind a Port, with its byte budget.
type outlet[T any] struct {
	ch     chan packet[T]
	life   life[T]
	meter  *meter
	queued atomic.Int64 // bytes in ch
	stop   atomic.Bool  // the run is over

	budget   int64
	mu       sync.Mutex
	moved    sync.Cond // bytes left, the head of a ring moved, or the run stopped
	sleepers int
	held     int64 // bytes waiting for their turn in the stage's ring
}

func newPort[T any](g *Graph, n *node, name string, l *lane, c config) *Port[T] {
	o := &outlet[T]{ch: make(chan packet[T], c.queue()), life: lifeOf[T](), meter: &n.meter, budget: c.budget}
	o.moved.L = &o.mu
	if c.size != nil {
		f, ok := c.size.(func(T) int64)
		if !ok {
			g.misuse("stage %q: SizeBy takes %T, but its outputs are %T", n.name, c.size, *new(T))
		}
		o.life.size = f
	}
	if c.budget > 0 && o.life.size == nil && !o.life.sized {
		g.misuse("stage %q: Budget needs values with ByteSize, or SizeBy; %T has none", n.name, *new(T))
	}
	g.claim(name)
	g.open[name] = true
	g.wakers = append(g.wakers, o.wake)
	g.drains = append(g.drains, o.drain)
	n.queues = append(n.queues, func() (int, int, int64) {
		return len(o.ch), cap(o.ch), o.queued.Load()
	})
	return &Port[T]{g: g, node: n, name: name, lane: l, outlet: o}
}

// take hands the port to its consumer n.
func (p *Port[T]) take(n *node) *outlet[T] {
	if !p.g.open[p.name] {
		p.g.misuse("output of %q has two consumers; use Tee", p.name)
	}
	p.g.open[p.name] = false
	n.from = append(n.from, p.node)
	return p.outlet
}

// send queues v, waiting while the queue or the budget is full. It takes
// ownership of pk.v in every case.
func (o *outlet[T]) send(ctx context.Context, clk *clock, pk packet[T]) error {
	if ctx.Err() != nil || !o.reserve(clk, pk.bytes) {
		o.life.release(pk.v)
		return context.Cause(ctx)
	}
	select {
	case o.ch <- pk:
		return nil
	default:
	}
	was := clk.to(blocked)
	defer clk.to(was)
	select {
	case o.ch <- pk:
		return nil
	case <-ctx.Done():
		o.queued.Add(-pk.bytes)
		o.life.release(pk.v)
		return context.Cause(ctx)
	}
}

// reserve counts size more bytes as queued, waiting while they do not fit; false
// if the run is over. It never waits on an empty queue, so what is next in order
// always gets through.
func (o *outlet[T]) reserve(clk *clock, size int64) bool {
	if o.budget == 0 {
		if size != 0 {
			o.queued.Add(size)
		}
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.stop.Load() && o.queued.Load() > 0 && o.queued.Load()+o.held+size > o.budget {
		o.sleep(clk)
	}
	if o.stop.Load() {
		return false
	}
	o.queued.Add(size)
	return true
}

// sleep waits for moved, counted as blocked; o.mu is held.
func (o *outlet[T]) sleep(clk *clock) {
	was := clk.to(blocked)
	o.sleepers++
	o.moved.Wait()
	o.sleepers--
	clk.to(was)
}

// mark says that all values of items below n have passed, if there is room: a
// mark that is lost only lets a position lag.
func (o *outlet[T]) mark(n uint64) {
	select {
	case o.ch <- packet[T]{n: n, mark: true}:
	default:
	}
}

// recv returns the next packet; false at the end of the input.
func (o *outlet[T]) recv(ctx context.Context, clk *clock) (packet[T], bool, error) {
	if ctx.Err() != nil { // select below need not look at ctx while there is input
		return packet[T]{}, false, context.Cause(ctx)
	}
	select {
	case pk, ok := <-o.ch:
		o.taken(pk, ok)
		return pk, ok, nil
	default:
	}
	clk.to(waiting)
	select {
	case pk, ok := <-o.ch:
		o.taken(pk, ok)
		return pk, ok, nil
	case <-ctx.Done():
		return packet[T]{}, false, context.Cause(ctx)
	}
}

func (o *outlet[T]) taken(pk packet[T], ok bool) {
	if !ok || pk.mark {
		return
	}
	if pk.bytes != 0 {
		o.queued.Add(-pk.bytes)
	}
	if o.budget > 0 {
		o.mu.Lock()
		if o.sleepers > 0 {
			o.moved.Broadcast()
		}
		o.mu.Unlock()
	}
}

// wake ends every wait: the run is over.
func (o *outlet[T]) wake() {
	o.mu.Lock()
	o.stop.Store(true)
	o.moved.Broadcast()
	o.mu.Unlock()
}

// drain releases what is left; all goroutines have returned.
func (o *outlet[T]) drain() {
	for {
		select {
		case pk, ok := <-o.ch:
			if !ok {
				return
			}
			if !pk.mark {
				o.life.release(pk.v)
			}
		default:
			return
		}
	}
}
