package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/sourcegraph/conc/panics"

	"vidcsl/pipeline"
)

var errEmit = errors.New("pipelinetest: the output is closed")

// trial is one way to use a stage by hand, without a graph.
type trial struct {
	emits  int // emit fails from this call on; negative for never
	cancel bool
	from   int    // first input
	state  []byte // to restore before it
}

// result is what a trial gave.
type result struct {
	outputs  []string
	err      error    // of the first call that failed
	panicked error    // if a call panicked
	after    int      // emits after one that failed
	clean    []int    // after how many inputs a new stage could go on, for a Holder or a stage without a state
	marks    []int    // how many outputs there were at that point
	states   [][]byte // the states at these points, for a Saver
}

// drive makes a stage and uses it on inputs as a worker would.
func (k *kit[In, Out]) drive(inputs []In, t trial) (r result) {
	caught := panics.Try(func() { r.err = k.use(inputs, t, &r) })
	r.panicked = caught.AsError()
	return r
}

func (k *kit[In, Out]) use(inputs []In, t trial, r *result) (err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	st, err := k.Factory()
	if err != nil {
		return fmt.Errorf("factory: %w", err)
	}
	defer func() {
		if c, ok := st.(io.Closer); ok {
			err = errors.Join(err, c.Close())
		}
	}()
	if s, ok := st.(pipeline.Saver); ok && t.state != nil {
		if err := s.RestoreState(t.state); err != nil {
			return err
		}
	}
	failed := false
	emit := func(v Out) error {
		defer release(v)
		if failed {
			r.after++
		}
		if t.emits >= 0 && len(r.outputs) >= t.emits {
			failed = true
			return errEmit
		}
		r.outputs = append(r.outputs, k.PrintOut(v))
		return nil
	}
	if t.cancel {
		cancel()
	}
	if err := note(st, t.from, r); err != nil {
		return err
	}
	for i := t.from; i < len(inputs); i++ {
		if err := st.Process(ctx, inputs[i], emit); err != nil {
			return err
		}
		if failed {
			return nil // it swallowed the error
		}
		if err := note(st, i+1, r); err != nil {
			return err
		}
	}
	if f, ok := st.(pipeline.Flusher[Out]); ok {
		return f.Flush(ctx, emit)
	}
	return nil
}

// note records that a new stage could go on after n inputs.
func note(st any, n int, r *result) error {
	var state []byte
	switch s := st.(type) {
	case pipeline.Saver:
		var err error
		if state, err = s.SaveState(); err != nil {
			return err
		}
		if state == nil {
			state = []byte{}
		}
	case pipeline.Holder:
		if s.Held() != 0 {
			return nil
		}
	}
	r.clean = append(r.clean, n)
	r.marks = append(r.marks, len(r.outputs))
	r.states = append(r.states, state)
	return nil
}

// graph runs inputs through the stage in a graph of its own.
func (k *kit[In, Out]) graph(ctx context.Context, inputs []In, endless bool, opts ...pipeline.Option) ([]string, error) {
	var outputs []string
	g := pipeline.NewGraph()
	src := pipeline.From(g, "inputs", func(_ context.Context, emit pipeline.Emit[In]) error {
		for i := 0; i < len(inputs) || endless && i >= 0; i++ {
			v := inputs[i%len(inputs)]
			retain(v)
			if err := emit(v); err != nil {
				return err
			}
		}
		return nil
	})
	out := pipeline.Via(src, "stage", k.Factory, opts...)
	pipeline.Into(out, "outputs", func(_ context.Context, v Out) error {
		if !endless {
			outputs = append(outputs, k.PrintOut(v))
		}
		return nil
	})
	err := g.Run(ctx)
	return outputs, err
}

// inputs makes the inputs; they are released at the end of the check.
func (k *kit[In, Out]) inputs(t testing.TB) []In {
	vs := k.Inputs()
	t.Cleanup(func() { releaseAll(vs) })
	if len(vs) < 3 {
		t.Fatalf("Opt.Inputs makes %d inputs, want at least 3", len(vs))
	}
	return vs
}

func releaseAll[T any](vs []T) {
	for _, v := range vs {
		release(v)
	}
}

// release gives up v, or the elements of a slice, as the engine does.
func release(v any) {
	if r, ok := v.(interface{ Release() }); ok {
		r.Release()
		return
	}
	each(v, release)
}

func retain(v any) {
	if r, ok := v.(interface{ Retain() }); ok {
		r.Retain()
		return
	}
	each(v, retain)
}

func each(v any, f func(any)) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice || rv.Type().Elem().Kind() == reflect.Uint8 {
		return
	}
	for i := range rv.Len() {
		f(rv.Index(i).Interface())
	}
}

// settled waits a moment for the number of goroutines to come down to want.
func settled(want int) int {
	n := runtime.NumGoroutine()
	for range 100 {
		if n <= want {
			break
		}
		time.Sleep(5 * time.Millisecond)
		n = runtime.NumGoroutine()
	}
	return n
}
