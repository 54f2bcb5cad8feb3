package train

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"vidcsl/model"
	"vidcsl/model/op"
)

// Trainer trains an encoder. One goroutine uses it.
type Trainer struct {
	config    Config
	data      model.Dataset
	info      model.DataInfo
	engine    model.Engine
	graph     *graph
	program   model.Program
	dir       string // "": nothing is written
	described []byte // of config.yaml; nil: config
	observers []Observer
	files     []Observer // of its own, io.Closers, while it runs
	log       *slog.Logger
	hunter    model.Engine // for what a run diverges from; nil: nobody looks

	total      int // steps of the run
	step       int // steps that are done
	cursor     model.Cursor
	unwritable bool // the last checkpoint could not be written
	saved      int  // the step of the newest checkpoint; -1 without one
	record     Record
	nextFound  int // the first step at which a line of the log may say again what a detector found
	feed       []op.Tensor
	write      func(path string, s *snapshot) error // of checkpoints
}

// New prepares a run: it checks the configuration against the data, builds the graph of a step and compiles it. Nothing is written
// yet. The caller closes the trainer.
func New(e model.Engine, data model.Dataset, c Config, options ...Option) (*Trainer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	info := data.Info()
	if err := c.CheckData(info); err != nil {
		return nil, err
	}
	t := &Trainer{engine: e, config: c, data: data, info: info, saved: -1, write: writeSnapshot, log: slog.Default()}
	for _, o := range options {
		o(t)
	}
	t.total = c.Schedule.total(len(info.Keys) / info.Batch)
	var err error
	if t.graph, err = build(c, info, t.total); err != nil {
		return nil, err
	}
	if !c.supervised() {
		t.observers = append(t.observers, newCollapse(t.log, t.graph.embedding, t.total))
	}
	if t.program, err = e.Compile(t.graph.sig); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return t, nil
}

// Step returns how many steps are done.
func (t *Trainer) Step() int { return t.step }

// Close gives the program's memory back, and that of the objective.
func (t *Trainer) Close() error { return errors.Join(t.program.Close(), t.graph.objective.Close()) }

// Get returns a value of the state by its name, such as encoder.fc.weight.
func (t *Trainer) Get(name string) (op.Tensor, error) { return t.program.Get(name) }

// Run trains from where the trainer is to the last step. When ctx ends, the step under way is finished; then, as after an error of
// the data, and at the end of the run, a checkpoint is written. The error is ctx's cause, that of the data set, of an observer or of
// a file, or a [*DivergedError].
func (t *Trainer) Run(ctx context.Context) (err error) {
	if err := t.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closeFiles()) }()
	err = t.keep(t.steps(ctx))
	var diverged *DivergedError
	if errors.As(err, &diverged) && t.hunter != nil {
		t.hunt(ctx, diverged)
	}
	return err
}

// keep writes where the steps ended, with this error, and the encoder if they are done.
func (t *Trainer) keep(err error) error {
	var diverged *DivergedError
	if t.dir == "" || errors.As(err, &diverged) { // of that there is nothing to keep
		return err
	}
	if t.saved != t.step && !t.unwritable {
		err = errors.Join(err, t.checkpoint())
	}
	if err == nil {
		err = t.SaveEncoder(filepath.Join(t.dir, "encoder.safetensors"))
	}
	return err
}
