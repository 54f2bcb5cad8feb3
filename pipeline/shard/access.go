package shard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// ErrCompressed: the buffers of a file are compressed, so that parts of them cannot be read on their own.
var ErrCompressed = errors.New("the buffers are compressed")

// Access reads parts of an uncompressed file on their own: some columns of a record batch, or single rows of a tensor column,
// each row with one read of just its bytes. It is valid until its Reader is closed and safe for concurrent use.
type Access struct {
	path    string
	src     io.ReaderAt
	schema  *arrow.Schema
	batches []placement
}

// placement says where the parts of a record batch lie.
type placement struct {
	rows    int64
	body    int64    // offset in the file
	nodes   []extent // length and nulls of each array
	buffers []extent // length and offset in the body
}

type extent struct{ n, at int64 }

// Access returns the means to read parts of the file. The error wraps [ErrCompressed] where its buffers are compressed. It
// costs a read of a few hundred bytes per record batch.
func (r *Reader) Access() (*Access, error) {
	if r.fr == nil {
		return nil, fmt.Errorf("shard: %s: read after Close", r.path)
	}
	a := &Access{path: r.path, src: r.src, schema: r.Schema()}
	compressed := false
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
			p, coded, err := place(r.src, i, footer.f.i64(at), int(int32(footer.f.u32(at+8))), footer.f.i64(at+16))
			if err != nil {
				return err
			}
			compressed = compressed || coded
			a.batches = append(a.batches, p)
		}
		return nil
	})
	if err == nil && compressed {
		err = fmt.Errorf("shard: %s: %w", r.path, ErrCompressed)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// place reads where the parts of record batch i lie, whose message is at off.
func place(src io.ReaderAt, i int, off int64, meta int, body int64) (p placement, compressed bool, err error) {
	b, err := readAt(src, off, meta)
	if err != nil {
		return p, false, err
	}
	p.rows, p.body = checkMessage(b, body, i), off+int64(meta)
	batch, _ := newFlat(b[8:]).root().tableField(messageHeader)
	_, compressed = batch.tableField(batchCompression)
	extents := func(field int, first, second int) []extent {
		start, n := batch.vectorField(field, 16)
		es := make([]extent, n)
		for k := range es {
			es[k] = extent{batch.f.i64(start + 16*k + first), batch.f.i64(start + 16*k + second)}
		}
		return es
	}
	p.nodes, p.buffers = extents(batchNodes, 0, 8), extents(batchBuffers, 8, 0)
	return p, compressed, nil
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
	w := &walker{src: a.src, placement: &a.batches[i]}
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

// walker goes through the arrays of a record batch in the order in which the format lays them down.
type walker struct {
	*placement
	src          io.ReaderAt
	node, buffer int
	skip         bool // count only
}

// array returns the next array, nil where it is skipped.
func (w *walker) array(t arrow.DataType) (arrow.ArrayData, error) {
	if ext, ok := t.(arrow.ExtensionType); ok {
		data, err := w.array(ext.StorageType())
		if err != nil || data == nil {
			return nil, err
		}
		defer data.Release()
		return array.NewData(t, data.Len(), data.Buffers(), data.Children(), data.NullN(), 0), nil
	}
	buffers := 2
	var children []arrow.Field
	switch t := t.(type) {
	case *arrow.StringType, *arrow.BinaryType, *arrow.LargeStringType, *arrow.LargeBinaryType:
		buffers = 3
	case *arrow.ListType:
		children = t.Fields()
	case *arrow.FixedSizeListType:
		buffers, children = 1, t.Fields()
	case *arrow.StructType:
		buffers, children = 1, t.Fields()
	case arrow.FixedWidthDataType:
	default:
		return nil, fmt.Errorf("type %v is not supported", t)
	}
	node, bufs, err := w.next(buffers)
	if err != nil {
		return nil, err
	}
	kids := make([]arrow.ArrayData, 0, len(children))
	defer func() {
		for _, k := range kids {
			k.Release()
		}
	}()
	for _, c := range children {
		kid, err := w.array(c.Type)
		if err != nil {
			return nil, err
		}
		if kid != nil {
			kids = append(kids, kid)
		}
	}
	if w.skip {
		return nil, nil
	}
	return array.NewData(t, int(node.n), bufs, kids, int(node.at), 0), nil
}

// next returns the next array's length and nulls, and its n buffers, which it does not read where they are skipped.
func (w *walker) next(n int) (extent, []*memory.Buffer, error) {
	if w.node >= len(w.nodes) || w.buffer+n > len(w.buffers) {
		return extent{}, nil, fmt.Errorf("%d arrays of %d buffers, fewer than the schema has", len(w.nodes), len(w.buffers))
	}
	node, at := w.nodes[w.node], w.buffer
	w.node, w.buffer = w.node+1, w.buffer+n
	if w.skip {
		return node, nil, nil
	}
	bufs := make([]*memory.Buffer, n)
	for k := range bufs {
		e := w.buffers[at+k]
		if k == 0 && node.at == 0 { // nothing is null
			continue
		}
		b, err := readAt(w.src, w.body+e.at, int(e.n))
		if err != nil {
			return extent{}, nil, err
		}
		bufs[k] = memory.NewBufferBytes(b)
	}
	return node, bufs, nil
}
