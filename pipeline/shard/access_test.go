package shard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"
)

// opened opens a file with this content and its parts.
func opened(t *testing.T, content []byte) (path string, r *Reader, a *Access) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.arrow")
	write(t, path, string(content))
	r, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	if a, err = r.Access(); err != nil {
		t.Fatal(err)
	}
	return path, r, a
}

// What is read in parts is what is read whole.
func TestAccess(t *testing.T) {
	_, r, a := opened(t, sample(t, Raw))
	rows, err := a.Rows("view_0")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Len() != 5 {
		t.Fatalf("%d rows", rows.Len())
	}
	names := []string{"view_0", "pts_0", "label", KeyColumn}
	first := 0
	for i := range r.NumRecords() {
		whole, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		part, err := a.Columns(i, names...)
		if err != nil {
			t.Fatal(err)
		}
		for k, name := range names {
			at := whole.Schema().FieldIndices(name)[0]
			if part.ColumnName(k) != name || !array.Equal(part.Column(k), whole.Column(at)) {
				t.Errorf("batch %d: column %d is %s %v, want %s %v", i, k, part.ColumnName(k), part.Column(k), name, whole.Column(at))
			}
		}
		view := whole.Column(whole.Schema().FieldIndices("view_0")[0]).(*TensorArray)
		var wg sync.WaitGroup
		for k := range view.Len() {
			wg.Go(func() {
				got := make([]byte, testTensor.RowBytes())
				if err := rows.Read(got, int64(first+k)); err != nil || !bytes.Equal(got, view.Row(k)) {
					t.Errorf("row %d differs (%v)", first+k, err)
				}
			})
		}
		wg.Wait()
		first += view.Len()
		whole.Release()
		part.Release()
	}
}

func TestAccessErrors(t *testing.T) {
	path, r, a := opened(t, sample(t, Raw))
	_, err := a.Columns(2, KeyColumn)
	wantError(t, err, path, "record batch 2 of 2")
	_, err = a.Columns(0, "sound")
	wantError(t, err, path, `no column "sound"`)
	_, err = a.Rows("sound")
	wantError(t, err, path, `no column "sound"`)
	_, err = a.Rows(KeyColumn)
	wantError(t, err, path, "utf8, want a tensor")
	rows, err := a.Rows("view_0")
	if err != nil {
		t.Fatal(err)
	}
	row := make([]byte, testTensor.RowBytes())
	wantError(t, rows.Read(row, 5), path, "row 5", "5 rows")
	wantError(t, rows.Read(row[1:], 0), path, "71 bytes")

	if err := os.Truncate(path, 600); err != nil { // by another program, while the file is open
		t.Fatal(err)
	}
	err = rows.Read(row, 4)
	wantError(t, err, path, "row 4")
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("%v is not ErrDamaged", err)
	}
	if _, err = a.Columns(1, "view_0"); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v is not ErrDamaged", err)
	}
	r.Close()
	_, err = r.Access()
	wantError(t, err, path, "after Close")

	for _, c := range []Compression{LZ4, Zstd} {
		write(t, path, string(sample(t, c)))
		r, err := OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Access()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Rows("view_0"); !a.Compressed() || !errors.Is(err, ErrCompressed) {
			t.Errorf("%v: %v", c, err)
		}
		r.Close()
	}
}

// Columns of compressed batches are those that are read whole.
func TestAccessCompressed(t *testing.T) {
	for _, c := range []Compression{LZ4, Zstd} {
		_, r, a := opened(t, sample(t, c))
		names := []string{"view_0", "label", KeyColumn}
		for i := range r.NumRecords() {
			whole, err := r.Record(i)
			if err != nil {
				t.Fatal(err)
			}
			part, err := a.Columns(i, names...)
			if err != nil {
				t.Fatal(err)
			}
			for k, name := range names {
				if want := whole.Column(whole.Schema().FieldIndices(name)[0]); !array.Equal(part.Column(k), want) {
					t.Errorf("%v, batch %d: %s is %v, want %v", c, i, name, part.Column(k), want)
				}
			}
			whole.Release()
			part.Release()
		}
	}
}

// A buffer that was not worth compressing is as it is; one that claims too much, or holds too little, is an error.
func TestExpand(t *testing.T) {
	head := func(n int64, rest ...byte) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, uint64(n)), rest...)
	}
	for _, c := range []Compression{LZ4, Zstd} {
		if b, err := c.expand(head(-1, 1, 2, 3), 8); err != nil || !bytes.Equal(b, []byte{1, 2, 3}) {
			t.Errorf("%v: %v, %v", c, b, err)
		}
		if b, err := c.expand(nil, 8); err != nil || len(b) != 0 {
			t.Errorf("%v: %v, %v", c, b, err)
		}
		for want, b := range map[string][]byte{"a compressed buffer of 3 bytes": {1, 2, 3}, "more than the limit of 8": head(9, 1), "a buffer of -2 bytes": head(-2), "a compressed buffer: ": head(4, 1)} {
			_, err := c.expand(b, 8)
			wantError(t, err, want)
		}
	}
}

// Whatever bit of a file is wrong, reading its parts ends with an error or with values within their buffers.
func TestAccessEveryBitFlipped(t *testing.T) {
	content := sample(t, Raw)
	for bit := 0; bit < 8*len(content); bit += 3 {
		b := bytes.Clone(content)
		b[bit/8] ^= 1 << (bit % 8)
		r, err := newReader("x", memoryFile{bytes.NewReader(b)}, int64(len(b)), nil)
		if err != nil {
			continue
		}
		a, err := r.Access()
		if err != nil {
			continue
		}
		for _, name := range []string{KeyColumn, "label", "view_0", "pts_0"} {
			if rec, err := a.Columns(0, name); err == nil {
				touch(rec.Column(0))
			}
		}
		if rows, err := a.Rows("view_0"); err == nil {
			for i := range min(rows.Len(), 10) {
				_ = rows.Read(make([]byte, rows.width), i)
			}
		}
	}
}
