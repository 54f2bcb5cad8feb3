package pipeline

import (
	"errors"
	"fmt"

	"github.com/sourcegraph/conc/panics"
)

var (
	// ErrTooManySkips is the cause when a stage skipped more than its policy allows.
	ErrTooManySkips = errors.New("pipeline: too many items skipped")
	// ErrRanBefore is returned by Run on a graph that has run.
	ErrRanBefore = errors.New("pipeline: a graph runs once; build a new one")
	// ErrNoPosition is returned by Position on a graph whose order depends on timing.
	ErrNoPosition = errors.New("pipeline: no position")
)

// errGoexit is the error of a run in which a stage, source or sink ended its goroutine, as testing.T.FailNow does.
var errGoexit = errors.New("pipeline: a stage called runtime.Goexit")

// StageError says where a run failed. Err is the stage's own error; of a panic it
// is a *panics.ErrRecovered of github.com/sourcegraph/conc, whose text has the
// stack and which unwraps to the value if that was an error.
type StageError struct {
	Stage string
	Seq   uint64 // number of the input in this run, from 0; of a source, of the output
	Key   string // the input's ItemKey, if it is Keyed
	Err   error
}

// Error names the stage, the item and its key.
func (e *StageError) Error() string {
	if e.Key != "" {
		return fmt.Sprintf("pipeline: stage %q, item %d (%s): %v", e.Stage, e.Seq, e.Key, e.Err)
	}
	return fmt.Sprintf("pipeline: stage %q, item %d: %v", e.Stage, e.Seq, e.Err)
}

// Unwrap returns Err.
func (e *StageError) Unwrap() error { return e.Err }

// Skipped is one input that a stage gave up on under a skipping policy.
type Skipped struct {
	Stage string
	Seq   uint64 // number of the input in this run, from 0
	Key   string // the input's ItemKey, if it is Keyed
	Err   error
}

// try calls f and turns a panic into an error with its stack.
func try(f func() error) error {
	var err error
	if r := panics.Try(func() { err = f() }); r != nil {
		return r.AsError()
	}
	return err
}

// stageError wraps err unless it already says where it happened.
func stageError(stage string, seq uint64, key string, err error) error {
	var se *StageError
	if errors.As(err, &se) {
		return err
	}
	return &StageError{Stage: stage, Seq: seq, Key: key, Err: err}
}
