package runs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"vidcsl/cmd/feed"
	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/eval"
	"vidcsl/model/train"
)

// Training is one run of the train verb.
type Training struct {
	Config  Config
	Data    string // training data
	Val     string // labelled data that is held out; "": none
	Output  string
	Threads int // of the engine; 0: one per processor
	Workers int // of each stage that makes views; 0: one per processor
	Resume  bool
	Version string
	Log     *slog.Logger
	// Show, if set, is called after every step.
	Show func(p train.Progress, r *train.Record)
}

// Result is how a run ended.
type Result struct {
	Steps      int                `json:"steps"`
	Seconds    float64            `json:"seconds"` // of the steps that this process made
	ClipsPerS  float64            `json:"clips_per_second"`
	Waiting    float64            `json:"waiting"`              // share of the time in which steps waited for data
	Bottleneck string             `json:"bottleneck,omitempty"` // of the stages that make the data
	Failed     int                `json:"failed"`               // clips that could not be made and were left out
	Metrics    map[string]float64 `json:"metrics"`              // means over the last tenth of the steps
	KNN        *eval.Accuracy     `json:"knn,omitempty"`        // of the held-out data
}

// InputError is an error of what the user gave, found before any work is done.
type InputError struct{ Err error }

// Error implements error.
func (e *InputError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

func (t *Training) engine() model.Engine {
	return cpu.New(cpu.Options{Threads: t.Threads, BF16: t.Config.BF16})
}

// Run trains. An error that wraps ctx's cause leaves a folder that a run with Resume completes.
func (t *Training) Run(ctx context.Context) (*Result, error) {
	c := t.Config
	failed := 0
	options := feed.Options{Config: c.Data, Batch: c.Batch, Seed: c.Seed, Workers: t.Workers, Log: t.Log, OnFailure: func(f feed.Failure) {
		failed++
		t.Log.Warn("clip left out", "key", f.Key, "epoch", f.Epoch, "stage", f.Stage, "error", f.Err)
	}}
	data, err := feed.Open(ctx, t.Data, options)
	if err != nil {
		return nil, &InputError{err}
	}
	defer data.Close()
	record, err := t.record()
	if err != nil {
		return nil, err
	}
	watch := &watcher{show: t.Show}
	tr, err := train.New(t.engine(), data, c.Config, train.Dir(t.Output), train.Log(t.Log), train.Observe(watch),
		train.Hunt(cpu.New(cpu.Options{Threads: t.Threads, BF16: c.BF16, CheckNaN: true})))
	if err != nil {
		return nil, &InputError{err}
	}
	defer tr.Close()
	if t.Resume {
		if err := tr.Resume(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, &InputError{err}
		}
	}
	watch.live, watch.steps = train.Live(watch.progress), tr.Steps()
	var probe *prober
	if t.Val != "" {
		if probe, err = t.prober(ctx, tr, data); err != nil {
			return nil, err
		}
		defer probe.close()
		watch.probe = probe
	}
	if err := record.write(t.Output); err != nil {
		return nil, err
	}
	if err := tr.Run(ctx); err != nil {
		return nil, err
	}
	r := watch.result()
	r.Steps, r.Bottleneck, r.Failed = tr.Step(), data.Bottleneck(), failed
	if probe != nil {
		if r.KNN, err = probe.test(ctx, tr.Step()); err != nil {
			return nil, err
		}
	}
	record.Result = r
	return r, record.write(t.Output)
}

// record describes the run, and checks that a run which goes on is still the same.
func (t *Training) record() (*Record, error) {
	data, err := filepath.Abs(t.Data)
	if err != nil {
		return nil, err
	}
	r := &Record{Version: t.Version, Engine: "cpu", Data: data, Config: t.Config}
	if t.Val != "" {
		if r.Val, err = filepath.Abs(t.Val); err != nil {
			return nil, err
		}
	}
	old, err := ReadRecord(t.Output)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, nil
	case err != nil:
		return nil, &InputError{err}
	case !t.Resume:
		return nil, &InputError{fmt.Errorf("%s holds a run: go on with it by --resume, or choose another folder", t.Output)}
	}
	was, err := json.Marshal(old.Config.Data)
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(t.Config.Data)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(was, is) {
		return nil, &InputError{fmt.Errorf("%s was begun with other settings of data: %s, now %s", t.Output, was, is)}
	}
	return r, nil
}

// watcher adds up what steps report.
type watcher struct {
	show        func(p train.Progress, r *train.Record)
	live        train.Observer
	probe       *prober
	last        train.Progress
	steps, n    int
	samples     int
	took, waits time.Duration
	sums        map[string]float64
	counts      map[string]int
}

func (w *watcher) progress(p train.Progress) { w.last = p }

// Observe implements train.Observer.
func (w *watcher) Observe(r *train.Record) error {
	w.n++
	if w.n > 1 { // the first step prepares
		w.took, w.waits, w.samples = w.took+r.Took, w.waits+r.Waited, w.samples+r.Samples
	}
	if r.Step > w.steps-max(1, w.steps/10) {
		if w.sums == nil {
			w.sums, w.counts = map[string]float64{}, map[string]int{}
		}
		for _, m := range r.Metrics {
			if m.Value == m.Value { // such as a precision where nothing was removed
				w.sums[m.Name] += m.Value
				w.counts[m.Name]++
			}
		}
	}
	if err := w.live.Observe(r); err != nil {
		return err
	}
	if w.show != nil {
		w.show(w.last, r)
	}
	if w.probe != nil && r.Step < r.Steps {
		return w.probe.observe(r.Step)
	}
	return nil
}

func (w *watcher) result() *Result {
	r := &Result{Seconds: w.took.Seconds(), Metrics: map[string]float64{}}
	if w.took > 0 {
		r.ClipsPerS, r.Waiting = float64(w.samples)/w.took.Seconds(), w.waits.Seconds()/w.took.Seconds()
	}
	for name, sum := range w.sums {
		r.Metrics[name] = sum / float64(w.counts[name])
	}
	return r
}

// prober tests the encoder of a trainer by nearest neighbours.
type prober struct {
	ctx       context.Context // of the run; observers have no other
	every     int
	options   eval.KNNOptions
	log       *slog.Logger
	tr        *train.Trainer
	engine    model.Engine
	encoder   *eval.Encoder
	data, val *feed.Dataset
	lines     *json.Encoder
	file      *os.File
}

func (t *Training) prober(ctx context.Context, tr *train.Trainer, data *feed.Dataset) (p *prober, err error) {
	c := t.Config
	p = &prober{ctx: ctx, every: c.KNN.Every, options: c.knn(), log: t.Log, tr: tr, data: data, engine: t.engine()}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.val, err = feed.Open(ctx, t.Val, feed.Options{Config: c.Data, Batch: c.Batch, Seed: c.Seed, Workers: t.Workers, Log: t.Log}); err != nil {
		return p, &InputError{err}
	}
	if was, is := data.Info(), p.val.Info(); was.Shape != is.Shape {
		return p, &InputError{fmt.Errorf("%s: clips of %v, but %v in %s", t.Val, is.Shape, was.Shape, t.Data)}
	}
	if err := matchClasses(p.val, data); err != nil {
		return p, &InputError{fmt.Errorf("%s: %w", t.Val, err)}
	}
	if p.encoder, err = newEncoder(p.engine, c, data.Info().Shape, 0); err != nil {
		return p, err
	}
	p.file, err = os.OpenFile(filepath.Join(t.Output, "knn.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(t.Output, 0o777); err == nil {
			p.file, err = os.OpenFile(filepath.Join(t.Output, "knn.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
		}
	}
	if err == nil {
		p.lines = json.NewEncoder(p.file)
	}
	return p, err
}

func (p *prober) close() {
	if p.val != nil {
		p.val.Close()
	}
	if p.encoder != nil {
		p.encoder.Close()
	}
	if p.file != nil {
		p.file.Close()
	}
}

func (p *prober) observe(step int) error {
	if p.every == 0 || step%p.every != 0 {
		return nil
	}
	_, err := p.test(p.ctx, step)
	return err
}

// test classifies the held-out clips.
func (p *prober) test(ctx context.Context, step int) (*eval.Accuracy, error) {
	err := p.encoder.Update(parameters(p.tr))
	if err != nil {
		return nil, err
	}
	a, err := p.encoder.Features(ctx, p.data.Info(), p.data.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	b, err := p.encoder.Features(ctx, p.val.Info(), p.val.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	knn, err := eval.Neighbors(ctx, p.engine, a, b, p.options)
	if err != nil {
		return nil, err
	}
	p.log.Info("kNN", "step", step, "accuracy", knn.Top1.String())
	return &knn.Top1, p.lines.Encode(struct {
		Step int           `json:"step"`
		KNN  eval.Accuracy `json:"knn"`
	}{step, knn.Top1})
}
