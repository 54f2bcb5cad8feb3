package pipeline

import (
	"context"
	"fmt"
)

// Map makes a stage that turns each input into one output. f must be safe for
// concurrent use. in is borrowed; the output is the graph's. To hand on the input
// itself, Retain it first.
func Map[In, Out any](f func(ctx context.Context, in In) (Out, error)) Factory[In, Out] {
	return Shared[In, Out](StageFunc[In, Out](func(ctx context.Context, in In, emit Emit[Out]) error {
		out, err := f(ctx, in)
		if err != nil {
			return err
		}
		return emit(out)
	}))
}

// Filter makes a stage that hands on the inputs for which keep is true, with a
// reference of their own. keep must be safe for concurrent use.
func Filter[T any](keep func(ctx context.Context, in T) (bool, error)) Factory[T, T] {
	return Shared[T, T](StageFunc[T, T](func(ctx context.Context, in T, emit Emit[T]) error {
		ok, err := keep(ctx, in)
		if err != nil || !ok {
			return err
		}
		if err := retain(in); err != nil {
			return err
		}
		return emit(in)
	}))
}

// FlatMap makes a stage from a function that emits any number of outputs. f must
// be safe for concurrent use.
func FlatMap[In, Out any](f func(ctx context.Context, in In, emit Emit[Out]) error) Factory[In, Out] {
	return Shared[In, Out](StageFunc[In, Out](f))
}

// Batch makes a stage that collects n inputs into one slice; the last one may be
// shorter. It holds inputs back, so it runs with one worker. The slice owns a
// reference to each element, and the engine releases it element by element.
func Batch[T any](n int) Factory[T, []T] {
	return func() (Stage[T, []T], error) {
		if n < 1 {
			return nil, fmt.Errorf("batch of %d items", n)
		}
		return &batch[T]{n: n}, nil
	}
}

type batch[T any] struct {
	n    int
	held []T
}

func (b *batch[T]) Process(_ context.Context, in T, emit Emit[[]T]) error {
	if err := retain(in); err != nil {
		return err
	}
	if b.held == nil {
		b.held = make([]T, 0, b.n)
	}
	if b.held = append(b.held, in); len(b.held) < b.n {
		return nil
	}
	return b.hand(emit)
}

func (b *batch[T]) Flush(_ context.Context, emit Emit[[]T]) error {
	if len(b.held) == 0 {
		return nil
	}
	return b.hand(emit)
}

func (b *batch[T]) hand(emit Emit[[]T]) error {
	full := b.held
	b.held = nil
	return emit(full)
}

func (b *batch[T]) Held() int { return len(b.held) }

func (b *batch[T]) Close() error {
	for _, v := range b.held {
		release(v)
	}
	b.held = nil
	return nil
}
