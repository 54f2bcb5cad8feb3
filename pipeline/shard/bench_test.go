package shard

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A shard of 64 MB, a hundred clips of [16,112,112,3], written, hashed, synced and listed.
func BenchmarkShard(b *testing.B) {
	const rows = 100
	typ := FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 16, 112, 112, 3)
	schema := arrow.NewSchema([]arrow.Field{testSchema.Field(0), {Name: "view_0", Type: typ}}, nil)
	keys := array.NewStringBuilder(memory.DefaultAllocator)
	items := make([]Item, rows)
	for i := range items {
		items[i].Key = fmt.Sprintf("%08d", i)
		keys.Append(items[i].Key)
	}
	p, err := NewPlan(items, rows, "")
	if err != nil {
		b.Fatal(err)
	}
	pixels := make([]byte, rows*typ.RowBytes())
	fillRow(pixels, "noise")
	rec := array.NewRecord(schema, []arrow.Array{keys.NewArray(), NewTensorArray(typ, rows, memory.NewBufferBytes(pixels))}, rows)
	for _, c := range []Compression{Raw, LZ4, Zstd} {
		b.Run(c.String(), func(b *testing.B) {
			run, err := Open(filepath.Join(b.TempDir(), "out"), p, Options{Compression: c})
			if err != nil {
				b.Fatal(err)
			}
			defer run.Close()
			b.SetBytes(int64(len(pixels)))
			for b.Loop() {
				w, err := run.Begin(p.Shards[0], schema)
				if err != nil {
					b.Fatal(err)
				}
				if err := w.Write(rec); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Commit(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What one more finished shard costs in a run of a thousand.
func BenchmarkCommit(b *testing.B) {
	items := make([]Item, 1000)
	for i := range items {
		items[i].Key = fmt.Sprint(i)
	}
	p, err := NewPlan(items, 1, "")
	if err != nil {
		b.Fatal(err)
	}
	run, err := Open(filepath.Join(b.TempDir(), "out"), p, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer run.Close()
	commit := func(s Range) {
		w, err := run.Begin(s, testSchema)
		if err != nil {
			b.Fatal(err)
		}
		rec := testRecord(memory.DefaultAllocator, items[s.Index].Key)
		defer rec.Release()
		if err := w.Write(rec); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	for _, s := range p.Shards {
		commit(s)
	}
	for b.Loop() {
		commit(p.Shards[500])
	}
}
