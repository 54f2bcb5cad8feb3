// Command pipeline turns a folder of videos into Arrow record batches of grey clips, by a stage of its own.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// grey is the custom stage: it borrows a sample and makes a new one, since others may read the one it was given.
func grey(_ context.Context, in *clip.Sample) (*clip.Sample, error) {
	out := &clip.Sample{Plan: in.Plan, Label: in.Label}
	for i, c := range in.Clips {
		g := clip.New(memory.DefaultAllocator, in.Plan.Views[i])
		copy(g.PTS, c.PTS)
		for p, px := 0, c.Bytes(); p < len(px); p += 3 { // ITU-R BT.601 luma
			y := byte((299*int(px[p]) + 587*int(px[p+1]) + 114*int(px[p+2])) / 1000)
			copy(g.Bytes()[p:], []byte{y, y, y})
		}
		out.Clips = append(out.Clips, g)
	}
	return out, nil
}

func run(ctx context.Context, folder string) error {
	l, err := clip.List(folder)
	if err != nil {
		return err
	}
	plan := augment.Planner{Seed: 1, Sampler: clip.RandomClips{Frames: 16, Stride: 2}, Views: 2, Size: 64}
	g := pipeline.NewGraph()
	g.OnSkip(func(s pipeline.Skipped) { log.Printf("%s: %v", s.Key, s.Err) })
	items := pipeline.From(g, "list", pipeline.Each(l.Take(1)))
	videos := pipeline.Via(items, "probe", decode.OpenStage(decode.Options{}), pipeline.OnError(pipeline.Skip))
	plans := pipeline.Via(videos, "plan", plan.Stage())
	clips := pipeline.Via(plans, "decode", decode.ExecuteStage(decode.Options{}), pipeline.Workers(2), pipeline.OnError(pipeline.Skip))
	greys := pipeline.Via(clips, "grey", pipeline.Map(grey))
	batches := pipeline.Via(greys, "batch", augment.Batch(memory.DefaultAllocator, 4, l.Labels))
	pipeline.Into(batches, "print", func(_ context.Context, b arrow.Record) error {
		fmt.Println(b.NumRows(), "samples,", b.Schema().Field(3))
		return nil
	})
	return g.Run(ctx)
}

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
