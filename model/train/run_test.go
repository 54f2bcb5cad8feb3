package train_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// interrupting is an engine whose programs end a context in the middle of their third step.
type interrupting struct {
	model.Engine
	end context.CancelCauseFunc
}

var errEnough = errors.New("enough")

// Compile implements [model.Engine].
func (e interrupting) Compile(sig model.Signature) (model.Program, error) {
	p, err := e.Engine.Compile(sig)
	return &interrupted{Program: p, end: e.end}, err
}

type interrupted struct {
	model.Program
	steps int
	end   context.CancelCauseFunc
}

// Run implements [model.Program].
func (p *interrupted) Run(ctx context.Context, in ...op.Tensor) ([]op.Tensor, error) {
	if p.steps++; p.steps == 3 {
		p.end(errEnough)
	}
	return p.Program.Run(ctx, in...)
}

// A run that is interrupted in the middle of a step finishes it, writes a checkpoint and says why it ended.
func TestInterrupt(t *testing.T) {
	ctx, end := context.WithCancelCause(t.Context())
	dir := t.TempDir()
	tr, err := train.New(interrupting{cpu.New(cpu.Options{Threads: 1}), end}, newBars(64, 16, 1), tiny(), train.Dir(dir), train.Log(quiet))
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if err := tr.Run(ctx); !errors.Is(err, errEnough) {
		t.Errorf("got %v", err)
	}
	if tr.Step() != 3 || len(content(t, dir, 3)) == 0 || len(losses(t, dir)) != 3 {
		t.Errorf("at step %d", tr.Step())
	}
}

// evaluation is an observer that adds a metric.
type evaluation struct{ err error }

// Observe implements [train.Observer].
func (e evaluation) Observe(r *train.Record) error {
	if r.Step == 2 {
		r.Metrics = append(r.Metrics, train.Metric{Name: "knn", Value: 0.5})
		return e.err
	}
	return nil
}

// What an observer adds to the metrics of a step is in the run's files; its error ends the run.
func TestObserversAddMetrics(t *testing.T) {
	c, dir := tiny(), t.TempDir()
	c.Schedule.Steps = 4
	if err := start(t, newBars(64, 16, 1), c, train.Dir(dir), train.Observe(evaluation{})).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, line := range losses(t, dir) {
		if strings.Contains(line, `"knn":0.5`) != (i == 1) {
			t.Errorf("step %d: %s", i+1, line)
		}
	}
	dir = t.TempDir()
	tr := start(t, newBars(64, 16, 1), c, train.Dir(dir), train.Observe(evaluation{errEnough}))
	if err := tr.Run(t.Context()); !errors.Is(err, errEnough) || tr.Step() != 2 {
		t.Errorf("step %d: %v", tr.Step(), err)
	}
	if got := len(losses(t, dir)); got != 2 || len(content(t, dir, 2)) == 0 { // the checkpoint and the files are of the same step
		t.Errorf("%d steps in metrics.jsonl, want 2", got)
	}
}

// The folder says what the run is configured with: the trainer's configuration, or that of the program around it.
func TestConfigFile(t *testing.T) {
	c := tiny()
	c.Schedule.Steps = 1
	own, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	for want, options := range map[string][]train.Option{string(own): nil, "of: a program\n": {train.Describe([]byte("of: a program\n"))}} {
		dir := t.TempDir()
		if err := start(t, newBars(64, 16, 1), c, append(options, train.Dir(dir))...).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "config.yaml")); err != nil || string(text) != want {
			t.Errorf("config.yaml is %q (%v), want %q", text, err, want)
		}
	}
}
