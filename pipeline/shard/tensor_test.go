package shard

import (
	"bytes"
	"math"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

func TestTensorTypeMetadata(t *testing.T) {
	typ := FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 16, 112, 112, 3)
	if got := typ.Serialize(); got != `{"shape":[16,112,112,3]}` {
		t.Errorf("metadata %s", got)
	}
	if got := typ.String(); got != "fixed_shape_tensor<uint8>[16,112,112,3]" {
		t.Errorf("string %s", got)
	}
	if typ.RowBytes() != 16*112*112*3 {
		t.Errorf("row of %d bytes", typ.RowBytes())
	}
	typ.Shape()[0] = 99
	if typ.Shape()[0] != 16 {
		t.Error("Shape lets the type be changed")
	}
	back, err := typ.Deserialize(typ.StorageType(), typ.Serialize())
	if err != nil || !arrow.TypeEqual(back, typ) {
		t.Errorf("deserialised %v, %v", back, err)
	}
	if arrow.TypeEqual(typ, FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 112, 16, 112, 3)) {
		t.Error("two shapes are equal")
	}
	if arrow.TypeEqual(typ, FixedShapeTensor(arrow.PrimitiveTypes.Int8, 16, 112, 112, 3)) {
		t.Error("two element types are equal")
	}
}

func TestTensorTypeDeserialize(t *testing.T) {
	six := arrow.FixedSizeListOf(6, arrow.PrimitiveTypes.Float32)
	named := `{"shape":[2,3],"dim_names":["H","W"],"permutation":[1,0]}`
	typ, err := (&TensorType{}).Deserialize(six, named)
	if err != nil {
		t.Fatal(err)
	}
	if got := typ.Serialize(); got != named {
		t.Errorf("metadata %s, want %s", got, named)
	}
	for _, c := range []struct {
		storage arrow.DataType
		data    string
	}{
		{six, ``}, {six, `{}`}, {six, `{"shape":[2,2]}`}, {six, `{"shape":[-2,-3]}`}, {six, `{"shape":[6,0]}`},
		{six, `{"shape":[65536,65536,65536,65536]}`}, {six, `{"shape":"6"}`},
		{arrow.ListOf(arrow.PrimitiveTypes.Float32), `{"shape":[6]}`},
		{arrow.FixedSizeListOf(6, arrow.BinaryTypes.String), `{"shape":[6]}`},
	} {
		if typ, err := (&TensorType{}).Deserialize(c.storage, c.data); err == nil {
			t.Errorf("%v with %s became %v", c.storage, c.data, typ)
		}
	}
}

func TestTensorMisusePanics(t *testing.T) {
	buf := memory.NewBufferBytes(make([]byte, 5))
	for name, fn := range map[string]func(){
		"no dimensions":   func() { FixedShapeTensor(arrow.PrimitiveTypes.Uint8) },
		"zero dimension":  func() { FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 3, 0) },
		"too many":        func() { FixedShapeTensor(arrow.PrimitiveTypes.Uint8, math.MaxInt32, 2) },
		"bits":            func() { FixedShapeTensor(arrow.FixedWidthTypes.Boolean, 8) },
		"text":            func() { FixedShapeTensor(arrow.BinaryTypes.String, 8) },
		"short buffer":    func() { NewTensorArray(FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 3), 2, buf) },
		"row behind end":  func() { NewTensorArray(FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 3), 1, buf).Row(1) },
		"row before zero": func() { NewTensorArray(FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 3), 1, buf).Row(-1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			fn()
		})
	}
}

func TestTensorArrayIsZeroCopy(t *testing.T) {
	mem := checked(t)
	typ := FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 2, 3)
	buf := memory.NewResizableBuffer(mem)
	buf.Resize(100) // more than needed
	for i := range buf.Bytes() {
		buf.Bytes()[i] = byte(i)
	}
	arr := NewTensorArray(typ, 4, buf)
	defer arr.Release()
	if arr.Len() != 4 || arr.NullN() != 0 || arr.Shape()[1] != 3 {
		t.Errorf("%v", arr)
	}
	if got := arr.Row(2); !bytes.Equal(got, []byte{12, 13, 14, 15, 16, 17}) || cap(got) != 6 {
		t.Errorf("row 2 is %v", got)
	}
	if &arr.Row(0)[0] != &buf.Bytes()[0] {
		t.Error("the bytes were copied")
	}
	buf.Release() // the array keeps them

	slice := array.NewSlice(arr, 1, 3).(*TensorArray)
	defer slice.Release()
	if got := slice.Row(1); !bytes.Equal(got, []byte{12, 13, 14, 15, 16, 17}) {
		t.Errorf("row 1 of the slice is %v", got)
	}
	if n := testing.AllocsPerRun(100, func() { arr.Row(1) }); n != 0 {
		t.Errorf("Row allocates %v times", n)
	}
}

func TestTensorEmptyAndWide(t *testing.T) {
	mem := checked(t)
	empty := NewTensorArray(testTensor, 0, memory.NewBufferBytes(nil))
	defer empty.Release()
	if empty.Len() != 0 {
		t.Errorf("%v", empty)
	}
	buf := memory.NewResizableBuffer(mem)
	defer buf.Release()
	buf.Resize(16)
	copy(arrow.Float32Traits.CastFromBytes(buf.Bytes()), []float32{1, 2, 3, 4})
	arr := NewTensorArray(FixedShapeTensor(arrow.PrimitiveTypes.Float32, 2), 2, buf)
	defer arr.Release()
	if got := arrow.Float32Traits.CastFromBytes(arr.Row(1)); got[0] != 3 || got[1] != 4 {
		t.Errorf("row 1 is %v", got)
	}
}

// A slice of a batch must be stored as if it had been made on its own.
func TestTensorSlicesAreStored(t *testing.T) {
	for _, c := range []Compression{Raw, LZ4, Zstd} {
		t.Run(c.String(), func(t *testing.T) {
			mem := checked(t)
			rec := testRecord(mem, "a", "bb", "c", "dd", "e")
			defer rec.Release()
			part := rec.NewSlice(1, 4)
			defer part.Release()
			path := filepath.Join(t.TempDir(), "x.arrow")
			writeFile(t, path, mem, c, part)

			r, err := OpenFile(path, WithAllocator(mem))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for got, err := range r.Records() {
				if err != nil {
					t.Fatal(err)
				}
				if !array.RecordEqual(got, part) {
					t.Errorf("got %v, want %v", got, part)
				}
				view := got.Column(2).(*TensorArray)
				want := make([]byte, testTensor.RowBytes())
				fillRow(want, "dd")
				if !bytes.Equal(view.Row(2), want) {
					t.Error("row 2 has other bytes")
				}
			}
		})
	}
}

// writeFile writes records to a file of its own.
func writeFile(t testing.TB, path string, mem memory.Allocator, c Compression, recs ...arrow.Record) {
	t.Helper()
	f, err := createTemp(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.abort()
	w, err := newArrowWriter(f, testSchema, c, mem)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recs {
		if err := w.write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	if err := f.commit(); err != nil {
		t.Fatal(err)
	}
}
