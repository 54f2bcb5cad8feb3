package pipeline

import "context"

// Emit hands v downstream. It takes ownership of v in every case, also when it
// returns an error: never Release v after Emit. It blocks while the output is
// full and returns the cause as soon as the run is cancelled; a stage returns
// that error as it is. One goroutine at a time may call it, and only until the
// call it was passed to has returned.
type Emit[T any] func(v T) error

// Stage turns one input into zero or more outputs.
//
// in is borrowed for the call: the engine releases it afterwards on every path,
// so a stage that keeps it calls Retain. A stage never changes in, others may
// read it. What a stage builds is its own until emit.
//
// One value is used by one worker at a time (see Factory), so Process, Flush and
// Close need no locks, though they may run on different goroutines. Process
// returns soon after ctx is done; a stage that ignores ctx holds up the end of
// the run for as long as it works, because Run never leaves a goroutine behind.
//
// A stage whose output depends on earlier inputs implements Holder or Saver,
// or a position saved by Graph.Position will not restore it.
type Stage[In, Out any] interface {
	Process(ctx context.Context, in In, emit Emit[Out]) error
}

// StageFunc is a Stage made of one function, which must be safe for concurrent
// use if it is shared by several workers.
type StageFunc[In, Out any] func(ctx context.Context, in In, emit Emit[Out]) error

// Process calls f.
func (f StageFunc[In, Out]) Process(ctx context.Context, in In, emit Emit[Out]) error {
	return f(ctx, in, emit)
}

// Flusher is implemented by a stage that holds values back. Flush is called once
// after the last input, on success only; what the stage still holds after a
// failure is released by its Close. An ordered Flusher runs with one worker,
// since what each of several workers holds would depend on timing.
type Flusher[Out any] interface {
	Flush(ctx context.Context, emit Emit[Out]) error
}

// Holder is implemented by a stage that says how many inputs it holds back at
// present. Zero means that it is as good as new, so a run may be resumed there.
// A Flusher without it is taken to hold something from its first input on: a
// resumed run then starts again at the first item (and still delivers only the
// rest). A Holder runs with one worker.
type Holder interface {
	Held() int
}

// Saver is implemented by a stage whose state can be saved and restored, such as
// a running mean or a shuffle buffer of keys. SaveState is called between inputs
// (see SaveEvery), RestoreState before the first one of a resumed run. A Saver
// runs with one worker.
type Saver interface {
	SaveState() ([]byte, error)
	RestoreState(state []byte) error
}

// Keyed is implemented by values that have a name of their own. StageError and
// Skipped carry it.
type Keyed interface {
	ItemKey() string
}

// Sizer is implemented by values that know their size in bytes, for Budget and
// the byte counters. ByteSize is called once per hop and must not change while
// the value is in the graph.
type Sizer interface {
	ByteSize() int64
}

// Factory makes one Stage per worker, on the worker's goroutine, before its
// first input. If the stage is an io.Closer, the engine closes it once when the
// stage is over, on every path.
type Factory[In, Out any] func() (Stage[In, Out], error)

// Shared uses one stage for all workers; s must be safe for concurrent use. If s
// is a Flusher or an io.Closer it is still flushed and closed once.
func Shared[In, Out any](s Stage[In, Out]) Factory[In, Out] {
	return func() (Stage[In, Out], error) { return s, nil }
}
