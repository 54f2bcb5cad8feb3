package augment

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

// Builder collects samples of one shape into record batches of [Schema]. Pixels are copied once, into the column. Release
// it when done. Not safe for concurrent use.
type Builder struct {
	mem    memory.Allocator
	schema *arrow.Schema
	shapes []Shape
	rows   int
	key    *array.StringBuilder
	label  *array.Int32Builder
	source *array.StringBuilder
	flags  *array.Uint32Builder
	pixels []*memory.Buffer
	pts    []*array.ListBuilder
	plan   []*array.StringBuilder
}

// NewBuilder makes a builder for samples with one view per shape, of batches of [Schema].
func NewBuilder(mem memory.Allocator, views []Shape, labels []string, more ...arrow.Metadata) *Builder {
	b := &Builder{
		mem: mem, schema: Schema(views, labels, more...), shapes: slices.Clone(views),
		key: array.NewStringBuilder(mem), label: array.NewInt32Builder(mem), source: array.NewStringBuilder(mem), flags: array.NewUint32Builder(mem),
	}
	for range views {
		b.pixels = append(b.pixels, memory.NewResizableBuffer(mem))
		b.pts = append(b.pts, array.NewListBuilderWithField(mem, arrow.Field{Name: "item", Type: arrow.PrimitiveTypes.Int64}))
		b.plan = append(b.plan, array.NewStringBuilder(mem))
	}
	return b
}

// Schema returns the schema of the batches.
func (b *Builder) Schema() *arrow.Schema { return b.schema }

// Len returns the number of samples since the last batch.
func (b *Builder) Len() int { return b.rows }

// Reserve makes room for n samples.
func (b *Builder) Reserve(n int) {
	for k, s := range b.shapes {
		b.pixels[k].Reserve(n * int(s.Bytes()))
	}
}

// Append copies a sample; it borrows s. A sample whose views differ from the builder's in number or shape is an error that
// names it, and leaves the builder as it was.
func (b *Builder) Append(s *clip.Sample) error {
	shapes := make([]Shape, len(s.Clips))
	for k, c := range s.Clips {
		shapes[k] = ShapeOf(c)
	}
	return b.fill(s, shapes, func(k int, dst []byte) error {
		copy(dst, s.Clips[k].Bytes())
		return nil
	})
}

// fill adds the row of a sample whose views have these shapes; write puts the pixels of view k into the column. If it fails,
// the builder is as it was.
func (b *Builder) fill(s *clip.Sample, shapes []Shape, write func(k int, dst []byte) error) error {
	if len(shapes) != len(b.shapes) || len(s.Plan.Views) != len(b.shapes) {
		return fmt.Errorf("augment: %s has %d views, the batch %d", s.Plan.Key, len(shapes), len(b.shapes))
	}
	for k, shape := range shapes {
		if shape != b.shapes[k] {
			return fmt.Errorf("augment: view %d of %s has the shape %v, the batch %v", k, s.Plan.Key, shape, b.shapes[k])
		}
	}
	for k, shape := range shapes {
		n := b.rows * int(shape.Bytes())
		b.pixels[k].Resize(n + int(shape.Bytes()))
		if err := write(k, b.pixels[k].Bytes()[n:]); err != nil {
			for j := range k + 1 {
				b.pixels[j].ResizeNoShrink(b.rows * int(shapes[j].Bytes()))
			}
			return err
		}
	}
	b.key.Append(s.Plan.Key)
	b.source.Append(s.Plan.Source)
	if s.Label < 0 {
		b.label.AppendNull()
	} else {
		b.label.Append(s.Label)
	}
	var flags clip.Flags
	for k, c := range s.Clips {
		b.pts[k].Append(true)
		b.pts[k].ValueBuilder().(*array.Int64Builder).AppendValues(c.PTS, nil)
		b.plan[k].Append(s.Plan.Views[k].JSON())
		flags |= c.Flags
	}
	b.flags.Append(uint32(flags))
	b.rows++
	return nil
}

// NewRecord returns the samples since the last batch; the caller releases it. The builder begins anew.
func (b *Builder) NewRecord() arrow.Record {
	cols := []arrow.Array{b.key.NewArray(), b.label.NewArray(), b.source.NewArray()}
	for k := range b.shapes {
		tensor := b.schema.Field(3 + 3*k).Type.(*shard.TensorType)
		cols = append(cols, shard.NewTensorArray(tensor, b.rows, b.pixels[k]), b.pts[k].NewArray(), b.plan[k].NewArray())
		b.pixels[k].Release()
		b.pixels[k] = memory.NewResizableBuffer(b.mem)
	}
	cols = append(cols, b.flags.NewArray())
	rec := array.NewRecord(b.schema, cols, int64(b.rows))
	for _, c := range cols {
		c.Release()
	}
	b.rows = 0
	return rec
}

// Release frees what the builder holds.
func (b *Builder) Release() {
	for _, a := range []array.Builder{b.key, b.label, b.source, b.flags} {
		a.Release()
	}
	for k := range b.shapes {
		b.pixels[k].Release()
		b.pts[k].Release()
		b.plan[k].Release()
	}
}

// Batch returns a stage that collects samples into record batches of size rows, the last one of what is left. All samples
// must have the shape of the first. Labels are the class names for the schema.
func Batch(mem memory.Allocator, size int, labels []string) pipeline.Factory[*clip.Sample, arrow.Record] {
	return func() (pipeline.Stage[*clip.Sample, arrow.Record], error) {
		if size < 1 {
			return nil, fmt.Errorf("augment: batches of %d samples, want at least 1", size)
		}
		return &batcher{mem: mem, size: size, labels: labels}, nil
	}
}

type batcher struct {
	mem    memory.Allocator
	size   int
	labels []string
	b      *Builder
}

// Process implements pipeline.Stage.
func (s *batcher) Process(_ context.Context, in *clip.Sample, emit pipeline.Emit[arrow.Record]) error {
	if s.b == nil {
		shapes := make([]Shape, len(in.Clips))
		for k, c := range in.Clips {
			shapes[k] = ShapeOf(c)
		}
		s.b = NewBuilder(s.mem, shapes, s.labels)
	}
	if err := s.b.Append(in); err != nil {
		return err
	}
	if s.b.Len() < s.size {
		return nil
	}
	return emit(s.b.NewRecord())
}

// Flush implements pipeline.Flusher.
func (s *batcher) Flush(_ context.Context, emit pipeline.Emit[arrow.Record]) error {
	if s.b == nil || s.b.Len() == 0 {
		return nil
	}
	return emit(s.b.NewRecord())
}

// Close frees what is held back.
func (s *batcher) Close() error {
	if s.b != nil {
		s.b.Release()
		s.b = nil
	}
	return nil
}
