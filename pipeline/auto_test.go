package pipeline_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"vidcsl/pipeline"
)

// TestAutoMovesWorkers: the slow stage of two gets the workers, within GOMAXPROCS.
func TestAutoMovesWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	noGoroutineLeft(t)
	g := pipeline.NewGraph()
	slow := func(d time.Duration) pipeline.Factory[int, int] {
		return pipeline.Map(func(_ context.Context, i int) (int, error) {
			time.Sleep(d)
			return i, nil
		})
	}
	a := pipeline.Via(count(g, 1<<40), "fast", slow(0), pipeline.Workers(pipeline.Auto))
	b := pipeline.Via(a, "slow", slow(2*time.Millisecond), pipeline.Workers(pipeline.Auto))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	next := 0
	pipeline.Into(b, "sink", func(_ context.Context, i int) error {
		if i != next {
			t.Errorf("item %d after %d", i, next)
			cancel()
		}
		next++
		s := g.Stats()
		if s[1].Workers+s[2].Workers > 8 {
			t.Errorf("%d and %d workers", s[1].Workers, s[2].Workers)
			cancel()
		}
		if s[2].Workers == 7 && s[1].Workers == 1 {
			cancel()
		}
		return nil
	})
	if err := g.Run(ctx); err != context.Canceled {
		t.Errorf("error %v: the slow stage did not get the workers: %+v", err, g.Stats())
	}
}
