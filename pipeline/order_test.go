package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"vidcsl/pipeline"
)

var workerCounts = []int{1, 2, 8, pipeline.Auto}

func TestOrder(t *testing.T) {
	for _, workers := range workerCounts {
		for _, window := range []int{1, 3, 32} {
			t.Run(fmt.Sprintf("workers=%d,window=%d", workers, window), func(t *testing.T) {
				noGoroutineLeft(t)
				g := pipeline.NewGraph()
				src := count(g, 300)
				opts := []pipeline.Option{pipeline.Workers(workers), pipeline.Window(window)}
				a := pipeline.Via(src, "a", pipeline.Map(func(_ context.Context, i int) (int, error) {
					uneven(i)
					return i, nil
				}), opts...)
				// Each item becomes 0 to 9 outputs: more than an input that waits may keep.
				b := pipeline.Via(a, "b", pipeline.FlatMap(func(_ context.Context, i int, emit pipeline.Emit[int]) error {
					for k := range i % 10 {
						uneven(i + k)
						if err := emit(10*i + k); err != nil {
							return err
						}
					}
					return nil
				}), opts...)
				c := pipeline.Via(b, "c", pipeline.Filter(func(_ context.Context, i int) (bool, error) { return i%4 != 0, nil }), opts...)
				got := collect(c, "got")
				run(t, g)
				var want []int
				for i := range 300 {
					for k := range i % 10 {
						if (10*i+k)%4 != 0 {
							want = append(want, 10*i+k)
						}
					}
				}
				wantSame(t, "outputs", *got, want)
			})
		}
	}
}

func TestUnordered(t *testing.T) {
	noGoroutineLeft(t)
	g := pipeline.NewGraph()
	a := pipeline.Via(count(g, 500), "a", pipeline.Map(func(_ context.Context, i int) (int, error) {
		uneven(i)
		return i, nil
	}), pipeline.Workers(8), pipeline.Unordered())
	got := collect(a, "got")
	run(t, g)
	slices.Sort(*got)
	wantSame(t, "outputs, sorted", *got, upTo(500))
}

func TestBatch(t *testing.T) {
	for _, tc := range []struct {
		items, size int
		want        []string
	}{
		{7, 3, []string{"[0 1 2]", "[3 4 5]", "[6]"}},
		{6, 3, []string{"[0 1 2]", "[3 4 5]"}},
		{0, 3, nil},
		{2, 1, []string{"[0]", "[1]"}},
	} {
		g := pipeline.NewGraph()
		b := pipeline.Via(count(g, tc.items), "batch", pipeline.Batch[int](tc.size), pipeline.Workers(pipeline.Auto))
		s := pipeline.Via(b, "text", pipeline.Map(func(_ context.Context, b []int) (string, error) { return fmt.Sprint(b), nil }))
		got := collect(s, "got")
		run(t, g)
		wantSame(t, fmt.Sprintf("%d in batches of %d", tc.items, tc.size), *got, tc.want)
	}
}

func TestTeeAndMerge(t *testing.T) {
	noGoroutineLeft(t)
	g := pipeline.NewGraph()
	ports := pipeline.Tee(count(g, 200), "tee", 3)
	a := collect(ports[0], "a")
	b := collect(pipeline.Via(ports[1], "neg", pipeline.Map(func(_ context.Context, i int) (int, error) { return -i, nil }), pipeline.Workers(4)), "b")
	other := pipeline.From(g, "other", func(_ context.Context, emit pipeline.Emit[int]) error {
		return errors.Join(emit(1000), emit(1001))
	})
	c := collect(pipeline.Merge("merge", ports[2], other), "c")
	run(t, g)
	wantSame(t, "a", *a, upTo(200))
	for i, v := range *b {
		if v != -i {
			t.Fatalf("b[%d] = %d", i, v)
		}
	}
	slices.Sort(*c)
	wantSame(t, "c", *c, append(upTo(200), 1000, 1001))
}

// state is a stage that is neither shared nor safe for concurrent use.
type state struct {
	busy            bool
	flushed, closed *int
}

func (s *state) Process(_ context.Context, in int, emit pipeline.Emit[int]) error {
	if s.busy {
		return errors.New("used by two workers")
	}
	s.busy = true
	uneven(in)
	s.busy = false
	return emit(in)
}
func (s *state) Flush(context.Context, pipeline.Emit[int]) error { *s.flushed++; return nil }
func (s *state) Close() error                                    { *s.closed++; return nil }

func TestFlushAndCloseOnce(t *testing.T) {
	for _, tc := range []struct {
		name string
		made int
		opts []pipeline.Option
	}{
		{"ordered", 1, nil},
		{"auto", 1, []pipeline.Option{pipeline.Workers(pipeline.Auto)}},
		{"unordered", 4, []pipeline.Option{pipeline.Workers(4), pipeline.Unordered()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := pipeline.NewGraph()
			var flushed, closed int
			factory := func() (pipeline.Stage[int, int], error) { return &state{flushed: &flushed, closed: &closed}, nil }
			got := collect(pipeline.Via(count(g, 100), "state", factory, tc.opts...), "got")
			run(t, g)
			if len(*got) != 100 || flushed != tc.made || closed != tc.made {
				t.Errorf("%d items, %d flushes, %d closes; want 100 and %d", len(*got), flushed, closed, tc.made)
			}
		})
	}
	t.Run("shared", func(t *testing.T) {
		g := pipeline.NewGraph()
		var closed int
		s := &closer{closed: &closed}
		got := collect(pipeline.Via(count(g, 100), "closer", pipeline.Shared[int, int](s), pipeline.Workers(4)), "got")
		run(t, g)
		if len(*got) != 100 || closed != 1 {
			t.Errorf("%d items, %d closes", len(*got), closed)
		}
	})
}

type closer struct{ closed *int }

func (c *closer) Process(_ context.Context, in int, emit pipeline.Emit[int]) error { return emit(in) }
func (c *closer) Close() error                                                     { *c.closed++; return nil }
