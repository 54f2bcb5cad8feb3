package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"vidcsl/pipeline"
)

// plan is a small graph read from fuzz bytes.
type plan struct {
	bytes []byte
	names int
}

func (p *plan) next(n int) int {
	if len(p.bytes) == 0 {
		return 0
	}
	b := int(p.bytes[0])
	p.bytes = p.bytes[1:]
	return b % n
}

func (p *plan) name() string { p.names++; return fmt.Sprintf("n%d", p.names) }

func (p *plan) options() []pipeline.Option {
	opts := []pipeline.Option{pipeline.Workers([]int{1, 2, 5, pipeline.Auto}[p.next(4)])}
	if w := p.next(5); w > 0 {
		opts = append(opts, pipeline.Window(w))
	}
	if p.next(3) == 1 {
		opts = append(opts, pipeline.Budget(int64(1+p.next(200))), pipeline.SizeBy(func(v int) int64 { return int64(v % 50) }))
	}
	return opts
}

// end is what a sink has got and what it should.
type end struct {
	got  *[]int
	want []int
}

// grow joins up to depth stages to port, and a sink; model is what port carries.
func (p *plan) grow(port *pipeline.Port[int], model []int, depth int, ends map[string]end) {
	if depth == 0 {
		name := p.name()
		ends[name] = end{collect(port, name), model}
		return
	}
	switch p.next(5) {
	case 0: // map
		port = pipeline.Via(port, p.name(), pipeline.Map(func(_ context.Context, v int) (int, error) { return 3 * v, nil }), p.options()...)
		model = expand(model, func(v int) []int { return []int{3 * v} })
	case 1: // flat map
		f := func(v int) []int { return slices.Repeat([]int{v}, v%4) }
		port = pipeline.Via(port, p.name(), pipeline.FlatMap(func(_ context.Context, v int, emit pipeline.Emit[int]) error {
			for _, o := range f(v) {
				if err := emit(o); err != nil {
					return err
				}
			}
			return nil
		}), p.options()...)
		model = expand(model, f)
	case 2: // skipping filter
		port = pipeline.Via(port, p.name(), pipeline.Map(func(_ context.Context, v int) (int, error) {
			if v%3 == 1 {
				panic(errBoom)
			}
			return v, nil
		}), append(p.options(), pipeline.OnError(pipeline.Skip))...)
		model = expand(model, func(v int) []int {
			if v%3 == 1 {
				return nil
			}
			return []int{v}
		})
	case 3: // batch and back
		n := 1 + p.next(6)
		b := pipeline.Via(port, p.name(), pipeline.Batch[int](n))
		port = pipeline.Via(b, p.name(), pipeline.FlatMap(func(_ context.Context, b []int, emit pipeline.Emit[int]) error {
			for _, v := range b {
				if err := emit(v); err != nil {
					return err
				}
			}
			return nil
		}), p.options()...)
	case 4:
		ports := pipeline.Tee(port, p.name(), 1+p.next(3))
		for _, branch := range ports[1:] {
			p.grow(branch, model, depth-1, ends)
		}
		port = ports[0]
	}
	p.grow(port, model, depth-1, ends)
}

func expand(vs []int, f func(int) []int) (out []int) {
	for _, v := range vs {
		out = append(out, f(v)...)
	}
	return out
}

// FuzzGraph runs a random tree of stages against a model, then cancels it at a
// random item and resumes it.
func FuzzGraph(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{90, 4, 2, 1, 1, 3, 1, 40, 3, 2, 2, 0, 1})
	f.Add([]byte{40, 3, 4, 2, 3, 2, 1, 1, 2, 1, 1, 9, 3, 5, 1, 1, 1, 7, 0, 3, 4, 0})
	f.Add([]byte{200, 1, 3, 4, 0, 2, 2, 2, 1, 17, 4, 1, 3, 2, 1, 0, 1, 3, 3})
	f.Add([]byte("W\x01\x00q\x9e")) // once took the end of a run for the end of the input
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if len(bytes) > 64 {
			return
		}
		n, stop := 0, -1
		build := func(ctx func()) (*pipeline.Graph, map[string]end) {
			p := &plan{bytes: bytes}
			n = p.next(256)
			depth := p.next(4)
			g := pipeline.NewGraph()
			src := pipeline.From(g, "src", func(_ context.Context, emit pipeline.Emit[int]) error {
				for i := range n {
					if i == stop {
						ctx()
					}
					if err := emit(i); err != nil {
						return err
					}
				}
				return nil
			})
			ends := map[string]end{}
			p.grow(src, upTo(n), depth, ends)
			return g, ends
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		g, ends := build(nil)
		if err := g.Run(ctx); err != nil {
			t.Fatal(err)
		}
		for name, e := range ends {
			wantSame(t, "sink "+name, *e.got, e.want)
		}
		cutAndResume(t, ctx, build, &stop, n)
	})
}

func cutAndResume(t *testing.T, ctx context.Context, build func(func()) (*pipeline.Graph, map[string]end), stop *int, n int) {
	*stop = n / 2
	cut, cancel := context.WithCancel(ctx)
	defer cancel()
	g, before := build(cancel)
	if err := g.Run(cut); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	at, err := g.Position()
	if err != nil {
		t.Fatal(err)
	}
	*stop = -1
	g, after := build(nil)
	g.Resume(at)
	if err := g.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for name, e := range after {
		wantSame(t, "both legs of sink "+name, append(*before[name].got, *e.got...), e.want)
	}
}
