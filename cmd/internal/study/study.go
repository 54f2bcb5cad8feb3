// Package study trains encoders in several ways and compares what they do on spoiled and attacked clips: the work behind the study verb.
//
// A study is made of parts, each of which is done when its file is there, and a file is there only as a whole. What is done is not done again, so that
// a study goes on after whatever ended it; and several processes share the parts of a phase.
package study

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"vidcsl/cmd/internal/runs"
)

// Study is one run of the study verb, or one task of it.
type Study struct {
	Config      Config
	File        string // that the configuration was read from, for what one can type to make the study again
	Data        string // a folder with the folders train, val and test: shards or videos
	Output      string
	Task, Tasks int // this process makes each Tasks-th part of a phase, from Task on; Tasks 0 is one
	Threads     int // of the engine; 0: one per processor
	Workers     int // of each stage that makes views; 0: one per processor
	Version     string
	Log         *slog.Logger
	// Show, if set, is called as parts are begun and go on, by the goroutine that works.
	Show func(p Progress)

	patience time.Duration // how long to wait for others of which none lives; see [Study.await]
	clock    clock
	data     map[string]string // digests
	samples  int               // of the training data
}

// patience is the usual one: in this time a task that is started along with this one is there.
const patience = 30 * time.Second

// The folders within that of the data.
func (s *Study) train() string { return filepath.Join(s.Data, "train") }
func (s *Study) val() string   { return filepath.Join(s.Data, "val") }
func (s *Study) test() string  { return filepath.Join(s.Data, "test") }

// Run makes the parts that are not done, those of its task where there are several, and returns what all parts say. Between phases it waits for the other
// tasks. An error of the input, which is found before anything is trained, is a *[runs.InputError]; one of other tasks that do not live a
// *[MissingError]. After any error, what is done stays.
func (s *Study) Run(ctx context.Context) (*Result, error) {
	if s.patience == 0 {
		s.patience = patience
	}
	if _, err := s.check(ctx); err != nil {
		return nil, &runs.InputError{Err: err}
	}
	unlock, err := s.begin()
	if err != nil {
		return nil, &runs.InputError{Err: err}
	}
	defer unlock()
	choices, err := s.choose(ctx)
	if err != nil {
		return nil, err
	}
	list := s.chosen(choices)
	if err := s.trainAll(ctx, list); err != nil {
		return nil, err
	}
	r := &Result{Choices: choices}
	list, failed, err := s.sort(list)
	if err != nil {
		return nil, err
	}
	if r.Matched, err = s.match(list); err != nil {
		return nil, err
	}
	if r.Report, err = s.cells(ctx, "cells", s.ends(list), s.Task == 0); err != nil {
		return nil, err
	}
	if m := r.Matched; m != nil && m.comparable() {
		if m.Report, err = s.cells(ctx, "cells at matched accuracy", s.snapshots(list, m), false); err != nil {
			return nil, err
		}
	}
	return r, s.finish(r, list, failed)
}
