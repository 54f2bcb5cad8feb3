package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/store"
	"vidcsl/pipeline/shard"
)

// contestant is one way of storing pixels. Without a codec they are stored as they are, in compressed buffers or not.
type contestant struct {
	name        string
	compression shard.Compression
	options     store.Options
}

func contestants(workers int) []contestant {
	all := []contestant{{name: "raw"}, {name: "lz4", compression: shard.LZ4}, {name: "zstd", compression: shard.Zstd}}
	for _, q := range []int{75, 90, 95} {
		all = append(all, contestant{name: fmt.Sprint("jpeg-", q), options: store.Options{Codec: store.JPEG, Quality: q, Workers: workers}})
	}
	for _, crf := range []int{18, 23} {
		all = append(all, contestant{name: fmt.Sprint("h264-", crf), options: store.Options{Codec: store.H264, CRF: crf, Workers: workers}})
	}
	return all
}

// clips is the rows that everyone stores, as they came from the input.
type clips struct {
	records []arrow.Record
	rows    int
	keys    []string
	views   []string // types of the columns of pixels
}

func (c *clips) release() {
	for _, r := range c.records {
		r.Release()
	}
}

// load takes up to n rows of the shards of a run that have the first one's schema.
func load(ctx context.Context, mem memory.Allocator, dir string, n int) (_ *clips, err error) {
	m, err := shard.ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	c := &clips{}
	defer func() {
		if err != nil {
			c.release()
		}
	}()
	for _, e := range m.Entries {
		if e.File == "" || c.rows == n {
			continue
		}
		err := eachRecord(ctx, mem, filepath.Join(dir, e.File), 0, func(rec arrow.Record) {
			if c.rows == n || len(c.records) > 0 && !rec.Schema().Equal(c.records[0].Schema()) {
				return
			}
			part := rec.NewSlice(0, min(rec.NumRows(), int64(n-c.rows)))
			c.records = append(c.records, part)
			c.rows += int(part.NumRows())
			keys := part.Column(part.Schema().FieldIndices(shard.KeyColumn)[0]).(*array.String)
			for i := range keys.Len() {
				c.keys = append(c.keys, keys.Value(i))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	if c.rows == 0 {
		return nil, fmt.Errorf("%s: no rows", dir)
	}
	for _, f := range c.records[0].Schema().Fields() {
		if _, ok := f.Type.(*shard.TensorType); ok {
			c.views = append(c.views, fmt.Sprint(f.Type))
		}
	}
	return c, nil
}

// eachRecord calls fn with the decoded records of a file, which are valid during the call.
func eachRecord(ctx context.Context, mem memory.Allocator, path string, workers int, fn func(arrow.Record)) error {
	r, err := shard.OpenFile(path, shard.WithAllocator(mem))
	if err != nil {
		return err
	}
	defer r.Close()
	for rec, err := range r.Records() {
		if err != nil {
			return err
		}
		decoded, err := store.Decode(ctx, mem, rec, workers)
		if err != nil {
			return err
		}
		fn(decoded)
		decoded.Release()
	}
	return nil
}

// span is what something took, in seconds.
type span struct{ wall, cpu float64 }

func timed(fn func() error) (span, error) {
	began, busy := time.Now(), cpuSeconds()
	err := fn()
	return span{time.Since(began).Seconds(), cpuSeconds() - busy}, err
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails only on a bad argument
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// quality is in dB.
type quality struct{ all, worst float64 }

type measured struct {
	write, read []span
	bytes       int64
	quality     quality
}

// turn writes and reads the clips once.
func (c contestant) turn(ctx context.Context, mem memory.Allocator, data *clips, temp string, compare bool) (m measured, err error) {
	dir, err := os.MkdirTemp(temp, c.name)
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(dir)
	var entry shard.Entry
	took, err := timed(func() error {
		entry, err = c.write(ctx, mem, data, filepath.Join(dir, "run"))
		return err
	})
	if err != nil {
		return m, err
	}
	m.write, m.bytes = []span{took}, entry.Bytes
	rows := 0
	var diff difference
	took, err = timed(func() error {
		return eachRecord(ctx, mem, filepath.Join(dir, "run", entry.File), c.options.Workers, func(rec arrow.Record) {
			rows += int(rec.NumRows())
			if compare {
				diff.add(data.records[diff.records], rec)
			}
		})
	})
	m.read, m.quality = []span{took}, diff.quality()
	if err == nil && rows != data.rows {
		err = fmt.Errorf("%d rows came back of %d", rows, data.rows)
	}
	return m, err
}

// write makes a run of one shard in dir.
func (c contestant) write(ctx context.Context, mem memory.Allocator, data *clips, dir string) (e shard.Entry, err error) {
	plan, err := planOf(data.keys)
	if err != nil {
		return e, err
	}
	run, err := shard.Open(dir, plan, shard.Options{Compression: c.compression, Allocator: mem})
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	schema := data.records[0].Schema()
	if c.options.Codec != "" {
		if schema, err = store.EncodedSchema(schema, c.options); err != nil {
			return e, err
		}
	}
	w, err := run.Begin(plan.Shards[0], schema)
	if err != nil {
		return e, err
	}
	defer w.Abort()
	for _, rec := range data.records {
		if err := c.writeRecord(ctx, mem, w, rec); err != nil {
			return e, err
		}
	}
	return w.Commit()
}

func (c contestant) writeRecord(ctx context.Context, mem memory.Allocator, w *shard.Writer, rec arrow.Record) error {
	if c.options.Codec == "" {
		return w.Write(rec)
	}
	coded, err := store.Encode(ctx, mem, rec, c.options)
	if err != nil {
		return err
	}
	defer coded.Release()
	return w.Write(coded)
}

// difference sums up how far clips are from what they were.
type difference struct {
	records     int
	sum, pixels float64
	worst       float64 // mean square of the worst clip
}

func (d *difference) add(want, got arrow.Record) {
	d.records++
	for i, f := range want.Schema().Fields() {
		if _, ok := f.Type.(*shard.TensorType); !ok {
			continue
		}
		a, b := want.Column(i).(*shard.TensorArray), got.Column(i).(*shard.TensorArray)
		for row := range a.Len() {
			was, is, sum := a.Row(row), b.Row(row), 0.0
			for k := range was {
				e := float64(was[k]) - float64(is[k])
				sum += e * e
			}
			d.sum += sum
			d.pixels += float64(len(was))
			d.worst = max(d.worst, sum/float64(len(was)))
		}
	}
}

func (d *difference) quality() quality {
	db := func(mse float64) float64 {
		if mse == 0 {
			return 99
		}
		return 10 * math.Log10(255*255/mse)
	}
	return quality{db(d.sum / max(d.pixels, 1)), db(d.worst)}
}
