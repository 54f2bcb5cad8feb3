// Package robustness tests the encoders of trainings on spoiled and attacked clips: the work behind the robust verb.
package robustness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"vidcsl/cmd/internal/runs"
	"vidcsl/model/cpu"
	"vidcsl/robust"
	"vidcsl/robust/attack"
	"vidcsl/robust/corrupt"
)

// Suites and Heads are the names that a [Job] can have, the usual first.
var (
	Suites = []string{"corruptions", "attacks", "all"}
	Heads  = []string{"linear", "knn", "finetune"}
)

// Job is one run of the robust verb, or one task of it.
type Job struct {
	Runs  []string // folders of trainings
	Suite string   // of [Suites]
	Head  string   // of [Heads]: what classifies features
	// Corruptions are names, of corruptions or of sets of them; none: all.
	Corruptions []string
	Severities  []int
	Attacks     []string // names of package attack
	Norm        attack.Norm
	Epsilons    []float64
	Steps       int    // of attacks; 0: each attack's own number
	Clips       int    // test videos that are attacked, drawn by Seed; 0: all
	Seed        uint64 // of corruptions, attacks and intervals
	Baseline    string // the run that others are compared with, one of Runs; "": none
	Supervised  string // the run with labels, to say how much of its lead another has made up for; "": none
	// Ways names the way of training that each run is of; nil: runs that differ in the seed alone are of one.
	Ways        map[string]string
	Task, Tasks int    // this process makes the cells i with i % Tasks == Task; Tasks 0 is one
	Data        string // labelled test data
	Train       string // labelled data that the head learns from; "": each run's own
	FineTune    runs.FineTune
	Threads     int
	Workers     int
	Command     []string // for the report
	Version     string
	Log         *slog.Logger
	// Show, if set, is called as cells are begun and clips are done, and at the end.
	Show func(p Progress)

	progress Progress
}

// Progress says how far a job is.
type Progress struct {
	Done, Cells int    // of this task; cells that were there count as done
	Now         string // what is being made
	Clips       int    // that are done of it
}

// Run makes the cells of the task that are not there yet. If then all cells of all tasks are there, it returns the report; otherwise the report is nil,
// and missing names the cells that are not. An error of the input, which is found before any cell is made, is a *[runs.InputError]; after any other,
// finished cells stay.
func (j *Job) Run(ctx context.Context) (report *Report, missing []string, err error) {
	if err := j.check(); err != nil {
		return nil, nil, &runs.InputError{Err: err}
	}
	corrupt.Register()
	var all []*tested
	defer func() {
		for _, t := range all {
			err = errors.Join(err, t.release(), t.Close())
		}
	}()
	for _, run := range j.Runs {
		t, err := j.open(ctx, run)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, t)
	}
	if err := j.make(ctx, all); err != nil {
		return nil, nil, err
	}
	for _, t := range all {
		for _, w := range t.work {
			if w.done == nil {
				missing = append(missing, w.path)
			}
		}
	}
	if len(missing) > 0 {
		return nil, missing, nil
	}
	report, err = j.report(all)
	return report, nil, err
}

// make makes the cells of the task.
func (j *Job) make(ctx context.Context, all []*tested) error {
	n := 0
	var mine []*work
	for _, t := range all {
		for _, w := range t.work {
			if n%max(j.Tasks, 1) == j.Task {
				mine = append(mine, w)
			}
			n++
		}
	}
	j.progress = Progress{Cells: len(mine)}
	for _, w := range mine {
		if w.done != nil {
			j.progress.Done++
		}
	}
	for i, w := range mine {
		if i > 0 && mine[i-1].of != w.of {
			if err := mine[i-1].of.release(); err != nil {
				return err
			}
		}
		if w.done != nil {
			continue
		}
		j.progress.Now, j.progress.Clips = fmt.Sprintf("%s, %v", w.of.Run, w.condition), 0
		j.seen(0)
		if err := w.of.fill(ctx, w); err != nil {
			return err
		}
		j.progress.Done++
	}
	j.progress.Now, j.progress.Clips = "done", 0
	j.seen(0)
	// others may have made theirs meanwhile
	for _, t := range all {
		for _, w := range t.work {
			if err := t.look(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// seen counts clips of the cell that is being made.
func (j *Job) seen(clips int) {
	if j.progress.Clips += clips; j.Show != nil {
		j.Show(j.progress)
	}
}

// check returns an error of what can be wrong without looking at the runs.
func (j *Job) check() error {
	var errs []error
	if j.Data == "" {
		errs = append(errs, errors.New("--data DIR is missing"))
	}
	for flag, of := range map[string]struct {
		value string
		legal []string
	}{"suite": {j.Suite, Suites}, "head": {j.Head, Heads}} {
		if !slices.Contains(of.legal, of.value) {
			errs = append(errs, fmt.Errorf("--%s is %q, want %s", flag, of.value, strings.Join(of.legal, ", ")))
		}
	}
	for flag, run := range map[string]string{"baseline": j.Baseline, "supervised": j.Supervised} {
		if run != "" && !slices.Contains(j.Runs, run) {
			errs = append(errs, fmt.Errorf("--%s is %s, want one of the runs: %s", flag, run, strings.Join(j.Runs, ", ")))
		}
	}
	if j.Supervised != "" && j.Baseline == "" {
		errs = append(errs, errors.New("--supervised needs --baseline: how much of the gap between the two is closed"))
	}
	if j.Supervised != "" && j.Supervised == j.Baseline {
		errs = append(errs, fmt.Errorf("--supervised and --baseline are both %s: there is no gap between them", j.Baseline))
	}
	for i, run := range j.Runs {
		if slices.Contains(j.Runs[:i], run) {
			errs = append(errs, fmt.Errorf("the run %s is named twice", run))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(append(errs, j.checkCorruptions(), j.checkAttacks())...)
}

// engine computes in float32.
func (j *Job) engine() *cpu.Engine { return cpu.New(cpu.Options{Threads: j.Threads}) }

// clean is the condition of the first cell.
var clean = robust.Condition{Kind: robust.Clean}
