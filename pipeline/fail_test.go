package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/pipeline"
)

var errBoom = errors.New("boom")

// records is a graph with every kind of node, through which Arrow records go.
// fail is called by the middle stage with the number of the record.
func records(mem memory.Allocator, n int, fail func(i int64) error, opts ...pipeline.Option) (*pipeline.Graph, *[]int64) {
	g := pipeline.NewGraph()
	src := pipeline.From(g, "src", func(_ context.Context, emit pipeline.Emit[arrow.Record]) error {
		for i := range n {
			if err := emit(record(mem, int64(i))); err != nil {
				return err
			}
		}
		return nil
	})
	twice := pipeline.Via(src, "twice", pipeline.FlatMap(func(_ context.Context, r arrow.Record, emit pipeline.Emit[arrow.Record]) error {
		i := first(r)
		uneven(int(i))
		if err := emit(record(mem, 2*i)); err != nil {
			return err
		}
		if err := fail(i); err != nil {
			return err
		}
		return emit(record(mem, 2*i+1))
	}), append(opts, pipeline.Workers(4))...)
	ports := pipeline.Tee(twice, "tee", 2)
	even := pipeline.Via(ports[0], "even", pipeline.Filter(func(_ context.Context, r arrow.Record) (bool, error) { return first(r)%2 == 0, nil }), pipeline.Workers(2))
	batches := pipeline.Via(even, "batch", pipeline.Batch[arrow.Record](3))
	pipeline.Into(batches, "batches", func(_ context.Context, b []arrow.Record) error { return nil })
	var got []int64
	pipeline.Into(ports[1], "got", func(_ context.Context, r arrow.Record) error {
		got = append(got, first(r))
		return nil
	})
	return g, &got
}

func TestOwnershipOnEveryPath(t *testing.T) {
	at := func(n int64, err error, panics bool) func(int64) error {
		return func(i int64) error {
			if i != n {
				return nil
			}
			if panics {
				panic(err)
			}
			return err
		}
	}
	for _, tc := range []struct {
		name string
		fail func(int64) error
		want error
		opts []pipeline.Option
	}{
		{"success", at(-1, nil, false), nil, nil},
		{"error", at(37, errBoom, false), errBoom, nil},
		{"panic", at(37, errBoom, true), errBoom, nil},
		{"skip", at(37, errBoom, false), nil, []pipeline.Option{pipeline.OnError(pipeline.Skip)}},
		{"skip a panic", at(37, errBoom, true), nil, []pipeline.Option{pipeline.OnError(pipeline.Skip)}},
		{"retries fail", at(37, errBoom, false), errBoom, []pipeline.Option{pipeline.OnError(pipeline.Retry(2))}},
		{"unordered error", at(37, errBoom, false), errBoom, []pipeline.Option{pipeline.Unordered()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			noGoroutineLeft(t)
			g, got := records(checked(t), 200, tc.fail, tc.opts...)
			err := g.Run(t.Context())
			if !errors.Is(err, tc.want) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if tc.want != nil {
				var se *pipeline.StageError
				if !errors.As(err, &se) || se.Stage != "twice" || tc.name != "unordered error" && se.Seq != 37 {
					t.Fatalf("not a StageError of item 37: %#v", err)
				}
				return
			}
			var want []int64
			for i := range int64(200) {
				if i != 37 || tc.name == "success" {
					want = append(want, 2*i, 2*i+1)
				}
			}
			wantSame(t, "records", *got, want)
		})
	}
}

func TestPanicHasItsStack(t *testing.T) {
	g := pipeline.NewGraph()
	collect(pipeline.Via(count(g, 9), "bad", pipeline.Map(func(_ context.Context, i int) (int, error) { panic(fmt.Sprint("no ", i)) })), "got")
	err := g.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no 0") || !strings.Contains(err.Error(), "fail_test.go") {
		t.Errorf("error without text or stack: %v", err)
	}
}

func TestFailureAnywhere(t *testing.T) {
	same := func(_ context.Context, i int) (int, error) { return i, nil }
	for name, build := range map[string]func(g *pipeline.Graph){
		"source": func(g *pipeline.Graph) {
			collect(pipeline.From(g, "source", func(_ context.Context, emit pipeline.Emit[int]) error {
				return errors.Join(emit(1), errBoom)
			}), "got")
		},
		"source panic": func(g *pipeline.Graph) {
			collect(pipeline.From(g, "source panic", func(context.Context, pipeline.Emit[int]) error { panic(errBoom) }), "got")
		},
		"sink": func(g *pipeline.Graph) {
			pipeline.Into(count(g, 1<<30), "sink", func(_ context.Context, i int) error {
				if i == 50 {
					return errBoom
				}
				return nil
			})
		},
		"factory": func(g *pipeline.Graph) {
			collect(pipeline.Via(count(g, 1<<30), "factory", func() (pipeline.Stage[int, int], error) { return nil, errBoom }, pipeline.Workers(4)), "got")
		},
		"flush": func(g *pipeline.Graph) {
			collect(pipeline.Via(count(g, 10), "flush", pipeline.Shared[int, int](&ends{flush: errBoom})), "got")
		},
		"close": func(g *pipeline.Graph) {
			collect(pipeline.Via(count(g, 10), "close", pipeline.Shared[int, int](&ends{close: errBoom})), "got")
		},
		"branch": func(g *pipeline.Graph) {
			ports := pipeline.Tee(count(g, 1<<30), "tee", 2)
			collect(pipeline.Via(ports[0], "ok", pipeline.Map(same)), "got")
			pipeline.Into(ports[1], "branch", func(context.Context, int) error { return errBoom })
		},
	} {
		t.Run(name, func(t *testing.T) {
			noGoroutineLeft(t)
			g := pipeline.NewGraph()
			build(g)
			var err error
			within(t, stopLimit, func() { err = g.Run(t.Context()) })
			var se *pipeline.StageError
			if !errors.Is(err, errBoom) || !errors.As(err, &se) || se.Stage != name {
				t.Errorf("error %v", err)
			}
		})
	}
}

// ends is a stage that fails at its end.
type ends struct{ flush, close error }

func (e *ends) Process(_ context.Context, in int, emit pipeline.Emit[int]) error { return emit(in) }
func (e *ends) Flush(context.Context, pipeline.Emit[int]) error                  { return e.flush }
func (e *ends) Close() error                                                     { return e.close }

func TestCancel(t *testing.T) {
	cause := errors.New("enough")
	for _, after := range []int64{1, 2, 50, 500} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			noGoroutineLeft(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			var n atomic.Int64
			g, _ := records(checked(t), 1<<40, func(int64) error {
				if n.Add(1) == after {
					cancel(cause)
				}
				return nil
			})
			var err error
			within(t, stopLimit, func() { err = g.Run(ctx) })
			if !errors.Is(err, cause) {
				t.Errorf("error %v, want the cause", err)
			}
		})
	}
}

func TestCancelWhileAllWait(t *testing.T) {
	wait := func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
	never := func(ctx context.Context, _ pipeline.Emit[int]) error { return wait(ctx) }
	for name, build := range map[string]func(g *pipeline.Graph){
		"no input": func(g *pipeline.Graph) {
			src := pipeline.From(g, "src", never)
			a := pipeline.Via(src, "a", pipeline.Batch[int](2))
			b := pipeline.Via(a, "b", pipeline.Map(func(_ context.Context, b []int) (int, error) { return 0, nil }), pipeline.Workers(pipeline.Auto))
			collect(pipeline.Merge("m", b, pipeline.From(g, "src2", never)), "got")
		},
		"full output": func(g *pipeline.Graph) {
			opts := []pipeline.Option{pipeline.Workers(4), pipeline.Budget(10), pipeline.SizeBy(func(int) int64 { return 6 })}
			ports := pipeline.Tee(pipeline.Via(count(g, 1<<40), "a", pipeline.Map(func(_ context.Context, i int) (int, error) { return i, nil }), opts...), "tee", 2)
			for i, p := range ports {
				pipeline.Into(p, fmt.Sprint("sink", i), func(ctx context.Context, _ int) error { return wait(ctx) })
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			noGoroutineLeft(t)
			g := pipeline.NewGraph()
			build(g)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			var err error
			within(t, stopLimit, func() { err = g.Run(ctx) })
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errBoom)
	g := pipeline.NewGraph()
	collect(count(g, 3), "got")
	if err := g.Run(ctx); !errors.Is(err, errBoom) {
		t.Errorf("error %v", err)
	}
}

func TestBusyGraphHeedsCancel(t *testing.T) {
	// Nobody ever waits here, so nobody ever looks at ctx by waiting.
	noGoroutineLeft(t)
	g := pipeline.NewGraph()
	collected := 0
	pipeline.Into(count(g, 1<<40), "got", func(context.Context, int) error { collected++; return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	within(t, stopLimit, func() {
		if err := g.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// TestCancelIsNotTheEnd: a stage that is stopped is not flushed as if its input
// had ended, however the stop falls.
func TestCancelIsNotTheEnd(t *testing.T) {
	noGoroutineLeft(t)
	for i := range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		g := pipeline.NewGraph()
		src := pipeline.From(g, "src", func(_ context.Context, emit pipeline.Emit[int]) error {
			for n := 0; ; n++ {
				if n == i {
					cancel()
				}
				if err := emit(n); err != nil {
					return err
				}
			}
		})
		same := pipeline.Via(src, "same", pipeline.Map(func(_ context.Context, i int) (int, error) { return i, nil }), pipeline.Workers(3))
		var flushed, closed int
		collect(pipeline.Via(same, "state", func() (pipeline.Stage[int, int], error) {
			return &counted{flushed: &flushed, closed: &closed}, nil
		}), "got")
		if err := g.Run(ctx); !errors.Is(err, context.Canceled) || flushed > 0 || closed > 1 {
			t.Fatalf("cancelled at item %d: error %v, %d flushes, %d closes", i, err, flushed, closed)
		}
		if p, err := g.Position(); err != nil || p.Sources["src"].Sinks["got"].Done {
			t.Fatalf("cancelled at item %d: position %+v, error %v", i, p, err)
		}
		cancel()
	}
}

// counted counts how it ends.
type counted struct{ flushed, closed *int }

func (c *counted) Process(_ context.Context, in int, emit pipeline.Emit[int]) error { return emit(in) }
func (c *counted) Flush(context.Context, pipeline.Emit[int]) error                  { *c.flushed++; return nil }
func (c *counted) Close() error                                                     { *c.closed++; return nil }

// A stage, source or sink that ends its goroutine ends the run with an error.
func TestGoexitEndsTheRun(t *testing.T) {
	for _, where := range []string{"source", "stage", "sink"} {
		at := func(place string) {
			if place == where {
				runtime.Goexit()
			}
		}
		g := pipeline.NewGraph()
		src := pipeline.From(g, "source", func(_ context.Context, emit pipeline.Emit[int]) error {
			for i := range 100 {
				if err := emit(i); err != nil {
					return err
				}
			}
			at("source")
			return nil
		})
		out := pipeline.Via(src, "stage", pipeline.Map(func(_ context.Context, i int) (int, error) { at("stage"); return i, nil }), pipeline.Workers(3))
		pipeline.Into(out, "sink", func(context.Context, int) error { at("sink"); return nil })
		done := make(chan error, 1)
		go func() { done <- g.Run(context.Background()) }()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), "Goexit") {
				t.Errorf("%s: %v", where, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: the run goes on", where)
		}
	}
}
