// Command train trains an encoder on a folder of videos, fed by a pipeline of its own.
package main

import (
	"context"
	"iter"
	"log"
	"os"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/train"
	"vidcsl/pipeline"
)

func run(ctx context.Context, folder string, c train.Config) error {
	l, err := clip.List(folder)
	if err != nil {
		return err
	}
	info := model.DataInfo{Classes: l.Labels, Views: 2, Shape: [4]int{8, 32, 32, 3}, Batch: c.Batch}
	for _, it := range l.Items {
		info.Keys, info.Labels = append(info.Keys, it.Source), append(info.Labels, it.Label)
	}
	plan := augment.Planner{Seed: c.Seed, Sampler: clip.RandomClips{Frames: 8, Stride: 1}, Views: 2, Size: 32}
	epoch := func(ctx context.Context, n int) iter.Seq2[arrow.Record, error] {
		items := l.Take(1)
		for i := range items {
			items[i].First = n // clip n of a video: drawn anew in each epoch
		}
		pipeline.Rand(c.Seed, "epoch", strconv.Itoa(n)).Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		g := pipeline.NewGraph()
		videos := pipeline.Via(pipeline.From(g, "list", pipeline.Each(items)), "probe", decode.OpenStage(decode.Options{}))
		clips := pipeline.Via(pipeline.Via(videos, "plan", plan.Stage()), "decode", decode.ExecuteStage(decode.Options{}), pipeline.Workers(2))
		return pipeline.Pull(ctx, pipeline.Via(clips, "batch", augment.Batch(memory.DefaultAllocator, c.Batch, l.Labels)), "train")
	}
	t, err := train.New(cpu.New(cpu.Options{}), train.FromArrow(info, epoch), c)
	if err != nil {
		return err
	}
	defer t.Close()
	return t.Run(ctx)
}

func main() {
	c := train.Default() // MoCo v2
	c.Encoder.Arch, c.Batch, c.Queue, c.Schedule.Epochs = "tiny3d", 8, 64, 10
	if err := run(context.Background(), os.Args[1], c); err != nil {
		log.Fatal(err)
	}
}
