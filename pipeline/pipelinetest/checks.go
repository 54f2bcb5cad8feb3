package pipelinetest

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/sourcegraph/conc/panics"

	"vidcsl/pipeline"
)

var never = trial{emits: -1}

// success drives the stage over all inputs; a failure ends the check.
func (k *kit[In, Out]) success(t testing.TB) []string {
	t.Helper()
	r := k.drive(k.inputs(t), never)
	if r.panicked != nil {
		t.Skipf("see \"no panic\": %.200v", r.panicked)
	}
	if r.err != nil {
		t.Fatalf("Process, Flush or Close failed on good inputs: %v", r.err)
	}
	return r.outputs
}

func (k *kit[In, Out]) outputs(t testing.TB) {
	got := k.success(t)
	if k.Want != nil && !slices.Equal(got, k.Want) {
		t.Fatalf("outputs\n%q, want\n%q", got, k.Want)
	}
	if again := k.success(t); !slices.Equal(got, again) {
		t.Fatalf("the same inputs give other outputs the second time:\n%q, then\n%q", got, again)
	}
}

func (k *kit[In, Out]) workers(t testing.TB) {
	want := k.success(t)
	counts := []int{1, 2, 8}
	if k.OneWorker {
		counts = counts[:1]
	}
	for _, n := range counts {
		ctx, cancel := context.WithTimeout(context.Background(), k.Limit)
		got, err := k.graph(ctx, k.inputs(t), false, pipeline.Workers(n))
		cancel()
		if err != nil {
			t.Fatalf("%d workers: %v", n, err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d workers give\n%q, want\n%q", n, got, want)
		}
	}
}

func (k *kit[In, Out]) untouched(t testing.TB) {
	inputs := k.inputs(t)
	before := k.printed(inputs)
	k.drive(inputs, never)
	for i, after := range k.printed(inputs) {
		if after != before[i] {
			t.Errorf("input %d was\n%s and is\n%s", i, before[i], after)
		}
	}
}

func (k *kit[In, Out]) printed(inputs []In) []string {
	texts := make([]string, len(inputs))
	for i, v := range inputs {
		texts[i] = k.PrintIn(v)
	}
	return texts
}

func (k *kit[In, Out]) badInput(t testing.TB) {
	if k.Bad == nil {
		t.Skip("Opt.Bad is not set")
	}
	bad := k.Bad()
	defer release(bad)
	r := k.drive([]In{bad}, never)
	switch {
	case r.panicked != nil:
		t.Errorf("Process panicked on a bad input: %v", r.panicked)
	case r.err == nil:
		t.Error("Process returned nil on a bad input")
	}
}

func (k *kit[In, Out]) emitError(t testing.TB) {
	for emits := range min(len(k.success(t)), 8) {
		r := k.drive(k.inputs(t), trial{emits: emits})
		if r.panicked != nil {
			t.Skipf("see \"no panic\": %.200v", r.panicked)
		}
		if !errors.Is(r.err, errEmit) {
			t.Fatalf("emit failed at output %d, but the stage returned: %v", emits, r.err)
		}
		if r.after > 0 {
			t.Fatalf("the stage called emit %d more times after it had failed", r.after)
		}
	}
}

func (k *kit[In, Out]) cancel(t testing.TB) {
	for _, after := range []time.Duration{0, time.Millisecond, 100 * time.Millisecond} {
		const tries = 3 // one late end, or two, may be the fault of a busy machine
		for try := 1; ; try++ {
			d := k.timeToStop(t, after)
			if d <= time.Second {
				break
			}
			if try == tries {
				t.Fatalf("cancelled after %v, the run went on for %v; so it did in %d tries", after, d, tries)
			}
		}
	}
}

// timeToStop cancels an endless run and returns how long it went on.
func (k *kit[In, Out]) timeToStop(t testing.TB, after time.Duration) time.Duration {
	cause := errors.New("pipelinetest: cancelled")
	workers := 4
	if k.OneWorker {
		workers = 1
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var at time.Time
	timer := time.AfterFunc(after, func() { at = time.Now(); cancel(cause) })
	defer timer.Stop()
	_, err := k.graph(ctx, k.inputs(t), true, pipeline.Workers(workers))
	if !errors.Is(err, cause) {
		t.Fatalf("cancelled after %v, the run ended with: %v", after, err)
	}
	return time.Since(at)
}

func (k *kit[In, Out]) flushOnce(t testing.TB) {
	st, err := k.Factory()
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := st.(io.Closer); ok {
		defer func() { _ = panics.Try(func() { _ = c.Close() }) }()
	}
	f, ok := st.(pipeline.Flusher[Out])
	if !ok {
		t.Skip("the stage is no Flusher")
	}
	outputs := 0
	emit := func(v Out) error { outputs++; release(v); return nil }
	caught := panics.Try(func() {
		for _, in := range k.inputs(t) {
			err = errors.Join(err, st.Process(context.Background(), in, emit))
		}
		err = errors.Join(err, f.Flush(context.Background(), emit))
		outputs = 0
		err = errors.Join(err, f.Flush(context.Background(), emit))
	})
	if caught != nil {
		t.Skipf("see \"no panic\": %.200v", caught.AsError())
	}
	if err != nil || outputs > 0 {
		t.Errorf("a second Flush handed on %d values (error %v)", outputs, err)
	}
}

func (k *kit[In, Out]) closeTwice(t testing.TB) {
	for _, n := range []int{0, 1, 2} {
		st, err := k.Factory()
		if err != nil {
			t.Fatal(err)
		}
		c, ok := st.(io.Closer)
		if !ok {
			t.Skip("the stage is no io.Closer")
		}
		for _, in := range k.inputs(t)[:n] {
			_ = panics.Try(func() {
				_ = st.Process(context.Background(), in, func(v Out) error { release(v); return nil })
			})
		}
		for call := range 2 {
			var err error
			if caught := panics.Try(func() { err = c.Close() }); caught != nil {
				err = caught.AsError()
			}
			if err != nil {
				t.Errorf("after %d inputs, call %d of Close: %v", n, call+1, err)
			}
		}
	}
}

func (k *kit[In, Out]) resume(t testing.TB) {
	if k.Unresumable {
		t.Skip("Opt.Unresumable is set")
	}
	st, err := k.Factory()
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := st.(io.Closer); ok {
		_ = panics.Try(func() { _ = c.Close() })
	}
	_, holds := st.(pipeline.Holder)
	_, saves := st.(pipeline.Saver)
	if _, flushes := st.(pipeline.Flusher[Out]); flushes && !holds && !saves {
		t.Fatal("the stage is a Flusher, but neither a Holder nor a Saver: a resumed run starts again at the first item; if that is meant, set Opt.Unresumable")
	}
	whole := k.drive(k.inputs(t), never)
	for i, n := range whole.clean {
		rest := k.drive(k.inputs(t), trial{emits: -1, from: n, state: whole.states[i]})
		if rest.panicked != nil || whole.panicked != nil {
			t.Skip("see \"no panic\"")
		}
		if want := whole.outputs[whole.marks[i]:]; rest.err != nil || !slices.Equal(rest.outputs, want) {
			t.Fatalf("a new stage that goes on after %d inputs gives\n%q (error %v), want\n%q", n, rest.outputs, rest.err, want)
		}
	}
}

func (k *kit[In, Out]) noLeak(t testing.TB) {
	for _, c := range []struct {
		name string
		run  func(inputs []In)
	}{
		{"a success", func(in []In) { k.drive(in, never) }},
		{"an error of emit", func(in []In) { k.drive(in, trial{emits: 0}) }},
		{"a later error of emit", func(in []In) { k.drive(in, trial{emits: 1}) }},
		{"a cancel", func(in []In) { k.drive(in, trial{emits: -1, cancel: true}) }},
		{"a stop half-way", func(in []In) { k.drive(in[:len(in)/2], trial{emits: 0}) }},
		{"a bad input", func([]In) {
			if k.Bad != nil {
				bad := k.Bad()
				k.drive([]In{bad}, never)
				release(bad)
			}
		}},
	} {
		live, routines := k.Live(), runtime.NumGoroutine()
		inputs := k.Inputs()
		c.run(inputs)
		releaseAll(inputs)
		if left := k.Live() - live; left != 0 {
			t.Errorf("after %s, %d are live that were not before", c.name, left)
		}
		if n := settled(routines); n > routines {
			t.Errorf("after %s, %d goroutines are left", c.name, n-routines)
		}
	}
}

func (k *kit[In, Out]) noPanic(t testing.TB) {
	inputs := k.inputs(t)
	for _, tr := range []trial{never, {emits: 0}, {emits: 1}, {emits: -1, cancel: true}} {
		if r := k.drive(inputs, tr); r.panicked != nil {
			t.Fatalf("with %+v: %v", tr, r.panicked)
		}
	}
	if r := k.drive(nil, never); r.panicked != nil {
		t.Fatalf("without inputs: %v", r.panicked)
	}
}
