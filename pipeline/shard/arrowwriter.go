package shard

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// arrowWriter writes record batches to a temporary file in the Arrow IPC file format. It turns panics of the Arrow library
// (on inconsistent arrays) into errors.
type arrowWriter struct {
	fw   *ipc.FileWriter
	file *tempFile
}

func newArrowWriter(t *tempFile, schema *arrow.Schema, c Compression, mem memory.Allocator) (*arrowWriter, error) {
	opts := append(c.options(), ipc.WithSchema(schema), ipc.WithAllocator(mem))
	fw, err := ipc.NewFileWriter(t, opts...)
	if err != nil {
		return nil, t.fail(err)
	}
	return &arrowWriter{fw: fw, file: t}, nil
}

// write borrows rec.
func (w *arrowWriter) write(rec arrow.Record) error {
	return w.guard(func() error { return w.fw.Write(rec) })
}

// close writes the footer.
func (w *arrowWriter) close() error { return w.guard(w.fw.Close) }

func (w *arrowWriter) guard(fn func() error) (err error) {
	if w.file.err != nil {
		return w.file.err
	}
	defer func() {
		if p := recover(); p != nil {
			err = w.file.fail(fmt.Errorf("arrow: %v", p))
		}
	}()
	if err := fn(); err != nil {
		return w.file.fail(err)
	}
	return nil
}

// checkSchema says whether a schema can be stored: only types whose layout the reader checks, nothing dictionary-coded
// (a dictionary would tie all batches of a file together).
func checkSchema(s *arrow.Schema) error {
	for _, f := range s.Fields() {
		if err := checkType(f.Type); err != nil {
			return fmt.Errorf("shard: column %q: %w", f.Name, err)
		}
	}
	return nil
}

func checkType(t arrow.DataType) error {
	switch t := t.(type) {
	case arrow.ExtensionType:
		return checkType(t.StorageType())
	case *arrow.StringType, *arrow.BinaryType, *arrow.LargeStringType, *arrow.LargeBinaryType:
		return nil
	case *arrow.ListType:
		return checkType(t.Elem())
	case *arrow.FixedSizeListType:
		return checkType(t.Elem())
	case *arrow.StructType:
		for _, f := range t.Fields() {
			if err := checkType(f.Type); err != nil {
				return err
			}
		}
		return nil
	case *arrow.DictionaryType:
		return fmt.Errorf("type %v is not supported", t)
	case arrow.FixedWidthDataType:
		return nil
	default:
		return fmt.Errorf("type %v is not supported", t)
	}
}
