package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"

	"vidcsl/pipeline"
)

// sum is a stage with a state that can be saved: the sum of its inputs.
type sum struct{ total int }

func (s *sum) Process(_ context.Context, in int, emit pipeline.Emit[int]) error {
	s.total += in
	return emit(s.total)
}
func (s *sum) SaveState() ([]byte, error)       { return json.Marshal(s.total) }
func (s *sum) RestoreState(state []byte) error  { return json.Unmarshal(state, &s.total) }
func newSum() (pipeline.Stage[int, int], error) { return &sum{}, nil }

// last is a Flusher that does not say what it holds: one input.
type last struct {
	v    int
	have bool
}

func (l *last) Process(_ context.Context, in int, emit pipeline.Emit[int]) (err error) {
	if l.have {
		err = emit(l.v)
	}
	l.v, l.have = in, true
	return err
}
func (l *last) Flush(_ context.Context, emit pipeline.Emit[int]) error { return emit(l.v) }

// journal is what the sinks have got, over all runs.
type journal map[string][]string

// shape is one graph whose position is saved and restored.
type shape struct {
	name  string
	build func(g *pipeline.Graph, into func(p *pipeline.Port[[]int], name string))
}

// mu guards a journal.
var mu sync.Mutex

const items = 150

// numbers is a source with a cursor.
func numbers(g *pipeline.Graph, name string) *pipeline.Port[int] {
	type cursor struct{ Next int }
	return pipeline.FromState(g, name, func(_ context.Context, from cursor, emit func(int, cursor) error) error {
		for i := from.Next; i < items; i++ {
			if err := emit(i, cursor{i + 1}); err != nil {
				return err
			}
		}
		return nil
	})
}

func spreadOut(workers int) (pipeline.Factory[int, int], pipeline.Option) {
	return pipeline.FlatMap(func(_ context.Context, i int, emit pipeline.Emit[int]) error {
		for k := range i % 4 {
			uneven(i)
			if err := emit(10*i + k); err != nil {
				return err
			}
		}
		return nil
	}), pipeline.Workers(workers)
}

func single(p *pipeline.Port[int], name string) *pipeline.Port[[]int] {
	return pipeline.Via(p, name, pipeline.Batch[int](1))
}

var shapes = []shape{
	{"plain", func(g *pipeline.Graph, into func(*pipeline.Port[[]int], string)) {
		f, w := spreadOut(4)
		into(single(pipeline.Via(count(g, items), "spread", f, w), "one"), "sink")
	}},
	{"cursor and batch", func(g *pipeline.Graph, into func(*pipeline.Port[[]int], string)) {
		f, w := spreadOut(3)
		into(pipeline.Via(pipeline.Via(numbers(g, "numbers"), "spread", f, w), "batch", pipeline.Batch[int](5)), "sink")
	}},
	{"tee of batches", func(g *pipeline.Graph, into func(*pipeline.Port[[]int], string)) {
		f, w := spreadOut(2)
		ports := pipeline.Tee(pipeline.Via(numbers(g, "numbers"), "spread", f, w), "tee", 3)
		into(pipeline.Via(ports[0], "batch", pipeline.Batch[int](3)), "threes")
		into(pipeline.Via(ports[1], "batch2", pipeline.Batch[int](4)), "fours")
		few := pipeline.Via(ports[2], "few", pipeline.Filter(func(_ context.Context, i int) (bool, error) { return i%97 == 0, nil }), pipeline.Workers(2))
		into(single(few, "one"), "few sink")
	}},
	{"a saved state", func(g *pipeline.Graph, into func(*pipeline.Port[[]int], string)) {
		f, w := spreadOut(4)
		s := pipeline.Via(pipeline.Via(numbers(g, "numbers"), "spread", f, w), "sum", newSum)
		into(pipeline.Via(s, "batch", pipeline.Batch[int](2)), "sink")
	}},
	{"a closed state", func(g *pipeline.Graph, into func(*pipeline.Port[[]int], string)) {
		l := pipeline.Via(numbers(g, "numbers"), "last", func() (pipeline.Stage[int, int], error) { return &last{}, nil })
		into(pipeline.Via(l, "batch", pipeline.Batch[int](7)), "sink")
	}},
	{"two sources", func(g *pipeline.Graph, into func(*pipeline.Port[[]int], string)) {
		into(pipeline.Via(numbers(g, "numbers"), "batch", pipeline.Batch[int](7)), "a")
		into(pipeline.Via(count(g, items), "batch2", pipeline.Batch[int](2)), "b")
	}},
	{"skips", func(g *pipeline.Graph, into func(*pipeline.Port[[]int], string)) {
		odd := pipeline.Map(func(_ context.Context, i int) (int, error) {
			if i%2 == 0 {
				return 0, errBoom
			}
			return i, nil
		})
		into(pipeline.Via(pipeline.Via(numbers(g, "numbers"), "odd", odd, pipeline.Workers(4), pipeline.OnError(pipeline.Skip)), "batch", pipeline.Batch[int](4)), "sink")
	}},
}

// leg runs s once, from p if it is not nil, until stop returns true, and returns
// the position it came to.
func (s shape) leg(t *testing.T, p *pipeline.Position, got journal, stop func() bool) (pipeline.Position, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g := pipeline.NewGraph(pipeline.SaveEvery(10))
	s.build(g, func(port *pipeline.Port[[]int], name string) {
		pipeline.Into(port, name, func(_ context.Context, b []int) error {
			mu.Lock()
			defer mu.Unlock()
			got[name] = append(got[name], fmt.Sprint(b))
			if stop() {
				cancel()
			}
			return nil
		})
	})
	if p != nil {
		g.Resume(*p)
	}
	err := g.Run(ctx)
	at, perr := g.Position()
	if perr != nil {
		t.Fatal(perr)
	}
	return throughJSON(t, at), err
}

func throughJSON(t *testing.T, p pipeline.Position) pipeline.Position {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var q pipeline.Position
	if err := json.Unmarshal(b, &q); err != nil {
		t.Fatal(err)
	}
	return q
}

// TestResume stops runs at random moments, again and again, until all is delivered:
// the sinks together get what an uninterrupted run gives them.
func TestResume(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			noGoroutineLeft(t)
			want := journal{}
			if _, err := s.leg(t, nil, want, func() bool { return false }); err != nil {
				t.Fatal(err)
			}
			for seed := range uint64(12) {
				rng := rand.New(rand.NewPCG(seed, 0))
				got := journal{}
				var at *pipeline.Position
				legs := 0
				for ; ; legs++ {
					left := 1 + rng.IntN(20)
					p, err := s.leg(t, at, got, func() bool { left--; return left == 0 })
					if at = &p; err == nil {
						break
					}
					if !errors.Is(err, context.Canceled) {
						t.Fatal(err)
					}
				}
				if !reflect.DeepEqual(got, want) {
					for name := range want {
						wantSame(t, fmt.Sprintf("seed %d, %d legs, sink %s", seed, legs, name), got[name], want[name])
					}
				}
				// What is complete stays complete.
				if _, err := s.leg(t, at, got, func() bool { return false }); err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("a complete run resumed: %v, %v", err, got)
				}
			}
		})
	}
}

// TestPositionWhileRunning saves the position before each delivery.
func TestPositionWhileRunning(t *testing.T) {
	for _, s := range shapes {
		if s.name == "two sources" || s.name == "tee of batches" {
			continue // what other sinks have got is not known at that moment
		}
		t.Run(s.name, func(t *testing.T) {
			var want []string
			var saved []pipeline.Position
			g := pipeline.NewGraph(pipeline.SaveEvery(10))
			s.build(g, func(port *pipeline.Port[[]int], name string) {
				pipeline.Into(port, name, func(_ context.Context, b []int) error {
					p, err := g.Position()
					saved, want = append(saved, p), append(want, fmt.Sprint(b))
					return err
				})
			})
			run(t, g)
			for i, p := range saved {
				if i%5 != 0 {
					continue
				}
				rest := journal{}
				q := throughJSON(t, p)
				if _, err := s.leg(t, &q, rest, func() bool { return false }); err != nil {
					t.Fatal(err)
				}
				wantSame(t, fmt.Sprintf("the rest from delivery %d", i), rest["sink"], want[i:])
			}
		})
	}
}

// TestPositionAdvances: little is worked on again.
func TestPositionAdvances(t *testing.T) {
	g := pipeline.NewGraph()
	far := 0
	b := pipeline.Via(numbers(g, "numbers"), "batch", pipeline.Batch[int](5))
	pipeline.Into(pipeline.Via(b, "id", pipeline.Map(func(_ context.Context, b []int) ([]int, error) { return b, nil }), pipeline.Workers(2)), "sink",
		func(_ context.Context, b []int) error {
			p, err := g.Position()
			if n := p.Sources["numbers"].Items; n%5 != 0 || int(n) < b[0]-5 {
				return fmt.Errorf("at batch %v a run would start again at item %d", b, n)
			}
			far++
			return err
		})
	run(t, g)
	if far != items/5 {
		t.Errorf("%d batches", far)
	}
}

func TestNoPosition(t *testing.T) {
	for name, build := range map[string]func(g *pipeline.Graph){
		"unordered": func(g *pipeline.Graph) {
			f, w := spreadOut(2)
			collect(pipeline.Via(count(g, 5), "a", f, w, pipeline.Unordered()), "got")
		},
		"merge": func(g *pipeline.Graph) {
			collect(pipeline.Merge("m", numbers(g, "a"), numbers(g, "b")), "got")
		},
	} {
		g := pipeline.NewGraph()
		build(g)
		if _, err := g.Position(); !errors.Is(err, pipeline.ErrNoPosition) {
			t.Errorf("%s: %v", name, err)
		}
		run(t, g)
	}
}

func TestResumeRefuses(t *testing.T) {
	build := func(sink string) *pipeline.Graph {
		g := pipeline.NewGraph()
		collect(pipeline.Via(numbers(g, "numbers"), "sum", newSum), sink)
		return g
	}
	g := build("a")
	run(t, g)
	good, err := g.Position()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		sink   string
		change func(p *pipeline.Position)
	}{
		"another graph": {"b", func(*pipeline.Position) {}},
		"no source":     {"a", func(p *pipeline.Position) { clear(p.Sources) }},
		"no sink":       {"a", func(p *pipeline.Position) { clear(p.Sources["numbers"].Sinks) }},
		"no state":      {"a", func(p *pipeline.Position) { clear(p.Sources["numbers"].Stages) }},
		"bad cursor": {"a", func(p *pipeline.Position) {
			s := p.Sources["numbers"]
			s.Cursor = json.RawMessage(`"x"`)
			p.Sources["numbers"] = s
		}},
	} {
		p := throughJSON(t, good)
		tc.change(&p)
		g := build(tc.sink)
		g.Resume(p)
		if err := g.Run(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if !slices.Contains([]uint64{128}, good.Sources["numbers"].Items) {
		t.Errorf("the last saved state is after %d items, want 128 of 150", good.Sources["numbers"].Items)
	}
}

// TestStoppedBeforeItBegan: a run that is resumed and stopped before its stages
// have begun is where it was.
func TestStoppedBeforeItBegan(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	emitted := make(chan struct{})
	g := pipeline.NewGraph()
	src := pipeline.FromState(g, "numbers", func(_ context.Context, from int, emit func(int, int) error) error {
		for i := from; ; i++ {
			if i == 2 {
				close(emitted)
			}
			if err := emit(i, i+1); err != nil {
				return err
			}
		}
	}, pipeline.Window(8))
	collect(pipeline.Via(src, "batch", func() (pipeline.Stage[int, []int], error) {
		<-emitted
		cancel()
		return nil, context.Canceled
	}), "sink")
	p, err := g.Position()
	if err != nil {
		t.Fatal(err)
	}
	// The first batch, of items 0 to 4, is delivered; the second is not.
	p.Sources["numbers"].Sinks["sink"] = pipeline.SinkPosition{Item: 4, Values: 1}
	g.Resume(p)
	if err := g.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if q, err := g.Position(); err != nil || !reflect.DeepEqual(p, q) {
		t.Errorf("position %+v (%v), want %+v", q, err, p)
	}
}
