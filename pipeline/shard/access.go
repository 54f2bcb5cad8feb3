package shard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// ErrCompressed: the buffers of a file are compressed, so that rows of them cannot be read on their own.
var ErrCompressed = errors.New("the buffers are compressed")

// Access reads parts of a file on their own: some columns of a record batch, or, where buffers are not compressed, single rows of a
// tensor column, each row with one read of just its bytes. It is valid until its Reader is closed and safe for concurrent use.
type Access struct {
	path    string
	src     io.ReaderAt
	schema  *arrow.Schema
	batches []placement
	max     int64 // bytes of a buffer
}

// placement says where the parts of a record batch lie.
type placement struct {
	rows    int64
	codec   Compression
	body    int64    // offset in the file
	nodes   []extent // length and nulls of each array
	buffers []extent // length and offset in the body
}

type extent struct{ n, at int64 }

// Access returns the means to read parts of the file. It costs a read of a few hundred bytes per record batch.
func (r *Reader) Access() (*Access, error) {
	if r.fr == nil {
		return nil, fmt.Errorf("shard: %s: read after Close", r.path)
	}
	a := &Access{path: r.path, src: r.src, schema: r.Schema(), max: r.max}
	err := r.guard(func() error {
		size, err := r.src.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		tail, err := readAt(r.src, size-tailBytes, tailBytes)
		if err != nil {
			return err
		}
		n := int64(binary.LittleEndian.Uint32(tail))
		b, err := readAt(r.src, size-tailBytes-n, int(n)) // open has checked it
		if err != nil {
			return err
		}
		footer := newFlat(b).root()
		start, blocks := footer.vectorField(footerBatches, blockBytes)
		for i := range blocks {
			at := start + i*blockBytes
			p, err := place(r.src, i, footer.f.i64(at), int(int32(footer.f.u32(at+8))), footer.f.i64(at+16))
			if err != nil {
				return err
			}
			a.batches = append(a.batches, p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// place reads where the parts of record batch i lie, whose message is at off.
func place(src io.ReaderAt, i int, off int64, meta int, body int64) (p placement, err error) {
	b, err := readAt(src, off, meta)
	if err != nil {
		return p, err
	}
	p.rows, p.body = checkMessage(b, body, i), off+int64(meta)
	batch, _ := newFlat(b[8:]).root().tableField(messageHeader)
	if c, ok := batch.tableField(batchCompression); ok {
		if p.codec = LZ4 + Compression(c.byteField(0)); p.codec > Zstd {
			return p, fmt.Errorf("record batch %d is compressed by codec %d, want 0 (lz4) or 1 (zstd)", i, c.byteField(0))
		}
	}
	extents := func(field int, first, second int) []extent {
		start, n := batch.vectorField(field, 16)
		es := make([]extent, n)
		for k := range es {
			es[k] = extent{batch.f.i64(start + 16*k + first), batch.f.i64(start + 16*k + second)}
		}
		return es
	}
	p.nodes, p.buffers = extents(batchNodes, 0, 8), extents(batchBuffers, 8, 0)
	return p, nil
}

// Compressed reports whether any buffers of the file are compressed.
func (a *Access) Compressed() bool {
	return slices.ContainsFunc(a.batches, func(p placement) bool { return p.codec != Raw })
}

// Columns returns these columns of record batch i, in this order, and reads only them. The caller releases the record.
func (a *Access) Columns(i int, names ...string) (arrow.Record, error) {
	if i < 0 || i >= len(a.batches) {
		return nil, fmt.Errorf("shard: %s: record batch %d of %d", a.path, i, len(a.batches))
	}
	fields, cols := make([]arrow.Field, len(names)), make([]arrow.Array, len(names))
	defer func() {
		for _, c := range cols {
			if c != nil {
				c.Release()
			}
		}
	}()
	for k, name := range names {
		err := a.walk(i, name, func(w *walker, f arrow.Field) error {
			data, err := w.array(f.Type)
			if err != nil {
				return err
			}
			defer data.Release()
			if err := checkData(f.Type, data); err != nil {
				return err
			}
			if int64(data.Len()) != a.batches[i].rows {
				return fmt.Errorf("%d values in a batch of %d rows", data.Len(), a.batches[i].rows)
			}
			fields[k], cols[k] = f, array.MakeFromData(data)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), cols, a.batches[i].rows), nil
}

// walk calls fn at the column of that name of record batch i.
func (a *Access) walk(i int, name string, fn func(*walker, arrow.Field) error) error {
	w := &walker{src: a.src, placement: &a.batches[i], max: a.max}
	for _, f := range a.schema.Fields() {
		w.skip = f.Name != name
		var err error
		if w.skip {
			_, err = w.array(f.Type)
		} else {
			err = fn(w, f)
		}
		switch {
		case err != nil:
			return fmt.Errorf("shard: %s: record batch %d: column %q: %w: %w", a.path, i, f.Name, ErrDamaged, err)
		case !w.skip:
			return nil
		}
	}
	return fmt.Errorf("shard: %s: no column %q", a.path, name)
}
