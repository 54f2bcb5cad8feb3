package pipeline_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"vidcsl/pipeline"
)

// TestBudget counts the bytes that have left the stages and not reached the sink.
func TestBudget(t *testing.T) {
	const budget = 1000
	for _, workers := range []int{1, 4} {
		for _, unordered := range []bool{false, true} {
			t.Run(fmt.Sprintf("workers=%d,unordered=%v", workers, unordered), func(t *testing.T) {
				noGoroutineLeft(t)
				var made, peak atomic.Int64
				opts := []pipeline.Option{pipeline.Workers(workers), pipeline.Window(64), pipeline.Budget(budget)}
				if unordered {
					opts = append(opts, pipeline.Unordered())
				}
				g := pipeline.NewGraph()
				a := pipeline.Via(count(g, 600), "a", pipeline.FlatMap(func(_ context.Context, i int, emit pipeline.Emit[sized]) error {
					uneven(i)
					for k := range 3 {
						size := sized(50 + i%7*40 + k)
						if i%50 == 0 {
							size = 3 * budget // passes alone
						}
						if err := emit(size); err != nil {
							return err
						}
						made.Add(int64(size))
					}
					return nil
				}), opts...)
				taken := int64(0)
				pipeline.Into(a, "slow", func(_ context.Context, s sized) error {
					if taken%10_000 < 100 {
						time.Sleep(time.Millisecond) // let the queue fill
					}
					peak.Store(max(peak.Load(), made.Load()-taken-int64(s)))
					taken += int64(s)
					return nil
				})
				run(t, g)
				if taken != made.Load() {
					t.Errorf("made %d bytes, took %d", made.Load(), taken)
				}
				// The budget, and one value that is larger than it.
				if peak.Load() > budget+3*budget {
					t.Errorf("peak of %d bytes", peak.Load())
				}
				if s := g.Stats(); s[1].BytesOut != taken || s[2].BytesIn != taken || s[1].QueueBytes != 0 {
					t.Errorf("counters: %+v", s)
				}
			})
		}
	}
}

func TestBudgetOfBatches(t *testing.T) {
	g := pipeline.NewGraph()
	src := pipeline.FromState(g, "src", func(_ context.Context, _ int, emit func(sized, int) error) error {
		for i := range 100 {
			if err := emit(10, i+1); err != nil {
				return err
			}
		}
		return nil
	}, pipeline.Budget(25), pipeline.Window(8))
	b := pipeline.Via(src, "batch", pipeline.Batch[sized](4), pipeline.Budget(100))
	got := collect(b, "got")
	run(t, g)
	s := g.Stats()
	if len(*got) != 25 || s[1].BytesIn != 1000 || s[1].BytesOut != 1000 {
		t.Errorf("%d batches, stats %+v", len(*got), s[1])
	}
}
