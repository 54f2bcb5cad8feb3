package train_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/model"
	"vidcsl/model/op"
	"vidcsl/model/train"
	"vidcsl/pipeline/shard"
)

// rows makes record batches of clips of 1x2x2 pixels: of sample i, every byte of view k is 16*i + k + epoch.
type rows struct {
	mem    memory.Allocator
	key    func(i, epoch int) string
	tensor *shard.TensorType
	batch  []int // rows of each record batch of an epoch
}

func newRows(mem memory.Allocator, batch ...int) *rows {
	return &rows{mem: mem, key: func(i, epoch int) string { return fmt.Sprintf("clip%d#%d", i, epoch) }, batch: batch,
		tensor: shard.FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 1, 2, 2, 3)}
}

func (r *rows) epoch(_ context.Context, epoch int) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		at := epoch // the order is another in each
		for _, n := range r.batch {
			rec := r.record(epoch, at, n)
			at += n
			more := yield(rec, nil)
			rec.Release()
			if !more {
				return
			}
		}
	}
}

func (r *rows) record(epoch, at, n int) arrow.Record {
	schema := arrow.NewSchema([]arrow.Field{{Name: "key", Type: arrow.BinaryTypes.String}, {Name: "source", Type: arrow.BinaryTypes.String},
		{Name: "label", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, {Name: "view_0", Type: r.tensor}, {Name: "view_1", Type: r.tensor}}, nil)
	keys, sources, labels := array.NewStringBuilder(r.mem), array.NewStringBuilder(r.mem), array.NewInt32Builder(r.mem)
	var cols []arrow.Array
	views := [2]*memory.Buffer{memory.NewResizableBuffer(r.mem), memory.NewResizableBuffer(r.mem)}
	for k := range views {
		views[k].Resize(n * r.tensor.RowBytes())
	}
	for j := range n {
		i := (at + j) % 7
		keys.Append(r.key(i, epoch))
		sources.Append(fmt.Sprintf("clip%d", i))
		if labels.Append(int32(i % 2)); i == 6 {
			labels.SetNull(j)
		}
		for k := range views {
			for p := range r.tensor.RowBytes() {
				views[k].Bytes()[j*r.tensor.RowBytes()+p] = byte(16*i + k + epoch)
			}
		}
	}
	for _, b := range []array.Builder{keys, sources, labels} {
		cols = append(cols, b.NewArray())
		b.Release()
	}
	for _, v := range views {
		cols = append(cols, shard.NewTensorArray(r.tensor, n, v))
		v.Release()
	}
	rec := array.NewRecord(schema, cols, int64(n))
	for _, c := range cols {
		c.Release()
	}
	return rec
}

func seven(batch int) model.DataInfo {
	info := model.DataInfo{Views: 2, Shape: [4]int{1, 2, 2, 3}, Batch: batch, Classes: []string{"even", "odd"}}
	for i := range 7 {
		info.Keys, info.Labels = append(info.Keys, fmt.Sprint("clip", i)), append(info.Labels, int32(i%2))
	}
	info.Labels[6] = -1
	return info
}

// told is what a batch holds.
type told struct {
	Index, Labels []int32
	Bytes         []byte // the first of each row of each view
	Next          model.Cursor
}

func tell(t *testing.T, seq iter.Seq2[*model.Batch, error], n int) (all []told) {
	t.Helper()
	for b, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		x := told{slices.Clone(b.Index), slices.Clone(b.Labels), nil, b.Next}
		for _, v := range b.Views {
			row := v.Len() / v.Shape[0]
			for i := range v.Shape[0] {
				x.Bytes = append(x.Bytes, op.Data[uint8](v)[i*row])
			}
		}
		if all = append(all, x); len(all) == n {
			break
		}
	}
	return all
}

func TestFromArrow(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	d := train.FromArrow(seven(3), newRows(mem, 3, 3, 1).epoch)
	all := tell(t, d.Batches(t.Context(), model.Cursor{}), 5)
	want := told{[]int32{4, 5, 6}, []int32{0, 1, -1}, []byte{65, 81, 97, 66, 82, 98}, model.Cursor{Epoch: 1, Item: 6}}
	if !reflect.DeepEqual(all[3], want) {
		t.Errorf("the fourth batch is %+v, want %+v", all[3], want)
	}
	for i, b := range all[:4] {
		if next := tell(t, d.Batches(t.Context(), b.Next), 1); !reflect.DeepEqual(next[0], all[i+1]) {
			t.Errorf("from %+v on: %+v, want %+v", b.Next, next[0], all[i+1])
		}
	}
}

func TestFromArrowErrors(t *testing.T) {
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		change func(r *rows, info *model.DataInfo)
		from   model.Cursor
		epoch  func(r *rows) func(context.Context, int) iter.Seq2[arrow.Record, error]
		says   string
	}{
		"unknown key":   {change: func(_ *rows, i *model.DataInfo) { i.Keys[2] = "other" }, says: `the key "clip2#0"`},
		"shape":         {change: func(_ *rows, i *model.DataInfo) { i.Shape[0] = 2 }, says: "column view_0 is fixed_shape_tensor<uint8>[1,2,2,3] with 0 nulls, want uint8 of the shape [2 2 2 3]"},
		"views":         {change: func(_ *rows, i *model.DataInfo) { i.Views = 3 }, says: "0 columns view_2, want one"},
		"too long":      {change: func(r *rows, _ *model.DataInfo) { r.batch = []int{3, 4} }, says: "of 4 rows at item 3 of epoch 0, want 3"},
		"short between": {change: func(r *rows, _ *model.DataInfo) { r.batch = []int{3, 2, 3} }, says: "of 3 rows at item 3 of epoch 0"},
		"nothing":       {change: func(r *rows, _ *model.DataInfo) { r.batch = []int{1} }, says: "epoch 0 ends after 0 samples"},
		"cursor":        {from: model.Cursor{Epoch: 2, Item: 9}, says: "epoch 2 ends after 6 samples"},
		"of the data": {says: "broken", epoch: func(*rows) func(context.Context, int) iter.Seq2[arrow.Record, error] {
			return func(context.Context, int) iter.Seq2[arrow.Record, error] {
				return func(yield func(arrow.Record, error) bool) { yield(nil, broken) }
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer mem.AssertSize(t, 0)
			r, info := newRows(mem, 3, 3), seven(3)
			if c.change != nil {
				c.change(r, &info)
			}
			epoch := r.epoch
			if c.epoch != nil {
				epoch = c.epoch(r)
			}
			n := 0
			for _, err := range train.FromArrow(info, epoch).Batches(t.Context(), c.from) {
				if err != nil {
					if !strings.Contains(err.Error(), c.says) {
						t.Errorf("%q does not say %q", err, c.says)
					}
					return
				}
				if n++; n > 10 {
					break
				}
			}
			t.Error("no error")
		})
	}
}

func TestFromArrowEndsWithItsContext(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	n := 0
	for _, err := range train.FromArrow(seven(3), newRows(memory.DefaultAllocator, 3, 3).epoch).Batches(ctx, model.Cursor{}) {
		if err != nil {
			if !errors.Is(err, why) {
				t.Errorf("ended with %v", err)
			}
			return
		}
		if n++; n == 4 {
			cancel(why)
		}
	}
	t.Error("no error")
}
