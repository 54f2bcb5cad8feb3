package eval

import (
	"fmt"
	"io"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/model/op"
	"vidcsl/pipeline/durable"
)

// embeddingRows is the length of a record batch.
const embeddingRows = 4096

// WriteEmbeddings writes features to an Arrow IPC file with the columns key (utf8; the number of the sample if there are no keys),
// label (int32, null without one) and embedding (fixed_size_list<float32>[H]); the names of the classes are in the schema's
// metadata as class_0, class_1, …. It writes and syncs a temporary file in the same folder and renames it, so that path never names
// half a file.
func WriteEmbeddings(path string, f Features) error {
	if err := f.check("the"); err != nil {
		return err
	}
	if err := durable.Write(path, f.encode); err != nil {
		return fmt.Errorf("eval: write %s: %w", path, err)
	}
	return nil
}

func (f Features) encode(file io.WriteSeeker) error {
	var keys, values []string
	for i, c := range f.Classes {
		keys, values = append(keys, "class_"+strconv.Itoa(i)), append(values, c)
	}
	metadata := arrow.NewMetadata(keys, values)
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "key", Type: arrow.BinaryTypes.String},
		{Name: "label", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "embedding", Type: arrow.FixedSizeListOf(int32(f.Dim()), arrow.PrimitiveTypes.Float32)},
	}, &metadata)
	w, err := ipc.NewFileWriter(file, ipc.WithSchema(schema), ipc.WithAllocator(memory.DefaultAllocator))
	if err != nil {
		return err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for from := 0; from < f.Len(); from += embeddingRows {
		f.append(b, from, min(from+embeddingRows, f.Len()))
		rec := b.NewRecord()
		err := w.Write(rec)
		rec.Release()
		if err != nil {
			return err
		}
	}
	return w.Close()
}

func (f Features) append(b *array.RecordBuilder, from, to int) {
	key, label := b.Field(0).(*array.StringBuilder), b.Field(1).(*array.Int32Builder)
	lists := b.Field(2).(*array.FixedSizeListBuilder)
	for i := from; i < to; i++ {
		if f.Keys == nil {
			key.Append(strconv.Itoa(i))
		} else {
			key.Append(f.Keys[i])
		}
		if f.Labels[i] < 0 {
			label.AppendNull()
		} else {
			label.Append(f.Labels[i])
		}
		lists.Append(true)
	}
	lists.ValueBuilder().(*array.Float32Builder).AppendValues(op.Data[float32](f.X)[from*f.Dim():to*f.Dim()], nil)
}
