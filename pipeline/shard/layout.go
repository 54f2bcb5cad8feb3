package shard

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
)

// Field numbers and constants of the Arrow format, from format/File.fbs, Schema.fbs and Message.fbs.
const (
	arrowMagic = "ARROW1"
	headBytes  = 8  // magic, padded
	tailBytes  = 10 // length of the footer, magic

	footerSchema, footerDictionaries, footerBatches, footerMetadata = 1, 2, 3, 4
	schemaFields, schemaMetadata, schemaFeatures                    = 1, 2, 3
	fieldName, fieldType, fieldDictionary                           = 0, 3, 4
	fieldChildren, fieldMetadata                                    = 5, 6
	keyValueKey, keyValueValue                                      = 0, 1
	messageHeaderType, messageHeader, messageBodyLength             = 1, 2, 3
	batchLength, batchNodes, batchBuffers                           = 0, 1, 2
	batchCompression, batchVariadic                                 = 3, 4

	recordBatchHeader = 3
	blockBytes        = 24
	maxNesting        = 64
)

// layout is what the structure of a file says.
type layout struct {
	rows int64
}

// checkLayout follows the structure of an Arrow IPC file from its footer to every buffer and says where it leads outside
// the file. It reads the metadata, not the buffers.
func checkLayout(r io.ReaderAt, size int64) (l *layout, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case layoutError:
			err = p
		case runtime.Error:
			err = p
		default:
			panic(p)
		}
	}()
	if size < headBytes+tailBytes {
		return nil, fmt.Errorf("%d bytes, too short for an Arrow file", size)
	}
	head, err := readAt(r, 0, headBytes)
	if err != nil {
		return nil, err
	}
	tail, err := readAt(r, size-tailBytes, tailBytes)
	if err != nil {
		return nil, err
	}
	if string(head[:len(arrowMagic)]) != arrowMagic {
		return nil, fmt.Errorf("not an Arrow file: it begins with %q", head[:len(arrowMagic)])
	}
	if string(tail[4:]) != arrowMagic {
		return nil, fmt.Errorf("truncated, or damaged at the end: the last bytes are %q, want %q", tail[4:], arrowMagic)
	}
	n := int64(binary.LittleEndian.Uint32(tail))
	end := size - tailBytes - n
	if n < 4 || end < headBytes {
		return nil, fmt.Errorf("the footer claims %d bytes of %d", n, size)
	}
	footer, err := readAt(r, end, int(n))
	if err != nil {
		return nil, err
	}
	return checkFooter(r, newFlat(footer).root(), end)
}

func readAt(r io.ReaderAt, off int64, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := r.ReadAt(b, off); err != nil {
		return nil, err
	}
	return b, nil
}

func checkFooter(r io.ReaderAt, footer flatTable, end int64) (*layout, error) {
	schema, ok := footer.tableField(footerSchema)
	if !ok {
		bad("the footer has no schema")
	}
	schema.tablesField(schemaFields, func(f flatTable) { checkField(f, 0) })
	schema.tablesField(schemaMetadata, checkKeyValue)
	schema.vectorField(schemaFeatures, 8)
	footer.tablesField(footerMetadata, checkKeyValue)
	if _, n := footer.vectorField(footerDictionaries, blockBytes); n > 0 {
		bad("dictionary-coded columns are not supported")
	}
	l := &layout{}
	start, n := footer.vectorField(footerBatches, blockBytes)
	for i := range n {
		at := start + i*blockBytes
		off := footer.f.i64(at)
		meta := int64(int32(footer.f.u32(at + 8)))
		body := footer.f.i64(at + 16)
		if off < headBytes || meta < 16 || body < 0 || off%8 != 0 || meta%8 != 0 || body%8 != 0 ||
			off > end-meta || body > end-meta-off {
			bad("record batch %d claims %d+%d bytes at %d, the footer begins at %d", i, meta, body, off, end)
		}
		b, err := readAt(r, off, int(meta))
		if err != nil {
			return nil, err
		}
		rows := checkMessage(b, body, i)
		if rows > math.MaxInt64-l.rows {
			bad("record batch %d claims %d rows", i, rows)
		}
		l.rows += rows
	}
	return l, nil
}

func checkField(f flatTable, depth int) {
	if depth > maxNesting {
		bad("the schema is nested deeper than %d", maxNesting)
	}
	f.vectorField(fieldName, 1)
	f.tableField(fieldType)
	if _, ok := f.tableField(fieldDictionary); ok {
		bad("dictionary-coded columns are not supported")
	}
	f.tablesField(fieldMetadata, checkKeyValue)
	f.tablesField(fieldChildren, func(c flatTable) { checkField(c, depth+1) })
}

func checkKeyValue(kv flatTable) {
	kv.vectorField(keyValueKey, 1)
	kv.vectorField(keyValueValue, 1)
}

// checkMessage checks the metadata of record batch i and returns its number of rows.
func checkMessage(b []byte, body int64, i int) int64 {
	if binary.LittleEndian.Uint32(b) != math.MaxUint32 {
		bad("record batch %d does not begin with a message", i)
	}
	if n := int64(binary.LittleEndian.Uint32(b[4:])); n > int64(len(b)-8) {
		bad("record batch %d claims %d bytes of metadata, the footer says %d", i, n, len(b)-8)
	}
	msg := newFlat(b[8:]).root()
	if h := msg.byteField(messageHeaderType); h != recordBatchHeader {
		bad("record batch %d: the message is of kind %d", i, h)
	}
	if n := msg.int64Field(messageBodyLength); n != body {
		bad("record batch %d: a body of %d bytes, the footer says %d", i, n, body)
	}
	batch, ok := msg.tableField(messageHeader)
	if !ok {
		bad("record batch %d has no header", i)
	}
	batch.tableField(batchCompression)
	batch.vectorField(batchVariadic, 8)
	rows := batch.int64Field(batchLength)
	if rows < 0 {
		bad("record batch %d claims %d rows", i, rows)
	}
	start, n := batch.vectorField(batchNodes, 16)
	for k := range n {
		length, nulls := batch.f.i64(start+16*k), batch.f.i64(start+16*k+8)
		if length < 0 || nulls < 0 || nulls > length {
			bad("record batch %d: array %d of %d values with %d nulls", i, k, length, nulls)
		}
	}
	start, n = batch.vectorField(batchBuffers, 16)
	for k := range n {
		off, length := batch.f.i64(start+16*k), batch.f.i64(start+16*k+8)
		if off < 0 || length < 0 || off > body-length {
			bad("record batch %d: buffer %d claims %d bytes at %d of %d", i, k, length, off, body)
		}
	}
	return rows
}
