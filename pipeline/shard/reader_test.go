package shard

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

func itoa(i int) string { return strconv.Itoa(i) }

// sample returns the bytes of a file of two batches.
func sample(t testing.TB, c Compression) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.arrow")
	mem := checked(t)
	a := testRecord(mem, "a", "bb", "c")
	defer a.Release()
	b := testRecord(mem, "dd", "e")
	defer b.Release()
	writeFile(t, path, mem, c, a, b)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestReader(t *testing.T) {
	for _, c := range []Compression{Raw, LZ4, Zstd} {
		t.Run(c.String(), func(t *testing.T) {
			mem := checked(t)
			path := filepath.Join(t.TempDir(), "x.arrow")
			write(t, path, string(sample(t, c)))
			r, err := OpenFile(path, WithAllocator(mem))
			if err != nil {
				t.Fatal(err)
			}
			if r.NumRows() != 5 || r.NumRecords() != 2 || !r.Schema().Equal(testSchema) {
				t.Errorf("%d rows, %d batches, %v", r.NumRows(), r.NumRecords(), r.Schema())
			}
			if v, _ := r.Metadata().GetValue("schema_version"); v != "1" {
				t.Errorf("metadata %v", r.Metadata())
			}
			var kept []arrow.Record
			for rec, err := range r.Records() {
				if err != nil {
					t.Fatal(err)
				}
				rec.Retain()
				kept = append(kept, rec)
			}
			for range r.Records() { // from the start, and left early
				break
			}
			for range 2 {
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
			}
			want := testRecord(mem, "dd", "e")
			defer want.Release()
			if len(kept) != 2 || !array.RecordEqual(kept[1], want) {
				t.Errorf("got %v", kept)
			}
			for _, rec := range kept {
				rec.Release()
			}
			for _, err := range r.Records() {
				wantError(t, err, "after Close")
			}
		})
	}
}

func TestOpenFileErrors(t *testing.T) {
	dir := t.TempDir()
	good := string(sample(t, Raw))
	for name, c := range map[string]struct {
		content string
		parts   []string
	}{
		"empty":         {"", []string{"0 bytes"}},
		"text":          {"this is a text file, not an Arrow file", []string{"not an Arrow file"}},
		"truncated":     {good[:len(good)-1], []string{"truncated"}},
		"no footer":     {good[:len(good)/2], []string{"truncated"}},
		"head only":     {good[:12], []string{"too short"}},
		"damaged head":  {"X" + good[1:], []string{"not an Arrow file"}},
		"footer length": {good[:len(good)-10] + "\xff\xff\xff\x7fARROW1", []string{"footer claims"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			write(t, path, c.content)
			_, err := OpenFile(path)
			wantError(t, err, append(c.parts, path)...)
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
		})
	}
	_, err := OpenFile(filepath.Join(dir, "none"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	_, err = OpenFile(dir)
	wantError(t, err, "not a regular file")
	path := filepath.Join(dir, "good")
	write(t, path, good)
	r, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = r.Record(2)
	wantError(t, err, "record batch 2 of 2")
	tight, err := OpenFile(path, WithMaxBuffer(100))
	if err == nil {
		defer tight.Close()
		_, err = tight.Record(0)
	}
	wantError(t, err, "limit of 100")
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// readAll opens a file and touches every value of it. It must not panic.
func readAll(b []byte) error {
	r, err := newReader("x.arrow", memoryFile{bytes.NewReader(b)}, int64(len(b)), []ReaderOption{WithMaxBuffer(1 << 26)})
	if err != nil {
		return err
	}
	defer r.Close()
	rows := int64(0)
	for rec, err := range r.Records() {
		if err != nil {
			return err
		}
		rows += rec.NumRows()
		for _, col := range rec.Columns() {
			touch(col)
		}
	}
	if rows != r.NumRows() {
		return errors.New("NumRows is not the number of rows")
	}
	return nil
}

func touch(col arrow.Array) {
	n := min(col.Len(), 1000) // a damaged null column may claim any number of rows
	for i := range n {
		col.IsNull(i)
		switch col := col.(type) {
		case *array.String:
			_ = strings.Clone(col.Value(i))
		case *array.Int32:
			col.Value(i)
		case *array.Int64:
			col.Value(i)
		case *array.List:
			col.ValueOffsets(i)
		case *TensorArray:
			bytes.IndexByte(col.Row(i), 0)
		}
	}
	if list, ok := col.(*array.List); ok {
		touch(list.ListValues())
	}
}

func TestTruncatedFiles(t *testing.T) {
	for _, c := range []Compression{Raw, Zstd} {
		good := sample(t, c)
		for n := range good {
			if err := readAll(good[:n]); !errors.Is(err, ErrDamaged) {
				t.Fatalf("%v, first %d of %d bytes: %v", c, n, len(good), err)
			}
		}
	}
}

// Damaged bytes in the structure are an error; damaged pixels cannot be told without the checksum. Neither may panic.
func TestDamagedFiles(t *testing.T) {
	rounds := 4000
	if testing.Short() {
		rounds = 400
	}
	for _, c := range []Compression{Raw, LZ4, Zstd} {
		t.Run(c.String(), func(t *testing.T) {
			good := sample(t, c)
			rng := rand.New(rand.NewPCG(3, 4))
			found := 0
			for round := range rounds {
				b := bytes.Clone(good)
				for range 1 + rng.IntN(3) {
					i := rng.IntN(len(b))
					switch round % 3 {
					case 0:
						b[i] ^= 1 << rng.IntN(8)
					case 1:
						b[i] = byte(rng.Uint32())
					default: // where the metadata is
						b[len(b)-1-rng.IntN(min(len(b), 1200))] = []byte{0, 0xff, 0x7f, 0x80}[rng.IntN(4)]
					}
				}
				if err := readAll(b); err != nil {
					found++
				}
			}
			t.Logf("%d of %d found without a checksum", found, rounds)
		})
	}
}

// Every single bit of a small file.
func TestEveryBitFlipped(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	good := sample(t, Raw)
	for i := range good {
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			_ = readAll(b) // must return
		}
	}
}

// FuzzOpenFile lays a patch over a sound file, so that most of what it tries gets past the magic bytes.
func FuzzOpenFile(f *testing.F) {
	var good [][]byte
	for _, c := range []Compression{Raw, LZ4, Zstd} {
		b := sample(f, c)
		good = append(good, b)
		f.Add(uint8(c), uint16(0), []byte("ARROW1"), uint16(0))
		f.Add(uint8(c), uint16(len(b)-10), []byte{0xff, 0xff, 0xff, 0x7f}, uint16(0))
		f.Add(uint8(c), uint16(len(b)-700), []byte{0x10, 0x27}, uint16(10))
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint16, patch []byte, cut uint16) {
		b := bytes.Clone(good[int(which)%len(good)])
		b = b[:len(b)-int(cut)%len(b)]
		copy(b[int(at)%len(b):], patch)
		if err := readAll(b); err != nil && !strings.Contains(err.Error(), "x.arrow") {
			t.Errorf("%v does not name the file", err)
		}
	})
}

func FuzzManifest(f *testing.F) {
	dir := f.TempDir()
	fillAll(f, dir, testPlan(f, 12), identityOptions)
	f.Add([]byte(files(f, dir)[manifestName]))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, manifestName), string(b))
		if _, err := Verify(dir); err != nil && !errors.Is(err, ErrManifest) {
			t.Errorf("%v is not ErrManifest", err)
		}
	})
}
