package shard

import (
	"fmt"
	"io"
	"sort"

	"github.com/apache/arrow/go/v15/arrow"
)

// Rows reads single rows of a tensor column. It is valid until the Reader is closed and safe for concurrent use.
type Rows struct {
	path, column string
	src          io.ReaderAt
	width        int64
	ends         []int64 // of each batch: rows up to its end
	starts       []int64 // of each batch: offset of its first row in the file
}

// Rows returns the rows of a tensor column, numbered over all record batches of the file. The error wraps [ErrCompressed] where buffers
// are compressed.
func (a *Access) Rows(column string) (*Rows, error) {
	if a.Compressed() {
		return nil, fmt.Errorf("shard: %s: %w", a.path, ErrCompressed)
	}
	at := a.schema.FieldIndices(column)
	if len(at) != 1 {
		return nil, fmt.Errorf("shard: %s: no column %q", a.path, column)
	}
	t, ok := a.schema.Field(at[0]).Type.(*TensorType)
	if !ok {
		return nil, fmt.Errorf("shard: %s: column %q is %v, want a tensor", a.path, column, a.schema.Field(at[0]).Type)
	}
	rows := &Rows{path: a.path, column: column, src: a.src, width: int64(t.RowBytes())}
	for i := range a.batches {
		err := a.walk(i, column, func(w *walker, _ arrow.Field) error {
			w.skip = true
			first := w.buffer
			if _, err := w.array(t); err != nil {
				return err
			}
			values := w.buffers[first+2] // after the validity of the lists and that of the values
			if w.rows > values.n/rows.width {
				return fmt.Errorf("%d bytes, want %d rows of %d", values.n, w.rows, rows.width)
			}
			rows.starts = append(rows.starts, w.body+values.at)
			rows.ends = append(rows.ends, rows.Len()+w.rows)
			w.skip = false
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Len returns the number of rows.
func (r *Rows) Len() int64 {
	if len(r.ends) == 0 {
		return 0
	}
	return r.ends[len(r.ends)-1]
}

// Read fills dst, which must be as long as a row, with the bytes of row i.
func (r *Rows) Read(dst []byte, i int64) error {
	if i < 0 || i >= r.Len() || int64(len(dst)) != r.width {
		return fmt.Errorf("shard: %s: %d bytes of row %d of %q, which has %d rows of %d bytes", r.path, len(dst), i, r.column, r.Len(), r.width)
	}
	b := sort.Search(len(r.ends), func(b int) bool { return r.ends[b] > i })
	first := int64(0)
	if b > 0 {
		first = r.ends[b-1]
	}
	if _, err := r.src.ReadAt(dst, r.starts[b]+(i-first)*r.width); err != nil {
		return fmt.Errorf("shard: %s: row %d of %q: %w: %w", r.path, i, r.column, ErrDamaged, err)
	}
	return nil
}
