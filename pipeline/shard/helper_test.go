package shard

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// checked returns an allocator that fails the test when memory is left at its end.
func checked(t testing.TB) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

var (
	testTensor = FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 2, 3, 4, 3)
	testSchema = func() *arrow.Schema {
		meta := arrow.MetadataFrom(map[string]string{"schema_version": "1"})
		return arrow.NewSchema([]arrow.Field{
			{Name: KeyColumn, Type: arrow.BinaryTypes.String},
			{Name: "label", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
			{Name: "view_0", Type: testTensor},
			{Name: "pts_0", Type: arrow.ListOf(arrow.PrimitiveTypes.Int64)},
		}, &meta)
	}()
)

// fillRow writes bytes that only the key decides.
func fillRow(row []byte, key string) {
	seed := uint64(14695981039346656037)
	for _, c := range []byte(key) {
		seed = (seed ^ uint64(c)) * 1099511628211
	}
	var b [8]byte
	for i := range row {
		if i%8 == 0 {
			seed = seed*6364136223846793005 + 1442695040888963407
			binary.LittleEndian.PutUint64(b[:], seed)
		}
		row[i] = b[i%8]
	}
}

// testRecord makes one row per key; the caller releases it.
func testRecord(mem memory.Allocator, keys ...string) arrow.Record {
	b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{testSchema.Field(0), testSchema.Field(1), testSchema.Field(3)}, nil))
	defer b.Release()
	w := testTensor.RowBytes()
	buf := memory.NewResizableBuffer(mem)
	defer buf.Release()
	buf.Resize(len(keys) * w)
	for i, k := range keys {
		b.Field(0).(*array.StringBuilder).Append(k)
		if label := b.Field(1).(*array.Int32Builder); len(k)%2 == 0 {
			label.Append(int32(i))
		} else {
			label.AppendNull()
		}
		pts := b.Field(2).(*array.ListBuilder)
		pts.Append(true)
		pts.ValueBuilder().(*array.Int64Builder).AppendValues([]int64{int64(i), int64(i) * 512}, nil)
		fillRow(buf.Bytes()[i*w:(i+1)*w], k)
	}
	cols := b.NewRecord()
	defer cols.Release()
	view := NewTensorArray(testTensor, len(keys), buf)
	defer view.Release()
	return array.NewRecord(testSchema, []arrow.Array{cols.Column(0), cols.Column(1), view, cols.Column(2)}, int64(len(keys)))
}

// testPlan has n items in two groups and five rows per shard.
func testPlan(t testing.TB, n int) *Plan {
	t.Helper()
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{Key: fmt.Sprintf("clip-%03d", i), Group: []string{"train", "test"}[i%2]}
	}
	p, err := NewPlan(items, 5, "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// testFails says which items of the test plans are failures: one in seven, and all of the second shard.
func testFails(p *Plan, s Range, i int) bool { return s.Index == 1 || (s.Start+i)%7 == 3 }

// fillShard does a shard in batches of two rows.
func fillShard(mem memory.Allocator, run *Run, s Range) (Entry, error) {
	w, err := run.Begin(s, testSchema)
	if err != nil {
		return Entry{}, err
	}
	defer w.Abort()
	if err := fillWriter(mem, w, run.Plan(), s); err != nil {
		return Entry{}, err
	}
	return w.Commit()
}

func fillWriter(mem memory.Allocator, w *Writer, p *Plan, s Range) error {
	var rows []string
	for i, it := range p.ItemsOf(s) {
		if testFails(p, s, i) {
			f := Failure{Key: it.Key, Stage: "decode", Reason: "truncated", Message: "end of " + it.Key, BytesRead: int64(i)}
			if i%2 == 0 {
				f.PTS, f.HasPTS = int64(i)*100, true
			}
			if err := w.Fail(f); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, it.Key)
	}
	for batch := range slices.Chunk(rows, 2) {
		rec := testRecord(mem, batch...)
		err := w.Write(rec)
		rec.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// fillAll does every pending shard of a task and finishes.
func fillAll(t testing.TB, dir string, p *Plan, opt Options) {
	t.Helper()
	if opt.Allocator == nil {
		opt.Allocator = checked(t)
	}
	run, err := Open(dir, p, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	for _, s := range run.Pending() {
		if _, err := fillShard(opt.Allocator, run, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Finish(); err != nil {
		t.Fatal(err)
	}
}

// files returns the content of every file below dir but the lock.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == lockName {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameFiles compares two directories byte by byte.
func sameFiles(t testing.TB, got, want string) {
	t.Helper()
	g, w := files(t, got), files(t, want)
	for name := range w {
		if c, ok := g[name]; !ok {
			t.Errorf("%s is missing", name)
		} else if c != w[name] {
			t.Errorf("%s differs", name)
		}
	}
	for name := range g {
		if _, ok := w[name]; !ok {
			t.Errorf("%s should not be there", name)
		}
	}
}

func wantVerified(t testing.TB, dir string) *Report {
	t.Helper()
	r, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK || !r.Complete || r.Rows+r.Failures != int64(r.Items) {
		t.Fatalf("verify: %+v", r)
	}
	return r
}

func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}
