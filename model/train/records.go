package train

import (
	"context"
	"fmt"
	"iter"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"vidcsl/model"
	"vidcsl/model/op"
	"vidcsl/pipeline/shard"
)

// FromArrow makes a data set of a pipeline of the program's own. epoch returns the record batches of one epoch, each of info.Batch
// rows, which is one batch of training; a shorter one may be the last and is left out. What it returns must depend on its number
// alone, so that a run can be resumed: then the record batches before the cursor are asked for and passed over.
//
// A record batch has the columns
//
//	key     utf8              one of info.Keys, or else the column source is: of which sample the row is
//	label   int32, nullable
//	view_k  arrow.fixed_shape_tensor<uint8>[T,H,W,3], for each of info.Views
//
// and may have others, as those of package augment do. Batches refer to the columns' pixels and do not copy them; a record batch is
// borrowed until the next one is asked for.
func FromArrow(info model.DataInfo, epoch func(ctx context.Context, epoch int) iter.Seq2[arrow.Record, error]) model.Dataset {
	d := &records{info: info, epoch: epoch, places: make(map[string]int32, len(info.Keys))}
	for i, k := range info.Keys {
		d.places[k] = int32(i)
	}
	return d
}

type records struct {
	info   model.DataInfo
	epoch  func(ctx context.Context, epoch int) iter.Seq2[arrow.Record, error]
	places map[string]int32 // by key
}

// Info implements [model.Dataset].
func (d *records) Info() model.DataInfo { return d.info }

// Batches implements [model.Dataset].
func (d *records) Batches(ctx context.Context, from model.Cursor) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		for {
			more, err := d.one(ctx, from, yield)
			if err != nil {
				yield(nil, err)
			}
			if err != nil || !more {
				return
			}
			from = model.Cursor{Epoch: from.Epoch + 1}
		}
	}
}

// one yields the batches of an epoch from an item on, and says whether more are wanted.
func (d *records) one(ctx context.Context, from model.Cursor, yield func(*model.Batch, error) bool) (more bool, err error) {
	at, short := 0, false
	b := &model.Batch{}
	for rec, err := range d.epoch(ctx, from.Epoch) {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return false, err
		}
		n := int(rec.NumRows())
		if n > d.info.Batch || short {
			return false, fmt.Errorf("train: a record batch of %d rows at item %d of epoch %d, want %d, and at most the last one shorter", n, at, from.Epoch, d.info.Batch)
		}
		if short = n < d.info.Batch; short {
			continue
		}
		at += n
		if at <= from.Item {
			continue
		}
		if err := d.fill(b, rec); err != nil {
			return false, err
		}
		b.Next = model.Cursor{Epoch: from.Epoch, Item: at}
		if !yield(b, nil) {
			return false, nil
		}
	}
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if at < max(from.Item, d.info.Batch) {
		return false, fmt.Errorf("train: epoch %d ends after %d samples, want a batch of %d after item %d", from.Epoch, at, d.info.Batch, from.Item)
	}
	return true, nil
}

// fill makes a batch of a record batch.
func (d *records) fill(b *model.Batch, rec arrow.Record) error {
	keys, err := column[*array.String](rec, shard.KeyColumn)
	if err != nil {
		return err
	}
	labels, err := column[*array.Int32](rec, "label")
	if err != nil {
		return err
	}
	sources, _ := column[*array.String](rec, "source")
	b.Index, b.Labels, b.Views = b.Index[:0], b.Labels[:0], b.Views[:0]
	for i := range int(rec.NumRows()) {
		place, ok := d.places[keys.Value(i)]
		if !ok && sources != nil {
			place, ok = d.places[sources.Value(i)]
		}
		if !ok {
			return fmt.Errorf("train: a row with the key %q, which is not one of the %d of the data set", keys.Value(i), len(d.places))
		}
		label := int32(-1)
		if labels.IsValid(i) {
			label = labels.Value(i)
		}
		b.Index, b.Labels = append(b.Index, place), append(b.Labels, label)
	}
	for k := range d.info.Views {
		v, err := d.view(rec, fmt.Sprintf("view_%d", k))
		if err != nil {
			return err
		}
		b.Views = append(b.Views, v)
	}
	return nil
}

// view returns the pixels of a column, without copying.
func (d *records) view(rec arrow.Record, name string) (op.Tensor, error) {
	a, err := column[*shard.TensorArray](rec, name)
	if err != nil {
		return op.Tensor{}, err
	}
	s, elem := a.Shape(), a.Tensor().Storage.(*arrow.FixedSizeListType).Elem()
	if elem.ID() != arrow.UINT8 || len(s) != 4 || [4]int(s) != d.info.Shape || a.NullN() > 0 {
		return op.Tensor{}, fmt.Errorf("train: column %s is %v with %d nulls, want uint8 of the shape %v", name, a.Tensor(), a.NullN(), d.info.Shape)
	}
	values := a.Data().Children()[0]
	from, size := a.Data().Offset()*a.Tensor().RowBytes()+values.Offset(), a.Len()*a.Tensor().RowBytes()
	return op.From(values.Buffers()[1].Bytes()[from:from+size], a.Len(), s[0], s[1], s[2], s[3]), nil
}

// column returns a column by name and type.
func column[A arrow.Array](rec arrow.Record, name string) (a A, err error) {
	at := rec.Schema().FieldIndices(name)
	if len(at) != 1 {
		return a, fmt.Errorf("train: a record batch with %d columns %s, want one", len(at), name)
	}
	a, ok := rec.Column(at[0]).(A)
	if !ok {
		return a, fmt.Errorf("train: column %s is %v, want %T", name, rec.Column(at[0]).DataType(), a)
	}
	return a, nil
}
