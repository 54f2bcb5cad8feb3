package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"vidcsl/decode"
	"vidcsl/pipeline"
)

// Failure is a clip that could not be made and is left out.
type Failure struct {
	Key   string // of the clip: its source, or the row of its shard, and its number
	Epoch int
	Stage string // that gave up, such as "decode"
	Err   error
}

// LostError says that too many clips of an epoch failed.
type LostError struct {
	Epoch  int
	Lost   int // clips that failed, from where the batches began
	Clips  int // of the epoch
	Reason string
	Last   Failure
}

// Error implements error.
func (e *LostError) Error() string {
	text := fmt.Sprintf("feed: %d of %d clips of epoch %d failed: %s", e.Lost, e.Clips, e.Epoch, e.Reason)
	if e.Last.Err != nil {
		text += fmt.Sprintf("; %s, stage %s: %v", e.Last.Key, e.Last.Stage, e.Last.Err)
	}
	return text
}

// Unwrap returns the last failure's cause.
func (e *LostError) Unwrap() error { return e.Last.Err }

// failures counts and reports what is left out of the batches of one loop.
type failures struct {
	opt   Options
	order order
	end   context.CancelCauseFunc // of the loop
	// damaging says that plans may leave nothing to decode
	damaging bool

	mu    sync.Mutex
	open  map[string]Failure // by key, until they are missed
	known map[string]bool    // keys of rows that have failed before
	epoch map[int]int        // how many of each epoch
	all   int                // clips that an epoch tries where none is left over
}

// skipped is called by the graph for each input that a stage gave up on.
func (f *failures) skipped(s pipeline.Skipped) {
	f.mu.Lock()
	defer f.mu.Unlock()
	row, epoch := f.order.split(s.Key)
	lost := Failure{Key: s.Key, Epoch: epoch, Stage: s.Stage, Err: s.Err}
	f.open[s.Key] = lost
	if f.damaged(lost) {
		return
	}
	f.report(row, lost)
	f.epoch[epoch]++
	if f.epoch[epoch] == f.all { // nothing of this epoch will reach the count of what is missing
		f.end(&LostError{Epoch: epoch, Lost: f.all, Clips: f.order.len(), Reason: "every one that was tried", Last: lost})
	}
}

// report logs a failure, the first one of each row as a warning, and tells who asked for it.
func (f *failures) report(row string, lost Failure) {
	log := f.opt.Log.Warn
	if f.known[row] {
		log = f.opt.Log.Debug
	}
	f.known[row] = true
	log("clip left out", "key", lost.Key, "epoch", lost.Epoch, "stage", lost.Stage, "error", lost.Err)
	if f.opt.OnFailure != nil {
		f.opt.OnFailure(lost)
	}
}

// missed returns the failure of a clip that is missing.
func (f *failures) missed(key string) Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	lost := f.open[key]
	delete(f.open, key)
	return lost
}

// damaged reports whether a clip is missing because its plan wanted it so.
func (f *failures) damaged(lost Failure) bool {
	var e *decode.Error
	return f.damaging && errors.As(lost.Err, &e) && e.Reason == decode.Undecodable
}
