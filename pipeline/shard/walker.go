package shard

import (
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// walker goes through the arrays of a record batch in the order in which the format lays them down.
type walker struct {
	*placement
	src          io.ReaderAt
	node, buffer int
	skip         bool  // count only
	max          int64 // bytes of a buffer
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
		if b, err = w.codec.expand(b, w.max); err != nil {
			return extent{}, nil, err
		}
		bufs[k] = memory.NewBufferBytes(b)
	}
	return node, bufs, nil
}
