package train_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// bars is a data set of moving bars: the label is the direction, 0 to 3, in which a bar moves over noise. It is made for the tests:
// samples is its size, and batches go through a permutation of each epoch.
type bars struct {
	info  model.DataInfo
	clips [][]uint8
}

// newBars returns n clips of 4 frames of 12x12 pixels in batches.
func newBars(n, batch, views int) *bars {
	d := &bars{info: model.DataInfo{Views: views, Shape: [4]int{4, 12, 12, 3}, Batch: batch, Classes: []string{"left", "right", "up", "down"}}}
	for i := range n {
		rng := rand.New(rand.NewPCG(7, uint64(i)))
		label := rng.IntN(4)
		d.info.Keys = append(d.info.Keys, fmt.Sprint("clip", i))
		d.info.Labels = append(d.info.Labels, int32(label))
		d.clips = append(d.clips, bar(rng, label))
	}
	return d
}

func bar(rng *rand.Rand, label int) []uint8 {
	pixels := make([]uint8, 4*12*12*3)
	at := rng.IntN(12)
	for t := range 4 {
		for y := range 12 {
			for x := range 12 {
				along, step := x, 2*t
				if label >= 2 {
					along = y
				}
				if label%2 == 0 {
					step = -step
				}
				v := uint8(rng.IntN(64))
				if (at+step+24)%12 == along {
					v += 160
				}
				copy(pixels[((t*12+y)*12+x)*3:], []uint8{v, v, v})
			}
		}
	}
	return pixels
}

// Info implements [model.Dataset].
func (d *bars) Info() model.DataInfo { return d.info }

// Batches implements [model.Dataset].
func (d *bars) Batches(ctx context.Context, from model.Cursor) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		n, s := d.info.Batch, d.info.Shape
		b := &model.Batch{Labels: make([]int32, n), Index: make([]int32, n)}
		for range d.info.Views {
			b.Views = append(b.Views, op.NewTensor(op.Of(op.U8, n, s[0], s[1], s[2], s[3])))
		}
		for {
			order := rand.New(rand.NewPCG(3, uint64(from.Epoch))).Perm(len(d.clips))
			if from.Item+n > len(order) {
				from = model.Cursor{Epoch: from.Epoch + 1}
				continue
			}
			for i, k := range order[from.Item:][:n] {
				b.Labels[i], b.Index[i] = d.info.Labels[k], int32(k)
				for v := range b.Views {
					d.view(op.Data[uint8](b.Views[v])[i*len(d.clips[k]):][:len(d.clips[k])], k, v, from)
				}
			}
			from.Item += n
			b.Next = from
			if ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// view is a clip with other noise in every view.
func (d *bars) view(out []uint8, k, v int, at model.Cursor) {
	copy(out, d.clips[k])
	rng := rand.New(rand.NewPCG(uint64(k), uint64(at.Epoch*8+v)))
	for i := range out {
		out[i] += uint8(rng.IntN(32))
	}
}

// tiny is a configuration that trains in a moment.
func tiny() train.Config {
	c := train.Default()
	c.Objective = "supervised"
	c.Encoder.Arch, c.Encoder.Width, c.Encoder.Stem = "tiny3d", 0.25, "small"
	c.Batch, c.Schedule = 16, train.Schedule{Steps: 20, Decay: "cosine"}
	c.Mean, c.Std = [3]float64{0.2, 0.2, 0.2}, [3]float64{0.2, 0.2, 0.2}
	c.Optimizer.LR = 0.05
	return c
}

// contrastive makes a configuration one of an objective of two views.
func contrastive(c *train.Config, objective string) {
	c.Objective, c.Queue, c.Head.Dim, c.KeyMomentum = objective, 64, 16, 0.9
}

// quiet is a log that nobody reads.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// start returns a trainer, which is closed when the test ends.
func start(t testing.TB, d model.Dataset, c train.Config, options ...train.Option) *train.Trainer {
	t.Helper()
	return startOn(t, cpu.New(cpu.Options{Threads: 1}), d, c, options...)
}

// startOn is [start] on an engine.
func startOn(t testing.TB, e model.Engine, d model.Dataset, c train.Config, options ...train.Option) *train.Trainer {
	t.Helper()
	tr, err := train.New(e, d, c, append([]train.Option{train.Log(quiet)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

// history keeps the metrics of every step.
type history []map[string]float64

// Observe implements [train.Observer].
func (h *history) Observe(r *train.Record) error {
	m := map[string]float64{}
	for _, v := range r.Metrics {
		m[v.Name] = v.Value
	}
	*h = append(*h, m)
	return nil
}

// mean is the mean of a metric over the last n steps.
func (h history) mean(name string, n int) float64 {
	sum := 0.0
	for _, m := range h[len(h)-n:] {
		sum += m[name]
	}
	return sum / float64(n)
}
