package shard

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TensorArray is a column of tensors of one shape, see [TensorType]. Like every Arrow array it is immutable,
// reference-counted and safe for concurrent reading.
type TensorArray struct {
	array.ExtensionArrayBase
}

// NewTensorArray returns a column of n tensors over the first n*t.RowBytes() bytes of buf, without copying: row i
// is at byte i*t.RowBytes(). Elements wider than a byte are little-endian.
//
// The array retains buf; the caller keeps its own reference and must not change the bytes as long as the array lives.
// The caller releases the array. NewTensorArray panics when buf is too short.
func NewTensorArray(t *TensorType, n int, buf *memory.Buffer) *TensorArray {
	list := t.Storage.(*arrow.FixedSizeListType)
	size := n * t.RowBytes()
	if n < 0 || buf.Len() < size {
		panic(fmt.Sprintf("shard: %d rows of %v need %d bytes, the buffer has %d", n, t, size, buf.Len()))
	}
	exact := memory.SliceBuffer(buf, 0, size) // exact, so that a file never holds what lies behind the last row
	defer exact.Release()
	values := array.NewData(list.Elem(), n*int(list.Len()), []*memory.Buffer{nil, exact}, nil, 0, 0)
	defer values.Release()
	data := array.NewData(t, n, []*memory.Buffer{nil}, []arrow.ArrayData{values}, 0, 0)
	defer data.Release()
	return array.NewExtensionData(data).(*TensorArray)
}

// Tensor returns the type of the column.
func (a *TensorArray) Tensor() *TensorType { return a.DataType().(*TensorType) }

// Shape returns the shape of one row. The caller owns the slice.
func (a *TensorArray) Shape() []int { return a.Tensor().Shape() }

// Row returns the bytes of row i, without copying: they are valid as long as the array is, and must not be changed.
// Elements wider than a byte are in the machine's byte order. A null row has undefined content. Row panics when i
// is out of range.
func (a *TensorArray) Row(i int) []byte {
	if i < 0 || i >= a.Len() {
		panic(fmt.Sprintf("shard: row %d of a tensor column of %d", i, a.Len()))
	}
	data := a.Data()
	values := data.Children()[0]
	w := a.Tensor().RowBytes()
	width := w / int(a.Tensor().Storage.(*arrow.FixedSizeListType).Len())
	start := (data.Offset()+i)*w + values.Offset()*width
	return values.Buffers()[1].Bytes()[start : start+w : start+w]
}

// String returns the type and the number of rows; it does not print the values, which may be megabytes.
func (a *TensorArray) String() string { return fmt.Sprintf("%v × %d", a.Tensor(), a.Len()) }

// ValueStr returns a short description of row i.
func (a *TensorArray) ValueStr(i int) string {
	if a.IsNull(i) {
		return array.NullValueStr
	}
	return a.Tensor().String()
}

var _ array.ExtensionArray = (*TensorArray)(nil)
