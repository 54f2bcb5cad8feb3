package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/pipeline"
)

func ints() []int { return []int{1, 2, 3, 4, 5, 6, 7} }

func TestGoodStages(t *testing.T) {
	t.Run("map", func(t *testing.T) {
		Run(t, Opt[int, int]{
			Factory: pipeline.Map(func(_ context.Context, i int) (int, error) {
				if i < 0 {
					return 0, errors.New("negative")
				}
				return 2 * i, nil
			}),
			Inputs: ints,
			Want:   []string{"2", "4", "6", "8", "10", "12", "14"},
			Bad:    func() int { return -1 },
		})
	})
	t.Run("filter", func(t *testing.T) {
		Run(t, Opt[int, int]{
			Factory: pipeline.Filter(func(_ context.Context, i int) (bool, error) { return i%2 == 0, nil }),
			Inputs:  ints, Want: []string{"2", "4", "6"},
		})
	})
	t.Run("batch", func(t *testing.T) {
		Run(t, Opt[int, []int]{
			Factory: pipeline.Batch[int](3), OneWorker: true,
			Inputs: ints, Want: []string{"[1 2 3]", "[4 5 6]", "[7]"},
		})
	})
	t.Run("batch of records", func(t *testing.T) {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		Run(t, Opt[arrow.Record, []arrow.Record]{
			Factory: pipeline.Batch[arrow.Record](2), OneWorker: true,
			Inputs:  func() []arrow.Record { return []arrow.Record{record(mem, 1), record(mem, 2), record(mem, 3)} },
			PrintIn: func(r arrow.Record) string { return fmt.Sprint(r) },
			Live:    func() int64 { return int64(mem.CurrentAlloc()) },
		})
	})
	t.Run("saver", func(t *testing.T) {
		Run(t, Opt[int, int]{
			Factory: func() (pipeline.Stage[int, int], error) { return &total{}, nil }, OneWorker: true,
			Inputs: ints, Want: []string{"1", "3", "6", "10", "15", "21", "28"},
		})
	})
}

func record(mem memory.Allocator, v int64) arrow.Record {
	b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Int64}}, nil))
	defer b.Release()
	b.Field(0).(*array.Int64Builder).Append(v)
	return b.NewRecord()
}

// total is a Saver.
type total struct{ sum int }

func (s *total) Process(_ context.Context, in int, emit pipeline.Emit[int]) error {
	s.sum += in
	return emit(s.sum)
}
func (s *total) SaveState() ([]byte, error) { return fmt.Append(nil, s.sum), nil }
func (s *total) RestoreState(b []byte) error {
	_, err := fmt.Sscan(string(b), &s.sum)
	return err
}

// recorder is a TB that remembers instead of failing.
type recorder struct {
	testing.TB
	failed   bool
	text     strings.Builder
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	fmt.Fprintf(&r.text, format+"\n", args...)
}
func (r *recorder) Error(args ...any)                 { r.Errorf("%s", fmt.Sprint(args...)) }
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)                 { r.Error(args...); runtime.Goexit() }
func (r *recorder) Skip(...any)                       { runtime.Goexit() }
func (r *recorder) Skipf(string, ...any)              { runtime.Goexit() }

// verdict runs the checks of o and returns the names of those that fail.
func verdict[In, Out any](t *testing.T, o Opt[In, Out]) (failed []string) {
	for _, c := range checks(o) {
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() {
				for _, f := range slices.Backward(r.cleanups) {
					f()
				}
			}()
			c.run(r)
		}()
		<-done
		if r.failed {
			failed = append(failed, c.name)
			t.Logf("%s: %s", c.name, strings.TrimSpace(r.text.String()))
		}
	}
	return failed
}

// box is an input that can be changed.
type box struct{ v int }

func boxes() []*box { return []*box{{1}, {2}, {3}, {4}} }

func printBox(b *box) string { return fmt.Sprint(b.v) }

// broken is a stage of which each test breaks one part.
type broken struct {
	process func(ctx context.Context, in *box, emit pipeline.Emit[int]) error
	close   func() error
}

func (b *broken) Process(ctx context.Context, in *box, emit pipeline.Emit[int]) error {
	if b.process == nil {
		return emit(in.v)
	}
	return b.process(ctx, in, emit)
}

func (b *broken) Close() error {
	if b.close == nil {
		return nil
	}
	return b.close()
}

// flusher is a broken stage with a Flush.
type flusher struct {
	broken
	flush func(emit pipeline.Emit[int]) error
}

func (f *flusher) Flush(_ context.Context, emit pipeline.Emit[int]) error { return f.flush(emit) }
func (f *flusher) Held() int                                              { return 0 }

// TestBrokenStages: each rule that is broken is found, by the check of its name
// and by no other.
func TestBrokenStages(t *testing.T) {
	type stage = pipeline.Stage[*box, int]
	var live atomic.Int64
	for _, tc := range []struct {
		name string
		make func() stage
		opt  func(*Opt[*box, int])
		want []string
	}{
		{name: "none", make: func() stage { return &broken{} }},
		{"other outputs than wanted", func() stage { return &broken{} },
			func(o *Opt[*box, int]) { o.Want = []string{"1"} }, []string{"outputs"}},
		{"a count per worker", func() stage {
			n := 0
			return &broken{process: func(_ context.Context, in *box, emit pipeline.Emit[int]) error {
				n++
				time.Sleep(time.Millisecond) // so that each worker gets some
				return emit(n)
			}}
		}, func(o *Opt[*box, int]) {
			o.Unresumable = true
			o.Inputs = func() []*box { return slices.Concat(boxes(), boxes(), boxes(), boxes(), boxes(), boxes()) }
		}, []string{"workers"}},
		{"a hidden state", func() stage {
			n := 0
			return &broken{process: func(_ context.Context, in *box, emit pipeline.Emit[int]) error { n += in.v; return emit(n) }}
		}, func(o *Opt[*box, int]) { o.OneWorker = true }, []string{"resume"}},
		{"changes its input", func() stage {
			return &broken{process: func(_ context.Context, in *box, emit pipeline.Emit[int]) error {
				v := in.v
				in.v = 99
				return emit(v)
			}}
		}, func(o *Opt[*box, int]) { o.OneWorker = true }, []string{"input untouched"}},
		{"takes bad input", func() stage { return &broken{} },
			func(o *Opt[*box, int]) { o.Bad = func() *box { return &box{-1} } }, []string{"bad input"}},
		{"panics on bad input", func() stage {
			return &broken{process: func(_ context.Context, in *box, emit pipeline.Emit[int]) error { return emit(in.v) }}
		}, func(o *Opt[*box, int]) { o.Bad = func() *box { return nil } }, []string{"bad input"}},
		{"swallows the error of emit", func() stage {
			return &broken{process: func(_ context.Context, in *box, emit pipeline.Emit[int]) error { _ = emit(in.v); return nil }}
		}, nil, []string{"emit error"}},
		{"goes on after an error of emit", func() stage {
			return &broken{process: func(_ context.Context, in *box, emit pipeline.Emit[int]) error {
				return errors.Join(emit(in.v), emit(in.v))
			}}
		}, nil, []string{"emit error"}},
		{"ignores ctx", func() stage {
			return &broken{process: func(ctx context.Context, in *box, emit pipeline.Emit[int]) error {
				select {
				case <-ctx.Done():
					time.Sleep(1200 * time.Millisecond)
				case <-time.After(time.Millisecond):
				}
				return emit(in.v)
			}}
		}, nil, []string{"cancel"}},
		{"flushes twice", func() stage {
			return &flusher{flush: func(emit pipeline.Emit[int]) error { return emit(7) }}
		}, func(o *Opt[*box, int]) { o.OneWorker = true }, []string{"flush once"}},
		{"closes once", func() stage {
			closed := false
			return &broken{close: func() error {
				if closed {
					return errors.New("closed twice")
				}
				closed = true
				return nil
			}}
		}, nil, []string{"close idempotent"}},
		{"leaks a value on an error", func() stage {
			return &broken{process: func(_ context.Context, in *box, emit pipeline.Emit[int]) error {
				live.Add(1)
				if err := emit(in.v); err != nil {
					return err
				}
				live.Add(-1)
				return nil
			}}
		}, func(o *Opt[*box, int]) { o.Live = live.Load }, []string{"no leak"}},
		{"leaks a goroutine", func() stage {
			stop := make(chan struct{})
			t.Cleanup(func() { close(stop) })
			go func() { <-stop }()
			return &broken{}
		}, nil, []string{"no leak"}},
		{"panics when emit fails", func() stage {
			return &broken{process: func(_ context.Context, in *box, emit pipeline.Emit[int]) error {
				if err := emit(in.v); err != nil {
					panic(err)
				}
				return nil
			}}
		}, nil, []string{"no panic"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := Opt[*box, int]{
				Factory: func() (stage, error) { return tc.make(), nil },
				Inputs:  boxes, PrintIn: printBox,
			}
			if tc.opt != nil {
				tc.opt(&o)
			}
			if got := verdict(t, o); !slices.Equal(got, tc.want) {
				t.Errorf("failed: %q, want %q", got, tc.want)
			}
		})
	}
}
