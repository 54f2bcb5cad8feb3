package runs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime"
	"time"

	xcpu "golang.org/x/sys/cpu"

	"vidcsl/cmd/feed"
	"vidcsl/model/cpu"
	"vidcsl/model/train"
	"vidcsl/pipeline"
)

// Training is one run of the train verb.
type Training struct {
	Config  Config
	Data    string // training data
	Val     string // labelled data that is held out; "": none
	Output  string
	Threads int // of the engine; 0: those that the run was begun with, one per processor for a new one
	Workers int // of each stage that makes views; 0: one per processor
	Resume  bool
	Version string
	Log     *slog.Logger
	// Show, if set, is called after every step, by the goroutine that trains.
	Show func(p train.Progress, r *train.Record)
}

// InputError is an error of what the user gave, found before any step is made.
type InputError struct{ Err error }

// Error implements error.
func (e *InputError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// observer is a function that is told of every step.
type observer func(r *train.Record) error

// Observe implements train.Observer.
func (o observer) Observe(r *train.Record) error { return o(r) }

// Run trains. An error that wraps ctx's cause leaves a folder that a run with Resume completes. A run that is done already is not begun
// again: its result is that which it had.
func (t *Training) Run(ctx context.Context) (*Result, error) {
	if t.Config.Data.Views == 0 {
		t.Config.Data.Views = t.Config.Views()
	}
	record, err := t.record()
	if err != nil {
		return nil, &InputError{err}
	}
	if record.Result != nil {
		t.Log.Info("the run is done already", "output", t.Output)
		return record.Result, nil
	}
	left := &leftOut{keys: map[string]bool{}}
	data, err := t.open(ctx, t.Data, left.add)
	if err != nil {
		return nil, &InputError{err}
	}
	defer data.Close()
	var test *neighbors
	if t.Val != "" {
		if test, err = t.neighbors(ctx, data, record.Threads); err != nil {
			return nil, err
		}
		defer test.close()
	}
	tr, err := t.trainer(ctx, data, test, record.Threads)
	if err != nil {
		return nil, &InputError{err}
	}
	defer tr.Close()
	folder, err := lock(t.Output)
	if err != nil {
		return nil, &InputError{err}
	}
	defer folder.Close()
	if err := t.resume(tr); err != nil {
		return nil, &InputError{err}
	}
	if err := record.write(t.Output); err != nil {
		return nil, err
	}
	if err := tr.Run(ctx); err != nil {
		return nil, err
	}
	return t.finish(ctx, record, tr, data, test, left)
}

// open opens data. onFailure is told of the clips that are left out; it may be nil.
func (t *Training) open(ctx context.Context, path string, onFailure func(feed.Failure)) (*feed.Dataset, error) {
	return feed.Open(ctx, path, feed.Options{Config: t.Config.Data, Batch: t.Config.Batch, Seed: t.Config.Seed, Workers: t.Workers, Log: t.Log, OnFailure: onFailure})
}

// trainer prepares the run. The test comes first of the observers, so that all others know its result.
func (t *Training) trainer(ctx context.Context, data *feed.Dataset, test *neighbors, threads int) (tr *train.Trainer, err error) {
	var observers []train.Observer
	if test != nil {
		observers = append(observers, observer(func(r *train.Record) error { return t.observe(ctx, test, tr, r) }))
	}
	if t.Show != nil {
		var last train.Progress
		observers = append(observers, train.Live(func(p train.Progress) { last = p }),
			observer(func(r *train.Record) error { t.Show(last, r); return nil }))
	}
	text, err := t.Config.YAML()
	if err != nil {
		return nil, err
	}
	o := cpu.Options{Threads: threads, BF16: t.Config.BF16, Log: t.Log}
	hunter := o
	hunter.CheckNaN = true
	tr, err = train.New(cpu.New(o), data, t.Config.Config, train.Dir(t.Output), train.Describe(text), train.Log(t.Log),
		train.Observe(observers...), train.Hunt(cpu.New(hunter)))
	if x := xcpu.X86; t.Config.BF16 && runtime.GOARCH == "amd64" {
		switch {
		case err != nil && !x.HasAVX512BW:
			return nil, fmt.Errorf("%w (bf16 needs a processor with AVX-512: try bf16: false)", err)
		case err == nil && !x.HasAVX512BF16:
			t.Log.Warn("this processor computes bfloat16 in several steps: bf16: false may be faster")
		}
	}
	return tr, err
}

// resume goes to the newest sound checkpoint, if that is wanted and there is one.
func (t *Training) resume(tr *train.Trainer) error {
	if !t.Resume {
		return nil
	}
	err := tr.Resume()
	if errors.Is(err, fs.ErrNotExist) {
		t.Log.Info("there is no checkpoint yet: the run begins at its first step", "output", t.Output)
		return nil
	}
	return err
}

// making returns how much of the processors' time the stages that make data took, and which of them took most. The last stage is the
// training itself, whose time is that of the run.
func making(stages []pipeline.StageStats) (share float64, most string) {
	if len(stages) == 0 {
		return 0, ""
	}
	last := stages[len(stages)-1]
	var sum, best time.Duration
	for _, s := range stages[:len(stages)-1] {
		if sum += s.Busy; s.Busy > best {
			best, most = s.Busy, s.Name
		}
	}
	return sum.Seconds() / max(1e-9, float64(runtime.GOMAXPROCS(0))*(last.Busy+last.Waiting+last.Blocked).Seconds()), most
}

// finish writes down how the run ended. A last test that was interrupted is made now.
func (t *Training) finish(ctx context.Context, record *Record, tr *train.Trainer, data *feed.Dataset, test *neighbors, left *leftOut) (*Result, error) {
	r, err := readResult(t.Output, tr.Step(), t.Config.Batch)
	if err != nil {
		return nil, err
	}
	if r.Making, r.Bottleneck = making(data.Stats()); r.Making < 0.1 {
		r.Bottleneck = ""
	}
	if b := data.Bottleneck(); r.Waiting >= 0.02 && b != "train" {
		r.Bottleneck = b
		t.Log.Info("training waited for data", "share", fmt.Sprintf("%.3f", r.Waiting), "stage", b)
	}
	if test != nil {
		if test.last == nil {
			if err := test.measure(ctx, tr); err != nil {
				return nil, err
			}
		}
		r.KNN = test.last
	}
	r.Failed, record.Result = left.count(), r
	return r, record.write(t.Output)
}
