package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"vidcsl/pipeline"
)

// flaky fails on every input that is a multiple of of, the first times times.
type flaky struct {
	of, times int
	seen      []atomic.Int64
}

func (f *flaky) process(_ context.Context, in keyed, emit pipeline.Emit[int]) error {
	uneven(int(in))
	if err := emit(2 * int(in)); err != nil {
		return err
	}
	if int(in)%f.of == 0 && f.seen[in].Add(1) <= int64(f.times) {
		if in%2 == 0 {
			panic(errBoom)
		}
		return errBoom
	}
	return emit(2*int(in) + 1)
}

func keys(g *pipeline.Graph, n int) *pipeline.Port[keyed] {
	return pipeline.From(g, "keys", func(_ context.Context, emit pipeline.Emit[keyed]) error {
		for i := range n {
			if err := emit(keyed(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestRetry(t *testing.T) {
	f := &flaky{of: 5, times: 2, seen: make([]atomic.Int64, 200)}
	g := pipeline.NewGraph()
	got := collect(pipeline.Via(keys(g, 200), "flaky", pipeline.FlatMap(f.process), pipeline.Workers(4), pipeline.OnError(pipeline.Retry(2))), "got")
	run(t, g)
	wantSame(t, "outputs, each once", *got, upTo(400))
	if s := g.Stats()[1]; s.Retried != 80 || s.Skipped != 0 {
		t.Errorf("retried %d, skipped %d; want 80 and 0", s.Retried, s.Skipped)
	}
}

func TestRetryThenSkip(t *testing.T) {
	f := &flaky{of: 5, times: 3, seen: make([]atomic.Int64, 200)}
	g := pipeline.NewGraph()
	got := collect(pipeline.Via(keys(g, 200), "flaky", pipeline.FlatMap(f.process), pipeline.Workers(4), pipeline.OnError(pipeline.Retry(2).ThenSkip())), "got")
	run(t, g)
	for _, v := range *got {
		if v/2%5 == 0 {
			t.Fatalf("an output of a skipped input got through: %d", v)
		}
	}
	if s := g.Stats()[1]; len(*got) != 320 || s.Retried != 80 || s.Skipped != 40 {
		t.Errorf("%d outputs, %d retried, %d skipped", len(*got), s.Retried, s.Skipped)
	}
}

// TestSkipIsKnownBefore: a sink that sees an item knows of every skip before it.
func TestSkipIsKnownBefore(t *testing.T) {
	for _, workers := range []int{1, 2, 8, pipeline.Auto} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			f := &flaky{of: 3, times: 1, seen: make([]atomic.Int64, 900)}
			g := pipeline.NewGraph()
			var skips atomic.Int64 // skips told so far
			var told []pipeline.Skipped
			g.OnSkip(func(s pipeline.Skipped) {
				told = append(told, s) // serialised, so no lock
				skips.Add(1)
			})
			out := pipeline.Via(keys(g, 900), "flaky", pipeline.FlatMap(f.process), pipeline.Workers(workers), pipeline.OnError(pipeline.Skip))
			pipeline.Into(out, "got", func(_ context.Context, v int) error {
				if before := int64(v/2)/3 + 1; skips.Load() < before {
					return fmt.Errorf("item %d came before its %d skips were told (%d)", v/2, before, skips.Load())
				}
				return nil
			})
			run(t, g)
			if len(told) != 300 {
				t.Fatalf("%d skips, want 300", len(told))
			}
			for i, s := range told {
				if s.Stage != "flaky" || s.Seq != uint64(3*i) || s.Key != fmt.Sprintf("key-%d", 3*i) || !errors.Is(s.Err, errBoom) {
					t.Fatalf("skip %d: %+v", i, s)
				}
			}
		})
	}
}

func TestMaxShareOfSkips(t *testing.T) {
	for _, tc := range []struct {
		items, of int
		max       float64
		fails     bool
		most      uint64 // inputs seen, if the run ends early
	}{
		{items: 300, of: 10, max: 0.1, fails: false}, // 30 of 300
		{items: 301, of: 10, max: 0.1, fails: true},  // 31 of 301
		{items: 3, of: 2, max: 0, fails: true},
		{items: 100_000, of: 5, max: 0.1, fails: true, most: 1200},
		{items: 1, of: 1, max: 1, fails: false},
		{items: 0, of: 1, max: 0, fails: false},
	} {
		t.Run(fmt.Sprintf("%d of %d", tc.of, tc.items), func(t *testing.T) {
			noGoroutineLeft(t)
			f := &flaky{of: tc.of, times: 1, seen: make([]atomic.Int64, max(tc.items, 1))}
			g := pipeline.NewGraph()
			p := pipeline.OnError(pipeline.Skip.Max(tc.max))
			collect(pipeline.Via(keys(g, tc.items), "flaky", pipeline.FlatMap(f.process), pipeline.Workers(4), p), "got")
			err := g.Run(t.Context())
			if got := errors.Is(err, pipeline.ErrTooManySkips); got != tc.fails || !got && err != nil {
				t.Errorf("error %v", err)
			}
			if s := g.Stats()[1]; tc.most > 0 && s.In > tc.most {
				t.Errorf("ended after %d inputs", s.In)
			}
		})
	}
}

func TestOnSkipPanic(t *testing.T) {
	for _, opt := range [][]pipeline.Option{nil, {pipeline.Unordered()}} {
		noGoroutineLeft(t)
		f := &flaky{of: 3, times: 1, seen: make([]atomic.Int64, 900)}
		g := pipeline.NewGraph()
		g.OnSkip(func(pipeline.Skipped) { panic(errBoom) })
		collect(pipeline.Via(keys(g, 900), "flaky", pipeline.FlatMap(f.process), append(opt, pipeline.Workers(4), pipeline.OnError(pipeline.Skip))...), "got")
		if err := g.Run(t.Context()); !errors.Is(err, errBoom) || !strings.Contains(err.Error(), "OnSkip") {
			t.Errorf("error %v", err)
		}
	}
}

func TestLogger(t *testing.T) {
	var buf bytes.Buffer
	f := &flaky{of: 3, times: 1, seen: make([]atomic.Int64, 4)}
	g := pipeline.NewGraph(pipeline.Logger(slog.New(slog.NewTextHandler(&buf, nil))))
	collect(pipeline.Via(keys(g, 4), "flaky", pipeline.FlatMap(f.process), pipeline.OnError(pipeline.Skip)), "got")
	run(t, g)
	for _, want := range []string{"stage=flaky", "key=key-0", "key=key-3", "seq=3", "boom"} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, buf.String())
		}
	}
}
