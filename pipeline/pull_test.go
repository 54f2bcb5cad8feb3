package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"vidcsl/pipeline"
)

// A graph that ends in a loop.
func ExamplePull() {
	g := pipeline.NewGraph()
	loud := pipeline.Via(words(g, "clip view anchor positive"), "loud", pipeline.Map(func(_ context.Context, w string) (string, error) {
		return strings.ToUpper(w), nil
	}), pipeline.Workers(4))
	for w, err := range pipeline.Pull(context.Background(), loud, "print") {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(w)
		if w == "ANCHOR" {
			break // the rest is released, and the graph is over
		}
	}
	// Output:
	// CLIP
	// VIEW
	// ANCHOR
}

func TestPullDeliversAllInOrder(t *testing.T) {
	noGoroutineLeft(t)
	g := pipeline.NewGraph()
	p := pipeline.Via(count(g, 500), "uneven", pipeline.Map(func(_ context.Context, i int) (int, error) {
		uneven(i)
		return i, nil
	}), pipeline.Workers(4))
	var got []int
	seq := pipeline.Pull(t.Context(), p, "loop")
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	wantSame(t, "values", got, upTo(500))
	for _, err := range seq {
		if !errors.Is(err, pipeline.ErrRanBefore) {
			t.Errorf("a second loop gets %v", err)
		}
	}
}

// endless is a graph of Arrow records numbered from 0, without end, in memory that is checked.
func endless(t *testing.T) *pipeline.Port[arrow.Record] {
	mem := checked(t)
	return pipeline.From(pipeline.NewGraph(), "records", func(_ context.Context, emit pipeline.Emit[arrow.Record]) error {
		for i := int64(0); ; i++ {
			if err := emit(record(mem, i)); err != nil {
				return err
			}
		}
	})
}

func TestPullLeavingReleasesWhatIsLeft(t *testing.T) {
	noGoroutineLeft(t)
	var kept arrow.Record
	for r, err := range pipeline.Pull(t.Context(), endless(t), "loop") {
		if err != nil {
			t.Fatal(err)
		}
		if first(r) == 20 {
			r.Retain()
			kept = r
			break
		}
	}
	if first(kept) != 20 {
		t.Errorf("a retained record holds %d", first(kept))
	}
	kept.Release()
}

func TestPullPanicOfTheBody(t *testing.T) {
	noGoroutineLeft(t)
	defer func() {
		if p := recover(); p != "body" {
			t.Errorf("recovered %v", p)
		}
	}()
	for range pipeline.Pull(t.Context(), endless(t), "loop") {
		panic("body")
	}
}

func TestPullEndsWithTheErrorOfTheGraph(t *testing.T) {
	noGoroutineLeft(t)
	broken := errors.New("broken")
	g := pipeline.NewGraph()
	p := pipeline.Via(count(g, 100), "fails", pipeline.Map(func(_ context.Context, i int) (int, error) {
		if i == 30 {
			return 0, broken
		}
		return i, nil
	}))
	var last error
	for v, err := range pipeline.Pull(t.Context(), p, "loop") {
		if last != nil {
			t.Fatalf("%d after the error", v)
		}
		last = err
	}
	var se *pipeline.StageError
	if !errors.Is(last, broken) || !errors.As(last, &se) || se.Stage != "fails" {
		t.Errorf("ended with %v", last)
	}
}

func TestPullCancel(t *testing.T) {
	noGoroutineLeft(t)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	var last error
	within(t, stopLimit, func() {
		for r, err := range pipeline.Pull(ctx, endless(t), "loop") {
			if last = err; err == nil && first(r) == 5 {
				cancel(why)
			}
		}
	})
	if !errors.Is(last, why) {
		t.Errorf("ended with %v, want the cause", last)
	}
}

// A run that left its loop goes on with what the body did not see.
func TestPullPosition(t *testing.T) {
	g := pipeline.NewGraph()
	for v, err := range pipeline.Pull(t.Context(), count(g, 10), "loop") {
		if err != nil {
			t.Fatal(err)
		}
		if v == 3 {
			break
		}
	}
	at, err := g.Position()
	if err != nil {
		t.Fatal(err)
	}
	g = pipeline.NewGraph()
	g.Resume(at)
	var got []int
	for v, err := range pipeline.Pull(t.Context(), count(g, 10), "loop") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	wantSame(t, "the rest", got, []int{4, 5, 6, 7, 8, 9})
}
