package pipeline

import (
	"context"
	"iter"
)

// Pull ends a branch with a loop, which runs the graph:
//
//	for v, err := range pipeline.Pull(ctx, port, "train") {
//		if err != nil {
//			return err
//		}
//		…
//	}
//
// The loop's body is the sink of the name given here. It is called with one value at a time, in the order of the port, on the
// goroutine of the loop; the graph works ahead in goroutines of its own. A value is borrowed until the next turn; to keep it,
// Retain. It counts as delivered, for Graph.Position, when the body is done with it, also where that leaves the loop.
//
// The graph must be complete but for this end. It starts when the loop does and is over, with every goroutine returned and every
// value released, when the loop is: leaving it early cancels the run and waits for its end. A failure, or the cause of
// ctx's cancellation, is the last element, with the zero value. A graph runs once: a second loop gets ErrRanBefore.
func Pull[T any](ctx context.Context, in *Port[T], name string) iter.Seq2[T, error] {
	p := &puller[T]{turns: make(chan T), done: make(chan struct{})}
	Into(in, name, p.sink)
	return func(yield func(T, error) bool) {
		if err := p.loop(ctx, in.g, yield); err != nil {
			yield(*new(T), err)
		}
	}
}

// puller hands values from the sink of a graph to a loop.
type puller[T any] struct {
	turns chan T
	done  chan struct{} // the body is done with a value
}

func (p *puller[T]) sink(ctx context.Context, v T) error {
	select {
	case p.turns <- v:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	<-p.done // loop sends it on every path
	return nil
}

// loop runs g until its end and returns its error, or nil where the body left.
func (p *puller[T]) loop(ctx context.Context, g *Graph, yield func(T, error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	over := false
	defer func() { // also when the body panics
		cancel()
		if !over {
			<-ended
		}
	}()
	for {
		select {
		case v := <-p.turns:
			if !p.turn(v, yield) {
				return nil
			}
		case err := <-ended:
			over = true
			return err
		}
	}
}

// turn gives the body one value, and the value back when the body has returned, even by a panic.
func (p *puller[T]) turn(v T, yield func(T, error) bool) bool {
	defer func() { p.done <- struct{}{} }()
	return yield(v, nil)
}
