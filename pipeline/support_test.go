package pipeline_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/pipeline"
)

// noGoroutineLeft fails t if there are more goroutines at its end than now.
func noGoroutineLeft(t testing.TB) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		t.Helper()
		var n int
		for range 200 { // a goroutine that has said that it is done may take a moment to go
			if n = runtime.NumGoroutine(); n <= before {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines left:\n%s", n-before, buf[:runtime.Stack(buf, true)])
	})
}

// count is a source of 0 to n-1.
func count(g *pipeline.Graph, n int) *pipeline.Port[int] {
	return pipeline.From(g, "count", func(_ context.Context, emit pipeline.Emit[int]) error {
		for i := range n {
			if err := emit(i); err != nil {
				return err
			}
		}
		return nil
	})
}

// collect is a sink that appends to a slice.
func collect[T any](p *pipeline.Port[T], name string) *[]T {
	got := new([]T)
	pipeline.Into(p, name, func(_ context.Context, v T) error {
		*got = append(*got, v)
		return nil
	})
	return got
}

// uneven works longer on some items, so that workers overtake each other.
func uneven(i int) {
	switch {
	case i%7 == 0:
		time.Sleep(200 * time.Microsecond)
	case i%3 == 0:
		runtime.Gosched()
	}
}

func run(t testing.TB, g *pipeline.Graph) {
	t.Helper()
	if err := g.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func wantSame[T comparable](t testing.TB, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %s, want %s", what, brief(got), brief(want))
	}
}

func brief[T any](vs []T) string {
	if len(vs) > 40 {
		return fmt.Sprintf("%v … %v (%d)", vs[:20], vs[len(vs)-20:], len(vs))
	}
	return fmt.Sprint(vs)
}

func upTo(n int) []int {
	vs := make([]int, n)
	for i := range vs {
		vs[i] = i
	}
	return vs
}

// stopLimit is what a test allows for the end of a run that is promised within one
// second, on a machine that may be busy with something else.
const stopLimit = 10 * time.Second

func within(t testing.TB, limit time.Duration, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if d := time.Since(start); d > limit {
		t.Errorf("took %v, want at most %v", d, limit)
	}
}

// sized is a value with a size.
type sized int64

func (s sized) ByteSize() int64 { return int64(s) }

// keyed is a value with a key.
type keyed int

func (k keyed) ItemKey() string { return fmt.Sprintf("key-%d", int(k)) }

var schema = arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Int64}}, nil)

// record makes an Arrow record of one column.
func record(mem memory.Allocator, vs ...int64) arrow.Record {
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	b.Field(0).(*array.Int64Builder).AppendValues(vs, nil)
	return b.NewRecord()
}

func first(r arrow.Record) int64 { return r.Column(0).(*array.Int64).Value(0) }

// checked is an allocator that must be empty at the end of the test.
func checked(t testing.TB) memory.Allocator {
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}
