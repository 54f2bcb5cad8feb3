package augmenttest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// flow is one run of a graph like that of a program: sources, plan, decode, augment, and a place for the results.
type flow struct {
	footage *footage
	samples int // negative for no end
	workers int
	alloc   memory.Allocator
	sink    func(*clip.Sample) error
	fail    func(key string, err error)
}

// run runs the graph. A failed sample that nobody asked about is the error of the run.
func (k *kit) run(ctx context.Context, w flow) error {
	p, err := k.pipeline()
	if err != nil {
		return err
	}
	n := pipeline.Workers(w.workers)
	g := pipeline.NewGraph()
	sources := pipeline.From(g, "sources", func(_ context.Context, emit pipeline.Emit[*clip.Source]) error {
		for i := 0; i != w.samples; i++ {
			if err := emit(clip.NewSource(item(i), w.footage.copyOf(), nil, nil)); err != nil {
				return err
			}
		}
		return nil
	})
	planner := w.footage.planner(p, 1, 2)
	planner.OnFailure = w.fail
	plans := pipeline.Via(sources, "plan", planner.Stage(), n)
	decoded := pipeline.Via(plans, "decode", pipeline.Map(func(_ context.Context, in *clip.Planned) (*clip.Sample, error) {
		return w.footage.decode(w.alloc, in.Plans[0])
	}))
	out := pipeline.Via(decoded, "augment", augment.Apply(augment.Options{Registry: k.Registry, Alloc: w.alloc, OnFailure: w.fail}), n)
	pipeline.Into(out, "results", func(_ context.Context, s *clip.Sample) error { return w.sink(s) })
	return g.Run(ctx)
}

// decode makes the views of a plan without their ops.
func (f *footage) decode(mem memory.Allocator, plan *clip.Plan) (*clip.Sample, error) {
	s := &clip.Sample{Plan: plan, Label: -1}
	var scratch augment.Scratch
	for _, v := range plan.Views {
		v.Ops, v.Damage = nil, nil
		c, err := augment.Execute(augment.Options{Alloc: mem}, f.clip, v, &scratch)
		if err != nil {
			s.Release()
			return nil, err
		}
		s.Clips = append(s.Clips, c)
	}
	return s, nil
}

// digest names a sample, its views and its pixels.
func digest(s *clip.Sample) string {
	h := sha256.New()
	for i, c := range s.Clips {
		fmt.Fprintln(h, s.Plan.Views[i].JSON(), c.Shape())
		h.Write(c.Bytes())
	}
	return fmt.Sprintf("%s %x", s.Plan.Key, h.Sum(nil)[:8])
}

// goroutines returns the stacks of all goroutines but this one, by their numbers.
func goroutines() map[string]string {
	buf := make([]byte, 1<<16)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 4*len(buf))
		n = runtime.Stack(buf, true)
	}
	buf = buf[:n]
	all := map[string]string{}
	for i, g := range strings.Split(string(buf), "\n\n") {
		if head, _, ok := strings.Cut(g, " ["); ok && i > 0 {
			all[head] = g
		}
	}
	return all
}

// leftOver waits a moment for the goroutines that were not there before to end, and returns those that do not.
func leftOver(before map[string]string) []string {
	for try := 0; ; try++ {
		var left []string
		for id, stack := range goroutines() {
			if _, old := before[id]; !old {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || try == 100 {
			return left
		}
		time.Sleep(10 * time.Millisecond)
	}
}
