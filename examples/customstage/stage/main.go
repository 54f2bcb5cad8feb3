// Command stage darkens rows of video in a graph of its own: scanlines as a stage in code, without a name or a configuration.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"os"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// scanlines darkens every fourth row, from a row drawn for each sample. It is a pipeline.Stage; the graph makes one per worker.
type scanlines struct{ seed uint64 }

// Process borrows in: others may read it, so the result is a new sample.
func (s *scanlines) Process(_ context.Context, in *clip.Sample, emit pipeline.Emit[*clip.Sample]) error {
	first := pipeline.Rand(s.seed, "scanlines", in.Plan.Key).IntN(4)
	out := &clip.Sample{Plan: in.Plan, Label: in.Label}
	for _, c := range in.Clips {
		d := c.Like(memory.DefaultAllocator, c.Height, c.Width)
		copy(d.Bytes(), c.Bytes())
		for i := range d.Bytes() {
			if row := i / (3 * c.Width); row%c.Height%4 == first {
				d.Bytes()[i] /= 2
			}
		}
		out.Clips = append(out.Clips, d)
	}
	return emit(out) // from here on it is the graph's
}

func main() {
	l, err := clip.List(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	g := pipeline.NewGraph()
	items := pipeline.From(g, "list", pipeline.Each(l.Take(1)))
	videos := pipeline.Via(items, "probe", decode.OpenStage(decode.Options{}))
	plans := pipeline.Via(videos, "plan", augment.Planner{Seed: 1, Sampler: clip.RandomClips{Frames: 8, Stride: 2}, Views: 1, Size: 64}.Stage())
	clips := pipeline.Via(plans, "decode", decode.ExecuteStage(decode.Options{}), pipeline.Workers(2))
	dark := pipeline.Via(clips, "scanlines", func() (pipeline.Stage[*clip.Sample, *clip.Sample], error) { return &scanlines{seed: 1}, nil }, pipeline.Workers(2))
	pipeline.Into(dark, "print", func(_ context.Context, s *clip.Sample) error {
		fmt.Printf("%s %v %x\n", s.Plan.Key, s.Clips[0].Shape(), sha256.Sum256(s.Clips[0].Bytes()))
		return nil
	})
	if err := g.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
