package preprocess

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/dataset"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

// Job is one run of preprocess, or one task of it.
type Job struct {
	Config      Config
	Input       string
	Output      string
	Workers     int // 0: one per processor
	Task, Tasks int // this process does the shards s with s % Tasks == Task; Tasks 0 is one
	Resume      bool
	Version     string // of the program, stored in the manifest
	Log         *slog.Logger
	// Watch, if set, is called once before the graph runs, and the function it returns once after. clips is how many clips
	// the run has to make; done returns how many are written and how many failed, from any goroutine.
	Watch func(g *pipeline.Graph, clips int, done func() (written, failed int64)) (stop func())
}

// Summary says what a run did and what the output holds.
type Summary struct {
	Videos   int            // listed
	Clips    int            // planned for the whole run
	Skipped  int            // clips of this task that an earlier run had finished
	Written  int64          // rows written by this run
	Failures map[string]int // clips not delivered by this run, by reason
	Shards   int            // shards written by this run
	Bytes    int64          // of the shards written by this run
	Elapsed  time.Duration
	Slowest  string // the bottleneck stage
	Complete bool   // every shard of the whole run is there
	Lost     int64  // clips of this task that failed, in this run or an earlier one
	Answered int64  // clips of this task that are written or failed, in this run or an earlier one
}

// Failed returns the number of clips that this run could not deliver.
func (s *Summary) Failed() int {
	n := 0
	for _, k := range s.Failures {
		n += k
	}
	return n
}

// budget bounds the bytes of decoded clips that wait for the next stage, and keep those of clips that are done with and
// whose memory is used again.
const (
	budget = 512 << 20
	keep   = 32 << 20
)

func (j *Job) workers() int {
	if j.Workers > 0 {
		return j.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// Run does the work. An error that wraps ctx's cause leaves an output that a run with Resume completes.
func (j *Job) Run(ctx context.Context) (*Summary, error) {
	started := time.Now()
	l, err := dataset.List(j.Input)
	if err != nil {
		return nil, &InputError{err}
	}
	dataset.Warn(j.Log, j.Input, l)
	j.Log.Debug("listed", "videos", len(l.Items), "classes", len(l.Labels), "other_files", l.Others)
	w, err := j.layOut(ctx, l)
	if err != nil {
		return nil, err
	}
	comp, coded := j.Config.storage()
	run, err := shard.Open(j.Output, w.plan, shard.Options{Resume: j.Resume, Task: j.Task, Tasks: j.Tasks, Config: j.stored(l), Tool: j.Version, Compression: comp})
	if err != nil {
		return nil, openError(err)
	}
	defer run.Close()
	todo := run.Pending()
	s := newSink(j, run, w, todo, l.Labels)
	s.coded = coded
	defer s.abort()
	items := w.items(todo, j.Config.Views)
	s.track(items)
	g := j.graph(items, s)
	if j.Watch != nil {
		stop := j.Watch(g, s.clips, func() (int64, int64) { return s.written.Load(), s.failed.Load() })
		defer stop()
	}
	err = s.finish(ctx, g.Run(ctx))
	if ferr := run.Finish(); err == nil {
		err = ferr
	}
	sum := s.summary()
	m := run.Manifest()
	sum.Videos, sum.Clips, sum.Complete = len(l.Items), len(w.plan.Items), m.Complete()
	for _, r := range w.plan.Task(j.Task, max(j.Tasks, 1)) {
		if e, ok := m.Entry(r.Index); ok {
			sum.Lost, sum.Answered = sum.Lost+e.Failures, sum.Answered+int64(e.Items)
		}
	}
	sum.Elapsed, sum.Slowest = time.Since(started), g.Bottleneck()
	return sum, err
}

// InputError is an error of the user's input or output folder, found before any work is done.
type InputError struct{ Err error }

// Error implements error.
func (e *InputError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

func openError(err error) error {
	for _, unusable := range []error{shard.ErrOtherRun, shard.ErrExists, shard.ErrForeignFiles, shard.ErrManifest} {
		if errors.Is(err, unusable) {
			return &InputError{err}
		}
	}
	return err
}

// Graph returns the graph of a run with this configuration, to be drawn and not run.
func (c Config) Graph() *pipeline.Graph {
	j := &Job{Config: c}
	return j.graph(nil, &sink{})
}

// graph builds the stages. Everything random is drawn in "plan".
func (j *Job) graph(items []clip.Item, s *sink) *pipeline.Graph {
	g := pipeline.NewGraph()
	g.OnSkip(s.skipped)
	skip := pipeline.OnError(pipeline.Skip)
	n := pipeline.Workers(j.workers())
	pool := &clip.Pool{Keep: keep}
	failed := func(stage string) func(string, error) { return func(key string, err error) { s.fail(key, stage, err) } }
	opt := decode.Options{Alloc: pool, OnFailure: failed("decode")}
	planner := j.Config.planner()
	planner.OnFailure = failed("plan")
	list := pipeline.From(g, "list", pipeline.Each(items))
	opened := pipeline.Via(list, "probe", decode.OpenStage(opt), n, skip)
	planned := pipeline.Via(opened, "plan", planner.Stage(), skip)
	samples := pipeline.Via(planned, "decode", decode.ExecuteStage(opt), n, pipeline.Budget(budget), skip)
	if j.Config.Augment.Len() > 0 {
		samples = pipeline.Via(samples, "augment", augment.Apply(augment.Options{Alloc: pool, OnFailure: failed("augment")}), n, pipeline.Budget(budget), skip)
	}
	pipeline.Into(samples, "shard", s.write)
	return g
}

// shapesOf returns the shape of every view of a shard.
func (j *Job) shapesOf(w *work, r shard.Range) []augment.Shape {
	shapes := make([]augment.Shape, j.Config.Views)
	for i := range shapes {
		shapes[i] = w.shapes[r.Group]
	}
	return shapes
}
