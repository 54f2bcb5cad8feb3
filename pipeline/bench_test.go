package pipeline_test

import (
	"context"
	"fmt"
	"testing"

	"vidcsl/pipeline"
)

// BenchmarkOrdered is the cost of one ordered stage whose work is nothing, with
// the hop into it and the hop out of it.
func BenchmarkOrdered(b *testing.B) {
	for _, workers := range []int{1, 2, 4, 8} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			benchmark(b, pipeline.Workers(workers))
		})
	}
}

// BenchmarkUnordered is the same without order.
func BenchmarkUnordered(b *testing.B) {
	benchmark(b, pipeline.Workers(4), pipeline.Unordered())
}

func benchmark(b *testing.B, opts ...pipeline.Option) {
	b.ReportAllocs()
	g := pipeline.NewGraph()
	src := pipeline.From(g, "src", func(_ context.Context, emit pipeline.Emit[int]) error {
		for i := range b.N {
			if err := emit(i); err != nil {
				return err
			}
		}
		return nil
	})
	same := pipeline.Via(src, "same", pipeline.Map(func(_ context.Context, i int) (int, error) { return i, nil }), opts...)
	pipeline.Into(same, "sink", func(context.Context, int) error { return nil })
	b.ResetTimer()
	if err := g.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
}
