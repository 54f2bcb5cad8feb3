package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"vidcsl/pipeline"
)

func TestMisuse(t *testing.T) {
	id := pipeline.Map(func(_ context.Context, i int) (int, error) { return i, nil })
	for _, tc := range []struct {
		name  string
		build func(g *pipeline.Graph)
		want  []string
	}{
		{"empty", func(*pipeline.Graph) {}, []string{"the graph is empty"}},
		{"no consumer", func(g *pipeline.Graph) { count(g, 1) }, []string{`output of "count" has no consumer`}},
		{"many at once", func(g *pipeline.Graph) {
			src := count(g, 1)
			collect(src, "a")
			collect(src, "b")
			pipeline.Via(src, "a", id, pipeline.Workers(0), pipeline.Window(-1), pipeline.Budget(0), pipeline.OnError(pipeline.Retry(-1)))
		}, []string{
			`output of "count" has two consumers; use Tee`, `name "a" used twice`, `output of "a" has no consumer`,
			"Workers(0)", "Window(-1)", "Budget(0)", "OnError",
		}},
		{"names", func(g *pipeline.Graph) {
			collect(count(g, 1), "")
			collect(count(g, 1), "x")
		}, []string{"a stage has no name", `name "count" used twice`}},
		{"tee of none", func(g *pipeline.Graph) { pipeline.Tee(count(g, 1), "tee", 0) }, []string{`tee "tee": 0 branches`}},
		{"other graph", func(g *pipeline.Graph) {
			other := pipeline.NewGraph()
			collect(pipeline.Merge("m", count(g, 1), count(other, 1)), "got")
			if err := other.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "merged into another graph") {
				t.Errorf("the other graph: %v", err)
			}
		}, []string{`merge "m": port "count" belongs to another graph`}},
		{"budget without sizes", func(g *pipeline.Graph) {
			collect(pipeline.Via(count(g, 1), "a", id, pipeline.Budget(5)), "got")
		}, []string{"Budget needs values with ByteSize"}},
		{"sizes of another type", func(g *pipeline.Graph) {
			collect(pipeline.Via(count(g, 1), "a", id, pipeline.SizeBy(func(string) int64 { return 1 })), "got")
		}, []string{"SizeBy takes func(string) int64, but its outputs are int"}},
		{"batch with workers", func(g *pipeline.Graph) {
			collect(pipeline.Via(count(g, 1), "a", pipeline.Batch[int](2), pipeline.Workers(2)), "got")
		}, []string{"one worker, not 2"}},
		{"batch of none", func(g *pipeline.Graph) {
			collect(pipeline.Via(count(g, 1), "a", pipeline.Batch[int](0)), "got")
		}, []string{"batch of 0 items"}},
		{"flush of another type", func(g *pipeline.Graph) {
			collect(pipeline.Via(count(g, 1), "a", pipeline.Shared[int, int](wrongFlush{})), "got")
		}, []string{"wrongFlush has a Flush method, but it is not a"}},
		{"a source with workers", func(g *pipeline.Graph) {
			collect(pipeline.FromState(g, "src", func(context.Context, int, func(int, int) error) error { return nil }, pipeline.Workers(2)), "got")
		}, []string{"only Window, Budget and SizeBy"}},
		{"unshareable", func(g *pipeline.Graph) {
			src := pipeline.From(g, "src", func(_ context.Context, emit pipeline.Emit[onlyRelease]) error { return emit(onlyRelease{}) })
			for i, p := range pipeline.Tee(src, "tee", 2) {
				collect(p, string(rune('a'+i)))
			}
		}, []string{"onlyRelease has Release but no Retain"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			noGoroutineLeft(t)
			g := pipeline.NewGraph()
			tc.build(g)
			err := g.Run(t.Context())
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
		})
	}
}

type wrongFlush struct{}

func (wrongFlush) Process(_ context.Context, in int, emit pipeline.Emit[int]) error { return emit(in) }
func (wrongFlush) Flush(context.Context, pipeline.Emit[string]) error               { return nil }

type onlyRelease struct{}

func (onlyRelease) Release() {}

func TestRunsOnce(t *testing.T) {
	g := pipeline.NewGraph()
	collect(count(g, 1), "got")
	run(t, g)
	if err := g.Run(t.Context()); !errors.Is(err, pipeline.ErrRanBefore) {
		t.Errorf("second run: %v", err)
	}
}

func TestMergeOfNonePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	pipeline.Merge[int]("m")
}
