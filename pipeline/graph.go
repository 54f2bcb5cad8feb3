package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/pool"
)

// Graph is a set of joined stages. It is built by one goroutine, runs once, and
// may be watched (Stats, Bottleneck, Position, Collector) by any.
type Graph struct {
	log    *slog.Logger
	onSkip func(Skipped)
	skipMu sync.Mutex
	every  uint64

	nodes  []*node
	lanes  []*lane
	names  map[string]bool
	open   map[string]bool // ports without a consumer
	errs   []error
	resume *Position

	tasks   []func(context.Context) error
	autos   []*crew
	dealing sync.Mutex // held while a worker moves from one stage to another
	wakers  []func()
	drains  []func()
	ran     atomic.Bool
	cancel  context.CancelCauseFunc
}

// node is one box of the graph.
type node struct {
	name   string
	kind   Kind
	from   []*node
	config config
	meter  meter
	queues []func() (values, room int, bytes int64)
}

// GraphOption changes a graph.
type GraphOption func(*Graph)

// Logger sets where the graph logs: skips at level Warn, moves of workers at
// level Debug. The default is silence; what fails is returned by Run.
func Logger(l *slog.Logger) GraphOption { return func(g *Graph) { g.log = l } }

// SaveEvery sets after how many source items the state of a Saver is saved; the
// default is 64. A resumed run works again on at most that many. With a Batch in
// the graph, a multiple of its size lets both agree.
func SaveEvery(items int) GraphOption {
	return func(g *Graph) {
		if items < 1 {
			g.misuse("SaveEvery(%d): want at least 1", items)
			return
		}
		g.every = uint64(items)
	}
}

// NewGraph makes an empty graph.
func NewGraph(opts ...GraphOption) *Graph {
	g := &Graph{log: slog.New(slog.DiscardHandler), names: map[string]bool{}, open: map[string]bool{}, every: 64}
	for _, o := range opts {
		o(g)
	}
	return g
}

// OnSkip sets the function that is told of every input skipped under OnError(Skip)
// or Retry(n).ThenSkip().
//
// On an ordered stage the call for input n returns before any output of an input
// after n leaves that stage; so a sink that sees an item knows of every skip
// before it. Calls are serialised, also those of different stages. f must not
// wait for the graph; a panic in it ends the run. It is called again for an item
// that a resumed run works on again.
func (g *Graph) OnSkip(f func(Skipped)) { g.onSkip = f }

func (g *Graph) misuse(format string, args ...any) {
	g.errs = append(g.errs, fmt.Errorf("pipeline: "+format, args...))
}

// claim reserves the name of a node or port.
func (g *Graph) claim(name string) {
	if name == "" {
		g.misuse("a stage has no name")
	} else if g.names[name] {
		g.misuse("name %q used twice", name)
	}
	g.names[name] = true
}

func (g *Graph) add(name string, kind Kind, c config) *node {
	n := &node{name: name, kind: kind, config: c}
	n.meter.workers.Store(int64(max(c.workers, 1)))
	for _, err := range c.errs {
		g.misuse("stage %q: %w", name, err)
	}
	g.nodes = append(g.nodes, n)
	return n
}

func (g *Graph) skipped(s Skipped) error {
	g.skipMu.Lock()
	defer g.skipMu.Unlock()
	return try(func() error {
		g.log.Warn("item skipped", "stage", s.Stage, "seq", s.Seq, "key", s.Key, "error", s.Err)
		if g.onSkip != nil {
			g.onSkip(s)
		}
		return nil
	})
}

// check returns everything that is wrong with the graph.
func (g *Graph) check() error {
	loose := make([]string, 0, len(g.open))
	for name, open := range g.open {
		if open {
			loose = append(loose, name)
		}
	}
	slices.Sort(loose)
	for _, name := range loose {
		g.misuse("output of %q has no consumer", name)
	}
	if len(g.nodes) == 0 {
		g.misuse("the graph is empty")
	}
	if g.resume != nil && len(g.errs) == 0 {
		if err := g.restore(*g.resume); err != nil {
			g.errs = append(g.errs, err)
		}
	}
	return errors.Join(g.errs...)
}

// Run runs the graph to its end and returns nil, or the first failure, which is a
// *StageError, or the cause of ctx's cancellation. A graph that is put together
// wrongly is reported, with all that is wrong, before anything starts. When Run
// returns, no goroutine of the graph is left, every stage is closed, and every
// value that was in the graph is released. It returns as soon as each stage's
// present call does, which is within milliseconds if the stages heed ctx.
func (g *Graph) Run(ctx context.Context) error {
	if g.ran.Swap(true) {
		return ErrRanBefore
	}
	if err := g.check(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	g.cancel = cancel
	g.deal(runtime.GOMAXPROCS(0))
	over := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() { g.watch(ctx, over) })

	// Not a ContextPool: its tasks get a context of its own, which is cancelled a
	// moment after ctx, so that a task woken in between would take the end of the
	// run for the end of its input.
	p := pool.New().WithErrors().WithFirstError()
	for _, t := range g.tasks {
		p.Go(func() error { return g.guard(func() error { return t(ctx) }) })
	}
	err := p.Wait()
	close(over)
	watch.Wait()
	for _, drain := range g.drains {
		drain()
	}
	for _, n := range g.nodes {
		n.meter.workers.Store(0)
	}
	if cause := context.Cause(ctx); err != nil || errors.Is(cause, errGoexit) {
		return cause
	}
	return nil
}

// guard runs f at the top of a goroutine: an error, a panic or a runtime.Goexit of f ends the run.
func (g *Graph) guard(f func() error) error {
	returned := false
	defer func() {
		if !returned { // nothing can be returned any more
			g.fail(errGoexit)
		}
	}()
	err := g.fail(try(f))
	returned = true
	return err
}

// fail ends the run if err is not nil; the first error is the one Run returns.
func (g *Graph) fail(err error) error {
	if err != nil {
		g.cancel(err)
	}
	return err
}

// watch balances the workers and wakes the sleepers when the run is cancelled.
func (g *Graph) watch(ctx context.Context, over <-chan struct{}) {
	g.balance(ctx, over)
	select {
	case <-over:
	case <-ctx.Done():
		for _, wake := range g.wakers {
			wake()
		}
	}
}
