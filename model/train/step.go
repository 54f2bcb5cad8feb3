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
	"slices"
	"time"

	"vidcsl/model"
	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

// steps makes the steps that are left.
func (t *Trainer) steps(ctx context.Context) error {
	if err := t.keepEncoder(); err != nil { // again, where the run ended as it wrote it
		return err
	}
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
		if err := t.keepEncoder(); err != nil {
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

// refresh lets the objective's detector learn from the state, where it is time to, and finds pseudo-labels before their step. At most one line of the log in [Config].LogEvery steps says so,
// but for those of debugging.
func (t *Trainer) refresh(ctx context.Context) error {
	t.record.Refresh = nil
	if t.graph.objective.LabelsDue(t.step) {
		report, err := t.graph.objective.Label(ctx, t.engine, t.program, t.step)
		if err != nil {
			return fmt.Errorf("train: step %d: %w", t.step+1, err)
		}
		t.log.Info("pseudo-labels were found", "step", t.step+1, "sizes", report.Sizes[0], "precision", report.Precision, "base_rate", report.BaseRate)
	}
	if !t.graph.objective.Due(t.step) {
		return nil
	}
	report, err := t.graph.objective.Refresh(ctx, t.engine, t.program, t.step)
	if err != nil {
		return fmt.Errorf("train: step %d: %w", t.step+1, err)
	}
	t.record.Refresh = &report
	level := slog.LevelDebug
	if t.step >= t.nextFound {
		level, t.nextFound = slog.LevelInfo, t.step+t.config.LogEvery
	}
	t.log.LogAttrs(ctx, level, "false negatives were looked for", append([]slog.Attr{slog.Int("step", t.step+1)}, found(report)...)...)
	return nil
}

// found is what a report says, for the log, without what is not defined: the first time there is nothing to compare clusters with.
func found(r contrast.Report) []slog.Attr {
	list := []slog.Attr{slog.Int("pairs", r.Pairs), slog.Float64("share", r.Share)}
	add := func(name string, v float64) {
		if !math.IsNaN(v) {
			list = append(list, slog.Float64(name, v))
		}
	}
	add("precision", r.Precision)
	add("base_rate", r.BaseRate)
	if len(r.NMI) > 0 && !slices.ContainsFunc(r.NMI, math.IsNaN) {
		list = append(list, slog.Any("nmi", r.NMI))
	}
	return list
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
	var errs []error
	for _, o := range slices.Concat(t.observers, t.files) { // to the last, so that the files have every step that a checkpoint has
		errs = append(errs, o.Observe(&t.record))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("train: step %d: %w", t.step, err)
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
