package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

// warm is how many batches a run makes before the clock starts.
const warm = 4

// videos makes batches of two views out of files.
type videos struct {
	options
	items   []clip.Item
	planner augment.Planner
	pool    *clip.Pool
	next    int
}

func path(o options) error {
	v := &videos{options: o, pool: &clip.Pool{Keep: 512 << 20}}
	data, err := os.ReadFile(o.videos)
	if err != nil {
		return err
	}
	var files []string
	if err := json.Unmarshal(data, &files); err != nil || len(files) == 0 {
		return fmt.Errorf("%s is no JSON list of files: %v", o.videos, err)
	}
	for _, f := range files {
		v.items = append(v.items, clip.Item{Path: f, Source: f, Label: -1, Clips: 1, Total: 1})
	}
	if v.planner, err = planner(2, augment.Planner{Sampler: clip.RandomClips{Frames: frames, Stride: 2}}); err != nil {
		return err
	}
	if o.dump != "" {
		return v.dump()
	}
	out := json.NewEncoder(os.Stdout)
	began := time.Now()
	a, err := v.run(0, func() error { // a first round: memory grows, and whoever asks sees how long it takes to begin
		return out.Encode(answer{Wall: time.Since(began).Seconds()})
	})
	if err != nil {
		return err
	}
	if err := out.Encode(a); err != nil {
		return err
	}
	return serve(os.Stdin, os.Stdout, func(args []float64) (answer, error) {
		if len(args) != 1 {
			return answer{}, fmt.Errorf("%v is not SECONDS", args)
		}
		return v.run(time.Duration(args[0]*float64(time.Second)), func() error { return nil })
	})
}

// graph delivers batches to sink until stop is set.
func (v *videos) graph(stop *atomic.Bool, sink func(arrow.Record) error) *pipeline.Graph {
	g := pipeline.NewGraph()
	many := pipeline.Workers(v.workers)
	opt := augment.Options{Alloc: v.pool}
	list := pipeline.From(g, "list", func(_ context.Context, emit pipeline.Emit[clip.Item]) error {
		for ; !stop.Load(); v.next++ {
			it := v.items[v.next%len(v.items)]
			it.First = v.next / len(v.items) // so that every clip is drawn anew
			if err := emit(it); err != nil {
				return err
			}
		}
		return nil
	})
	opened := pipeline.Via(list, "open", decode.OpenStage(decode.Options{}), many)
	planned := pipeline.Via(opened, "plan", v.planner.Stage())
	decoded := pipeline.Via(planned, "decode", decode.ExecuteStage(decode.Options{Alloc: v.pool}), many)
	var batches *pipeline.Port[arrow.Record]
	if v.how == "apply" {
		changed := pipeline.Via(decoded, "augment", augment.Apply(opt), many)
		batches = pipeline.Via(changed, "batch", augment.Batch(v.pool, v.batch, nil))
	} else {
		groups := pipeline.Via(decoded, "group", pipeline.Batch[*clip.Sample](v.batch))
		batches = pipeline.Via(groups, "assemble", augment.Assemble(opt, nil), many)
	}
	pipeline.Into(batches, "take", func(_ context.Context, rec arrow.Record) error { return sink(rec) })
	return g
}

// run makes batches until the time is over, and some before the clock starts; what is under way at the end is not counted. It
// calls begun at the first batch.
func (v *videos) run(wanted time.Duration, begun func() error) (answer, error) {
	var a answer
	var stop atomic.Bool
	var began time.Time
	var busy float64
	seen := 0
	err := v.graph(&stop, func(rec arrow.Record) error {
		now := time.Now()
		if seen++; seen == 1 {
			return begun()
		}
		if seen == warm {
			began, busy = now, cpuSeconds()
		}
		// two workers often finish together: only pairs of batches are counted
		if seen > warm && (seen-warm)%2 == 0 && !stop.Load() {
			a.Done += 2 * int(rec.NumRows())
			if now.Sub(began) >= wanted {
				a.Wall, a.CPU = now.Sub(began).Seconds(), cpuSeconds()-busy
				stop.Store(true)
			}
		}
		return nil
	}).Run(context.Background())
	return a, err
}

// dump writes the views of whole batches: all first views, then all second ones.
func (v *videos) dump() error {
	file, err := os.Create(v.options.dump)
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	var stop atomic.Bool
	left := v.draws
	err = v.graph(&stop, func(rec arrow.Record) error {
		for row := range int(rec.NumRows()) {
			for k := range 2 {
				if err := write(w, rec.Column(3+3*k), row, &left); err != nil {
					return err
				}
			}
		}
		stop.Store(left == 0)
		return nil
	}).Run(context.Background())
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func write(w io.Writer, views arrow.Array, row int, left *int) error {
	if *left == 0 {
		return nil
	}
	*left--
	_, err := w.Write(views.(*shard.TensorArray).Row(row))
	return err
}
