package pipeline

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// balanceEvery is how often workers of Auto stages are moved.
const balanceEvery = 100 * time.Millisecond

// crew says how many of a stage's workers may work. For a fixed number that is
// all of them; for Auto it changes during the run.
type crew struct {
	node    *node
	auto    bool
	fixed   int // workers, unless auto
	share   int // workers of an Auto crew to begin with
	allowed atomic.Int64
	ended   atomic.Bool

	mu      sync.Mutex
	changed sync.Cond
	stop    bool
	opened  bool // the first stage is made
	pinned  bool // Auto, but the stage holds values back
	last    [states]time.Duration
}

func newCrew(g *Graph, n *node, c config) *crew {
	w := &crew{node: n, auto: c.workers == Auto, fixed: c.workers, share: 1}
	w.changed.L = &w.mu
	w.allowed.Store(int64(c.workers))
	if w.auto {
		w.allowed.Store(1) // until its first stage is made
		g.autos = append(g.autos, w)
	}
	g.wakers = append(g.wakers, w.halt)
	return w
}

// alone reports whether the crew is, or can be kept, at one worker.
func (w *crew) alone() bool { return w.auto || w.fixed == 1 }

// admit waits until worker i may work; false if the input ended or the run stopped.
func (w *crew) admit(i int, clk *clock) bool {
	if int64(i) < w.allowed.Load() {
		return !w.ended.Load()
	}
	clk.to(idle)
	w.mu.Lock()
	defer w.mu.Unlock()
	for int64(i) >= w.allowed.Load() && !w.stop && !w.ended.Load() {
		w.changed.Wait()
	}
	return !w.stop && !w.ended.Load()
}

// ready is called when a worker has its stage; the first one opens an Auto crew.
func (w *crew) ready(pinned bool) {
	if !w.auto {
		return
	}
	w.mu.Lock()
	first := !w.opened
	w.opened, w.pinned = true, pinned
	w.mu.Unlock()
	if first && !pinned {
		w.set(w.share)
	}
}

// set changes the number of workers.
func (w *crew) set(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed.Store(int64(n))
	if !w.ended.Load() {
		w.node.meter.workers.Store(int64(n))
	}
	w.changed.Broadcast()
}

func (w *crew) over() bool { return w.ended.Load() }

func (w *crew) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended.Store(true)
	w.changed.Broadcast()
}

func (w *crew) halt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stop = true
	w.changed.Broadcast()
}

// deal gives every Auto stage its first share of most workers.
func (g *Graph) deal(most int) {
	for _, w := range g.autos {
		w.share = max(1, most/len(g.autos))
	}
}

// balance moves workers between the Auto stages until the run is over.
func (g *Graph) balance(ctx context.Context, over <-chan struct{}) {
	if len(g.autos) == 0 {
		return
	}
	tick := time.NewTicker(balanceEvery)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			g.move(runtime.GOMAXPROCS(0))
		}
	}
}

// demand is what one Auto stage did since the last look.
type demand struct {
	crew    *crew
	workers int
	load    float64 // mean number of busy workers
}

// move gives one more worker to the stage whose workers are busiest, from the pool
// of most in all, or else from a stage that keeps up with one less.
func (g *Graph) move(most int) {
	var all []demand
	total := 0
	for _, w := range g.autos {
		d, movable := w.measure()
		total += d.workers
		if movable {
			all = append(all, d)
		}
	}
	to, from := choose(all, total < most)
	if to == nil {
		return
	}
	g.dealing.Lock()
	if from != nil {
		from.crew.set(from.workers - 1)
	}
	to.crew.set(to.workers + 1)
	g.dealing.Unlock()
	if from != nil {
		g.log.Debug("worker taken", "stage", from.crew.node.name, "workers", from.workers-1)
	}
	g.log.Debug("worker added", "stage", to.crew.node.name, "workers", to.workers+1)
}

// measure returns the work of one stage since the last call; false if its number
// of workers stays as it is.
func (w *crew) measure() (demand, bool) {
	t, _ := w.node.meter.times()
	var d [states]time.Duration
	for s := range t {
		d[s] = t[s] - w.last[s]
	}
	w.last = t
	w.mu.Lock()
	pinned, opened := w.pinned, w.opened
	w.mu.Unlock()
	n := int(w.allowed.Load())
	if !opened {
		return demand{workers: w.share}, false // which it is about to get
	}
	all := d[busy] + d[waiting] + d[blocked]
	if w.ended.Load() {
		return demand{}, false
	}
	if pinned || all <= 0 {
		return demand{workers: n}, false
	}
	return demand{crew: w, workers: n, load: float64(n) * float64(d[busy]) / float64(all)}, true
}

// choose picks the stage to grow, if its workers are busy at least 80 % of the
// time, and, unless there is a free worker, the one to take from: the one least
// busy, if one worker fewer would still be busy less than 80 %.
func choose(all []demand, free bool) (to, from *demand) {
	const high = 0.8
	for i := range all {
		d := &all[i]
		if d.load >= high*float64(d.workers) && (to == nil || d.load/float64(d.workers) > to.load/float64(to.workers)) {
			to = d
		}
	}
	if to == nil || free {
		return to, nil
	}
	for i := range all {
		d := &all[i]
		if d == to || d.workers == 1 || d.load >= high*float64(d.workers-1) {
			continue
		}
		if from == nil || d.load/float64(d.workers) < from.load/float64(from.workers) {
			from = d
		}
	}
	if from == nil {
		return nil, nil
	}
	return to, from
}
