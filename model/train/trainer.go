package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

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
	feed       []op.Tensor
	write      func(path string, s *snapshot) error // of checkpoints
}

// Option sets what a run leaves behind, and not what it computes.
type Option func(*Trainer)

// Dir names the folder of the run: the trainer writes config.yaml, metrics.jsonl, tensorboard/, checkpoints/ and, at the end,
// encoder.safetensors there. Without it, nothing is written.
func Dir(path string) Option { return func(t *Trainer) { t.dir = path } }

// Observe adds observers, which are told of every step in this order. The caller closes them.
func Observe(o ...Observer) Option {
	return func(t *Trainer) { t.observers = append(t.observers, o...) }
}

// Log sets where warnings and the line of every [Config].LogEvery steps go. Without it, they go to [slog.Default].
func Log(l *slog.Logger) Option { return func(t *Trainer) { t.log = l } }

// New prepares a run: it checks the configuration against the data, builds the graph of a step and compiles it. Nothing is written
// yet. The caller closes the trainer.
func New(e model.Engine, data model.Dataset, c Config, options ...Option) (*Trainer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	info := data.Info()
	if err := checkData(c, info); err != nil {
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

// Step returns how many steps are done, and Steps how many the run has.
func (t *Trainer) Step() int { return t.step }

// Steps returns how many steps the run has.
func (t *Trainer) Steps() int { return t.total }

// Close gives the program's memory back.
func (t *Trainer) Close() error { return t.program.Close() }

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

// steps makes the steps that are left.
func (t *Trainer) steps(ctx context.Context) error {
	if t.step >= t.total {
		return nil
	}
	asked := time.Now()
	for b, err := range t.data.Batches(ctx, t.cursor) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			break
		}
		waited := time.Since(asked)
		if err := checkBatch(b, t.info); err != nil {
			return err
		}
		if err := t.one(context.WithoutCancel(ctx), b); err != nil {
			return err
		}
		t.record.Took, t.record.Waited = time.Since(asked), waited
		if err := t.tell(); err != nil {
			return err
		}
		if err := t.check(); err != nil {
			return err
		}
		if every := t.config.Checkpoint.Every; t.dir != "" && every > 0 && t.step%every == 0 {
			if err := t.checkpoint(); err != nil {
				return err
			}
		}
		if t.step == t.total {
			return nil
		}
		asked = time.Now()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("train: the data ended at step %d of %d; a data set goes on without end", t.step, t.total)
}

// one makes a step and sets the record of it.
func (t *Trainer) one(ctx context.Context, b *model.Batch) error {
	lr := t.config.Schedule.rate(t.config.Optimizer.LR, t.step, t.total)
	t.feed = append(t.feed[:0], b.Views[:t.graph.views]...)
	t.feed = append(t.feed, op.From(b.Labels, len(b.Labels)), op.From(b.Index, len(b.Index)),
		op.From([]float32{float32(lr)}), op.From([]int32{int32(t.step + 1)}, 1))
	if n := t.graph.shuffled; n > 0 {
		t.feed = append(t.feed, orders(t.config.Seed, t.step, n)...)
	}
	t.feed = append(t.feed, t.graph.objective.Feed(t.step)...)
	r := &t.record
	if err := t.refresh(ctx); err != nil {
		return err
	}
	results, err := t.program.Run(ctx, t.feed...)
	if err != nil {
		return fmt.Errorf("train: step %d: %w", t.step+1, err)
	}
	t.step, t.cursor = t.step+1, b.Next
	r.Step, r.Steps, r.Cursor, r.Samples, r.Time = t.step, t.total, b.Next, t.info.Batch, time.Now()
	r.Metrics = append(r.Metrics[:0], Metric{"lr", lr})
	for i, name := range t.graph.names {
		r.Metrics = append(r.Metrics, Metric{name, float64(op.Data[float32](results[i])[0])})
	}
	return nil
}

// refresh lets the objective's detector learn from the state, where it is time to.
func (t *Trainer) refresh(ctx context.Context) error {
	t.record.Refresh = nil
	if !t.graph.objective.Due(t.step) {
		return nil
	}
	report, err := t.graph.objective.Refresh(ctx, t.engine, t.program, t.step)
	if err != nil {
		return fmt.Errorf("train: step %d: %w", t.step+1, err)
	}
	t.record.Refresh = &report
	t.log.Info("false negatives were looked for", "step", t.step+1, "pairs", report.Pairs, "share", report.Share,
		"precision", report.Precision, "nmi", report.NMI)
	return nil
}

// orders returns an order of n samples, drawn for a step, and its inverse.
//
// The derivation is stable: SHA-256 of the text "vidcsl/model/train.shuffle/1", the seed and the step, each as 8 bytes little-endian;
// bytes 0-7 and 8-15 of the sum, little-endian, are the two seeds of math/rand/v2's PCG, whose Perm is the order.
func orders(seed uint64, step, n int) []op.Tensor {
	b := binary.LittleEndian.AppendUint64([]byte("vidcsl/model/train.shuffle/1"), seed)
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(b, uint64(step)))
	rng := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])))
	there, back := make([]int32, n), make([]int32, n)
	for i, k := range rng.Perm(n) {
		there[i], back[k] = int32(k), int32(i)
	}
	return []op.Tensor{op.From(there, n), op.From(back, n)}
}

// tell hands the record to the observers, and a line to the log.
func (t *Trainer) tell() error {
	for _, o := range slices.Concat(t.files, t.observers) {
		if err := o.Observe(&t.record); err != nil {
			return fmt.Errorf("train: step %d: %w", t.step, err)
		}
	}
	if r := &t.record; t.step%t.config.LogEvery == 0 || t.step == t.total {
		args := []any{"step", t.step, "of", t.total, "epoch", r.Cursor.Epoch}
		for _, m := range r.Metrics {
			args = append(args, m.Name, fmt.Sprintf("%.4g", m.Value))
		}
		t.log.Info("trained", append(args, "seconds", math.Round(r.Took.Seconds()*1e3)/1e3)...)
	}
	return nil
}
