package feed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/model"
	"vidcsl/pipeline"
)

// Dataset is the batches of a folder of videos, or of a run of preprocess. It is safe for concurrent use: each loop over its
// batches runs a graph of its own.
type Dataset struct {
	opt   Options
	data  origin
	info  model.DataInfo
	alloc *clip.Pool

	mu    sync.Mutex
	graph *pipeline.Graph // of the latest loop over Batches
}

// origin is where clips come from: videos, or shards. A row is a video or a stored clip; a sample is the rows of one video.
type origin interface {
	rows() int
	samples() int
	turn(sample, epoch int) (row int)
	item(row int) clip.Item // its source is a name that no other row has
	sample(row int) int32   // its place among the keys
	// views appends the stages that make samples of tickets.
	views(g *pipeline.Graph, m making) *pipeline.Port[*clip.Sample]
	close() error
}

// making is what the stages of an origin need.
type making struct {
	tickets func(ctx context.Context, emit pipeline.Emit[ticket]) error
	planner augment.Planner
	workers int
	alloc   *clip.Pool
}

// prefetch bounds the bytes of views that wait for the next stage, for each queue, and keep those of memory that is free to be
// used again.
const (
	prefetch = 128 << 20
	keep     = 64 << 20
)

// Open opens a run of preprocess (a folder with a manifest), or videos: a folder, a glob pattern, a CSV file, a part of a data set or one video,
// as preprocess takes them. The caller closes the data set. It reads no video, and of shards the
// keys and labels.
//
// A sample is a video, also where several clips of it are stored. Errors name the path: one where nothing is found, a run that is
// not finished or damaged, clips that the configuration does not fit.
func Open(ctx context.Context, path string, opt Options) (*Dataset, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	d := &Dataset{opt: opt.filled(), alloc: &clip.Pool{Keep: keep}}
	_, err := os.Stat(filepath.Join(path, manifest))
	switch {
	case err == nil:
		err = d.openRun(ctx, path)
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		err = d.openVideos(path)
	}
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	d.info.Views, d.info.Batch = d.opt.Views, d.opt.Batch
	d.info.Shape = [4]int{d.opt.Frames, int(d.opt.Size), int(d.opt.Size), clip.Channels}
	return d, nil
}

// Info implements model.Dataset.
func (d *Dataset) Info() model.DataInfo { return d.info }

// Close closes the files of the data set. No loop may be under way.
func (d *Dataset) Close() error { return d.data.close() }

// Stats returns the counters of the stages of the latest loop over Batches, none before there was one.
func (d *Dataset) Stats() []pipeline.StageStats {
	if g := d.latest(); g != nil {
		return g.Stats()
	}
	return nil
}

// Bottleneck names the stage of the latest loop over Batches that the others wait for, "train" where that is the loop's body.
// It is empty before there was one.
func (d *Dataset) Bottleneck() string {
	if g := d.latest(); g != nil {
		return g.Bottleneck()
	}
	return ""
}

func (d *Dataset) latest() *pipeline.Graph {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.graph
}

// Batches implements model.Dataset. An epoch has each sample once, in an order drawn from the seed and its number; where several
// clips of a video are stored, they take turns from epoch to epoch. A clip that cannot be made is reported and left out, and the next one of the order takes its place; the
// error is a *[LostError] where more fail in one epoch than allowed, or so many that an epoch fills no batch.
func (d *Dataset) Batches(ctx context.Context, from model.Cursor) iter.Seq2[*model.Batch, error] {
	o := order{data: d.data, seed: d.opt.Seed}
	return func(yield func(*model.Batch, error) bool) {
		if err := o.check(from); err != nil {
			yield(nil, err)
			return
		}
		if o.len() < d.opt.Batch {
			yield(nil, fmt.Errorf("feed: batches of %d samples, but an epoch has only %d", d.opt.Batch, o.len()))
			return
		}
		l := d.loop(o, d.opt.planner())
		l.start = o.next(from.Epoch, from.Item, d.opt.Batch)
		l.run(ctx, func(g *pipeline.Graph) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.graph = g
		}, yield)
	}
}

// Clips yields n clips of every row once, in order, spread evenly over it (one is in the middle), as one view without transforms; of a
// stored clip its first view. The last batch may be shorter. Batches are borrowed as those of [Dataset.Batches] are, and
// failures treated the same way.
func (d *Dataset) Clips(ctx context.Context, n int) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		if n < 1 {
			yield(nil, fmt.Errorf("feed: %d clips of each video, want at least 1", n))
			return
		}
		l := d.loop(order{data: d.data, clips: n}, d.opt.still())
		l.run(ctx, func(*pipeline.Graph) {}, yield)
	}
}

// Views yields the views of [Dataset.Clips] with one clip of every row, after the transforms of p, whose draws depend on the seed and the clip's
// key. A clip of which the damage that p draws leaves nothing to decode is no failure: lost is told its sample's place among the keys, one
// call at a time, before the sequence ends. It may be nil.
func (d *Dataset) Views(ctx context.Context, p augment.Pipeline, lost func(sample int32)) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		planner := d.opt.still()
		planner.Pipeline = p
		l := d.loop(order{data: d.data, clips: 1}, planner)
		if l.onLost = lost; lost == nil {
			l.onLost = func(int32) {}
		}
		l.run(ctx, func(*pipeline.Graph) {}, yield)
	}
}

// Stored reports whether the clips are those of a run of preprocess, rather than videos.
func (d *Dataset) Stored() bool {
	_, ok := d.data.(*shards)
	return ok
}

var _ model.Dataset = (*Dataset)(nil)
