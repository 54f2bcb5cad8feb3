package shard

import (
	"fmt"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
)

// checkRecord says whether every array of a record lies within its buffers, so that no accessor can panic.
func checkRecord(rec arrow.Record) error {
	for i, col := range rec.Columns() {
		if err := checkData(col.Data().DataType(), col.Data()); err != nil {
			return fmt.Errorf("column %q: %w", rec.ColumnName(i), err)
		}
	}
	return nil
}

func checkData(t arrow.DataType, d arrow.ArrayData) error {
	end := int64(d.Offset()) + int64(d.Len())
	if d.Offset() < 0 || d.Len() < 0 || end > math.MaxInt64/64 {
		return fmt.Errorf("%d values", d.Len())
	}
	if d.NullN() > 0 {
		if err := need(d, 0, (end+7)/8, "validity"); err != nil {
			return err
		}
	}
	switch t := t.(type) {
	case arrow.ExtensionType:
		return checkData(t.StorageType(), d)
	case *arrow.StringType, *arrow.BinaryType:
		return checkOffsets[int32](d, arrow.Int32Traits.CastFromBytes, 4, bufferLen(d, 2))
	case *arrow.LargeStringType, *arrow.LargeBinaryType:
		return checkOffsets[int64](d, arrow.Int64Traits.CastFromBytes, 8, bufferLen(d, 2))
	case *arrow.ListType:
		child := d.Children()[0]
		if err := checkOffsets[int32](d, arrow.Int32Traits.CastFromBytes, 4, int64(child.Len())); err != nil {
			return err
		}
		return checkData(t.Elem(), child)
	case *arrow.FixedSizeListType:
		return checkFixedSizeList(t, d, end)
	case *arrow.StructType:
		for i, f := range t.Fields() {
			child := d.Children()[i]
			if int64(child.Len()) < end {
				return fmt.Errorf("field %q has %d values, want %d", f.Name, child.Len(), end)
			}
			if err := checkData(f.Type, child); err != nil {
				return fmt.Errorf("field %q: %w", f.Name, err)
			}
		}
		return nil
	case arrow.FixedWidthDataType:
		bits := int64(t.BitWidth())
		if end > 0 && bits > 0 && end > (math.MaxInt64-7)/bits {
			return fmt.Errorf("%d values", end)
		}
		return need(d, 1, (end*bits+7)/8, "values")
	default:
		return fmt.Errorf("type %v is not supported", t)
	}
}

func checkFixedSizeList(t *arrow.FixedSizeListType, d arrow.ArrayData, end int64) error {
	child := d.Children()[0]
	n := int64(t.Len())
	if n <= 0 || end > math.MaxInt64/n || int64(child.Len()) < end*n {
		return fmt.Errorf("%d lists of %d have %d values", end, n, child.Len())
	}
	return checkData(t.Elem(), child)
}

func bufferLen(d arrow.ArrayData, i int) int64 {
	if i >= len(d.Buffers()) || d.Buffers()[i] == nil {
		return 0
	}
	return int64(d.Buffers()[i].Len())
}

func need(d arrow.ArrayData, i int, bytes int64, what string) error {
	if have := bufferLen(d, i); have < bytes {
		return fmt.Errorf("%d bytes of %s, want %d", have, what, bytes)
	}
	return nil
}

// checkOffsets says whether the offsets of a list or of text rise from 0 or more to at most limit.
func checkOffsets[T int32 | int64](d arrow.ArrayData, cast func([]byte) []T, width, limit int64) error {
	if d.Len() == 0 {
		return nil
	}
	if err := need(d, 1, int64(d.Offset()+d.Len()+1)*width, "offsets"); err != nil {
		return err
	}
	offsets := cast(d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()+1]
	last := T(0)
	for i, o := range offsets {
		if o < last {
			return fmt.Errorf("offset %d is %d, less than %d", i, o, last)
		}
		last = o
	}
	if int64(last) > limit {
		return fmt.Errorf("offsets reach %d of %d", last, limit)
	}
	return nil
}
