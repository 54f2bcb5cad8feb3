package pipelinetest

import (
	"fmt"
	"testing"
	"time"

	"vidcsl/pipeline"
)

// Opt describes the stage to be checked, and how it differs from most.
type Opt[In, Out any] struct {
	// Factory makes the stage.
	Factory pipeline.Factory[In, Out]
	// Inputs makes the inputs anew, equal ones each time, at least three. The kit
	// owns them and releases each once if it has a Release method.
	Inputs func() []In
	// PrintIn and PrintOut write everything that matters of a value; the default
	// is fmt's %+v, which is enough for plain data without pointers.
	PrintIn  func(In) string
	PrintOut func(Out) string
	// Want, if not nil, is what the outputs print as.
	Want []string
	// Bad, if set, makes an input on which Process must fail with an error.
	Bad func() In
	// Live, if set, counts what has been allocated and not been released, such as
	// the bytes of a checked allocator. It must come back to what it was.
	Live func() int64
	// OneWorker says that the stage holds values back or has a state, and so runs
	// with one worker.
	OneWorker bool
	// Unresumable says that the stage has a state that it cannot give back.
	Unresumable bool
	// Limit is how long one run over all inputs may take; the default is 10 s.
	Limit time.Duration
}

// Run checks the stage. Every check is a subtest:
//
//	outputs             they are those of Want, and the same each time
//	workers             8 workers give the outputs of one, in order
//	input untouched     no input is changed
//	bad input           Bad leads to an error and not to a panic
//	emit error          the error of emit is returned, and ends the call
//	cancel              a cancelled run ends within a second with the cause
//	flush once          a second Flush hands on nothing
//	close idempotent    Close may be called twice, also on an unused stage
//	resume              a new stage that goes on where a Holder holds nothing, or
//	                    from a saved state, gives the same rest
//	no leak             neither a goroutine nor, by Live, a value is left after a
//	                    success, an error of emit, a bad input or a cancel
//	no panic            none of the above panics
func Run[In, Out any](t *testing.T, o Opt[In, Out]) {
	t.Helper()
	for _, c := range checks(o) {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

// check is one named rule. It takes a TB so that the kit's own tests can look on.
type check struct {
	name string
	run  func(testing.TB)
}

func checks[In, Out any](o Opt[In, Out]) []check {
	k := &kit[In, Out]{Opt: o}
	if k.PrintIn == nil {
		k.PrintIn = func(v In) string { return fmt.Sprintf("%+v", v) }
	}
	if k.PrintOut == nil {
		k.PrintOut = func(v Out) string { return fmt.Sprintf("%+v", v) }
	}
	if k.Live == nil {
		k.Live = func() int64 { return 0 }
	}
	if k.Limit == 0 {
		k.Limit = 10 * time.Second
	}
	return []check{
		{"outputs", k.outputs},
		{"workers", k.workers},
		{"input untouched", k.untouched},
		{"bad input", k.badInput},
		{"emit error", k.emitError},
		{"cancel", k.cancel},
		{"flush once", k.flushOnce},
		{"close idempotent", k.closeTwice},
		{"resume", k.resume},
		{"no leak", k.noLeak},
		{"no panic", k.noPanic},
	}
}

// kit is a stage under test.
type kit[In, Out any] struct {
	Opt[In, Out]
}
