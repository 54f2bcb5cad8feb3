package shard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

func begin(t *testing.T, r *Run, s Range) *Writer {
	t.Helper()
	w, err := r.Begin(s, testSchema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Abort)
	return w
}

func TestWriterHoldsToThePlan(t *testing.T) {
	mem := checked(t)
	p := testPlan(t, 20) // the first shard: clip-000, 002, 004, 006, 008
	dir := t.TempDir()
	r := open(t, dir, p, Options{Allocator: mem})
	w := begin(t, r, p.Shards[0])
	try := func(keys ...string) error {
		rec := testRecord(mem, keys...)
		defer rec.Release()
		return w.Write(rec)
	}
	wantError(t, try("clip-001"), "part-00000-of-00004.arrow", `"clip-001"`, "not planned")
	wantError(t, try("clip-002", "clip-000"), `"clip-000"`, "later")
	wantError(t, try("clip-000", "clip-000"), `"clip-000"`)
	if err := try("clip-000", "clip-004"); err != nil {
		t.Fatal(err)
	}
	wantError(t, try("clip-004"), `"clip-004"`, "twice")
	wantError(t, try("clip-002"), `"clip-002"`, "later")
	wantError(t, w.Fail(Failure{Key: "clip-004"}), `"clip-004"`, "twice")
	wantError(t, w.Fail(Failure{Key: "elsewhere"}), `"elsewhere"`, "not planned")
	for _, k := range []string{"clip-008", "clip-002"} {
		if err := w.Fail(Failure{Key: k}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.Commit()
	wantError(t, err, `"clip-006"`, "neither a row nor a failure")
	wantError(t, try("clip-006"), "neither") // sticks
	w.Abort()
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("left: %d files", len(got))
	}
}

func TestWriterFailuresAreInPlanOrder(t *testing.T) {
	p := testPlan(t, 10)
	dir := t.TempDir()
	r := open(t, dir, p, Options{Allocator: checked(t)})
	w := begin(t, r, p.Shards[0])
	for _, k := range []string{"clip-008", "clip-000", "clip-004", "clip-002", "clip-006"} {
		if err := w.Fail(Failure{Key: k, Message: "bad \xff text", PTS: 7}); err != nil {
			t.Fatal(err)
		}
	}
	e, err := w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	list, err := ReadFailures(filepath.Join(dir, filepath.FromSlash(e.FailuresFile)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range list {
		if f.Key != p.Items[i].Key || f.Message != "bad \uFFFD text" || f.PTS != 0 || f.HasPTS {
			t.Errorf("failure %d: %+v", i, f)
		}
	}
}

func TestWriterRejectsSchemas(t *testing.T) {
	p := testPlan(t, 9)
	r := open(t, t.TempDir(), p, Options{})
	key := arrow.Field{Name: KeyColumn, Type: arrow.BinaryTypes.String}
	dict := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	for name, fields := range map[string][]arrow.Field{
		"no key":       {{Name: "a", Type: arrow.BinaryTypes.String}},
		"key type":     {{Name: KeyColumn, Type: arrow.PrimitiveTypes.Int32}},
		"two keys":     {key, key},
		"dictionary":   {key, {Name: "d", Type: dict}},
		"nested":       {key, {Name: "d", Type: arrow.ListOf(arrow.StructOf(arrow.Field{Name: "x", Type: dict}))}},
		"string view":  {key, {Name: "d", Type: arrow.BinaryTypes.StringView}},
		"map":          {key, {Name: "d", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int8)}},
		"dense unions": {key, {Name: "d", Type: arrow.DenseUnionOf([]arrow.Field{key}, []arrow.UnionTypeCode{0})}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := r.Begin(p.Shards[0], arrow.NewSchema(fields, nil))
			wantError(t, err, "shard:")
		})
	}
	_, err := r.Begin(Range{Index: 0, Start: 0, End: 3}, testSchema)
	wantError(t, err, "not a shard of the plan")
	_, err = r.Begin(Range{Index: 99}, testSchema)
	wantError(t, err, "not a shard of the plan")

	mem := checked(t)
	w := begin(t, r, p.Shards[0])
	other := failureRecord([]Failure{{Key: "clip-000"}}, mem)
	defer other.Release()
	wantError(t, w.Write(other), "another schema")
}

// A null key must not pass for an item.
func TestWriterRejectsNullKeys(t *testing.T) {
	mem := checked(t)
	schema := arrow.NewSchema([]arrow.Field{{Name: KeyColumn, Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	p := testPlan(t, 9)
	r := open(t, t.TempDir(), p, Options{Allocator: mem})
	w, err := r.Begin(p.Shards[0], schema)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	b.Field(0).AppendNull()
	rec := b.NewRecord()
	defer rec.Release()
	wantError(t, w.Write(rec), "no key")
}

func TestAbortLeavesNothing(t *testing.T) {
	mem := checked(t)
	dir := t.TempDir()
	p := testPlan(t, 33)
	r := open(t, dir, p, Options{Allocator: mem})
	w := begin(t, r, p.Shards[0])
	if err := fillWriter(mem, w, p, p.Shards[0]); err != nil {
		t.Fatal(err)
	}
	if n := len(files(t, dir)); n != 2 {
		t.Errorf("%d files while writing, want the manifest and a temporary one", n)
	}
	w.Abort()
	w.Abort()
	_, err := w.Commit()
	wantError(t, err, "aborted")
	rec := testRecord(mem, "clip-000")
	defer rec.Release()
	wantError(t, w.Write(rec), "aborted")
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("%d files after Abort, want the manifest", n)
	}
}

func TestCloseAbortsWriters(t *testing.T) {
	mem := checked(t)
	dir := t.TempDir()
	p := testPlan(t, 33)
	r := open(t, dir, p, Options{Allocator: mem})
	w := begin(t, r, p.Shards[0])
	if err := fillWriter(mem, w, p, p.Shards[0]); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("%d files after Close, want the manifest", n)
	}
	_, err := r.Begin(p.Shards[0], testSchema)
	wantError(t, err, "closed")
	if _, err := w.Commit(); err == nil {
		t.Error("committed after Close")
	}
}

func TestShardTwiceIsHarmless(t *testing.T) {
	mem := checked(t)
	dir := t.TempDir()
	p := testPlan(t, 33)
	fillAll(t, dir, p, Options{Allocator: mem})
	before := files(t, dir)
	r := open(t, dir, p, Options{Allocator: mem, Resume: true})
	for _, s := range p.Shards {
		if _, err := fillShard(mem, r, s); err != nil {
			t.Fatal(err)
		}
	}
	after := files(t, dir)
	for name := range before {
		if before[name] != after[name] {
			t.Errorf("%s changed", name)
		}
	}
}

// A panic in the Arrow library, here on a batch released too early, must not leave a file.
func TestWriterSurvivesArrowPanics(t *testing.T) {
	dir := t.TempDir()
	f, err := createTemp(filepath.Join(dir, "part-x.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := newArrowWriter(f, testSchema, Raw, checked(t))
	if err != nil {
		t.Fatal(err)
	}
	err = w.guard(func() error { panic("arrow: out of bounds") })
	wantError(t, err, "part-x.arrow", "out of bounds")
	if n := len(files(t, dir)); n != 0 {
		t.Errorf("%d files left", n)
	}
	wantError(t, w.close(), "out of bounds")
}

func TestWriteErrorsNameThePath(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("running as root: permissions are not checked, so that a missing folder stands in")
	}
	err := WriteFailures(filepath.Join(t.TempDir(), "none", "f.arrow"), nil)
	wantError(t, err, "f.arrow")
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v does not wrap its cause", err)
	}
}

func TestFailuresRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.arrow")
	want := make([]Failure, failuresPerBatch+3)
	for i := range want {
		want[i] = Failure{Key: strings.Repeat("k", i%7+1), Stage: "decode", Reason: "r", Message: "m\n", BytesRead: int64(i)}
		if i%3 == 0 {
			want[i].PTS, want[i].HasPTS = int64(-i), true
		}
	}
	if err := WriteFailures(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFailures(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d failures, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("failure %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	mem := checked(t)
	rec := testRecord(mem, "a")
	defer rec.Release()
	writeFile(t, path, mem, Raw, rec)
	_, err = ReadFailures(path)
	wantError(t, err, "not a table of failures")
}
