// Command step measures a step of MoCo v2 with R3D-18 as package train makes it, data in memory and the queue full: 4 samples with two views
// of 3x16x112x112 against 65,536 keys of 128 numbers. With -detector it also finds false negatives. It speaks the protocol of bench/model:
// a line that says what was made, then for each line "steps seconds" the best of at least so many steps that take at least so long.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log"
	"log/slog"
	"math/rand/v2"
	"os"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// The sizes of the step. A run of so many steps never ends here, and the share of pairs that it removes is all from the first.
const (
	batch, frames, side = 4, 16, 112
	queue, dim          = 65536, 128
	samples, classes    = 10000, 100
	clusters            = 1000
	steps               = 1_000_000
)

func main() {
	log.SetFlags(0)
	detector := flag.String("detector", "none", "none, oracle or cluster")
	bf16 := flag.Bool("bf16", false, "activations in bfloat16")
	threads := flag.Int("threads", 2, "threads")
	flag.Parse()
	err := serve(recipe(*detector, *bf16), cpu.New(cpu.Options{Threads: *threads, BF16: *bf16}))
	if err != nil && !errors.Is(err, io.EOF) {
		log.Fatal(err)
	}
}

// recipe is MoCo v2's, small enough a batch for a CPU.
func recipe(detector string, bf16 bool) train.Config {
	c := train.Default()
	c.Queue, c.Head.Dim, c.Batch, c.BF16 = queue, dim, batch, bf16
	c.Schedule = train.Schedule{Steps: steps, Decay: "constant"}
	c.LogEvery = steps
	c.Removal.Detector, c.Removal.Clusters = detector, []int{clusters}
	c.Removal.Warmup, c.Removal.Ramp = 0, 1./steps // of one step: the pairs are drawn, and all are kept
	return c
}

// serve trains until standard input ends, which is the error io.EOF.
func serve(c train.Config, engine model.Engine) error {
	p := &filled{Engine: engine}
	meter := &meter{lines: bufio.NewScanner(os.Stdin), out: json.NewEncoder(os.Stdout)}
	tr, err := train.New(p, newClips(), c, train.Observe(meter), train.Log(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	defer tr.Close()
	meter.ready = ready{Parameters: p.parameters}
	if c.Removal.Detector == "cluster" {
		if meter.ready.RefreshSeconds, err = refresh(engine, c, p.keys); err != nil {
			return err
		}
	}
	return tr.Run(context.Background())
}

// clips is a data set of one batch, over and over.
type clips struct {
	info  model.DataInfo
	batch model.Batch
}

func newClips() *clips {
	d := &clips{info: model.DataInfo{Views: 2, Shape: [4]int{frames, side, side, 3}, Batch: batch}}
	for i := range samples {
		d.info.Keys, d.info.Labels = append(d.info.Keys, fmt.Sprint("clip ", i)), append(d.info.Labels, label(i))
	}
	for i := range classes {
		d.info.Classes = append(d.info.Classes, fmt.Sprint("class ", i))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range d.info.Views {
		v := op.NewTensor(op.Of(op.U8, batch, frames, side, side, 3))
		for i := range op.Data[uint8](v) {
			op.Data[uint8](v)[i] = uint8(rng.UintN(256))
		}
		d.batch.Views = append(d.batch.Views, v)
	}
	for i := range batch {
		d.batch.Index, d.batch.Labels = append(d.batch.Index, int32(i)), append(d.batch.Labels, label(i))
	}
	return d
}

// label is the class of a sample.
func label(sample int) int32 { return int32(sample % classes) }

// Info implements model.Dataset.
func (d *clips) Info() model.DataInfo { return d.info }

// Batches implements model.Dataset.
func (d *clips) Batches(_ context.Context, from model.Cursor) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		for d.batch.Next = from; ; {
			d.batch.Next.Epoch++
			if !yield(&d.batch, nil) {
				return
			}
		}
	}
}
