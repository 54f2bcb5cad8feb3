package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"vidcsl/model"
	"vidcsl/model/op"
)

// DivergedError says that training broke down: a number that everything depends on is no number any more. Checkpoints that were
// written before are good.
type DivergedError struct {
	Step  int     // after which it was seen
	What  string  // loss, grad_norm, weight_norm, or a value of the state
	Value float64 // NaN or an infinity
	Where string  // the first parameter or statistic, in the order of the network, that is not finite; "" if all are
	Try   string  // what may help
	Cause error   // what [Hunt] found, such as the operation that made the first NaN; nil: nothing
}

// Error implements error.
func (e *DivergedError) Error() string {
	where := ""
	if e.Where != "" {
		where = ", first in " + e.Where
	}
	if e.Cause != nil {
		where += fmt.Sprintf(" (%v)", e.Cause)
	}
	return fmt.Sprintf("train: step %d: %s became %v%s; try %s", e.Step, e.What, e.Value, where, e.Try)
}

// Unwrap returns the cause.
func (e *DivergedError) Unwrap() error { return e.Cause }

// check returns a *[DivergedError] if the step's numbers are not finite.
func (t *Trainer) check() error {
	for _, m := range t.record.Metrics {
		if watched := m.Name == "loss" || m.Name == "grad_norm" || m.Name == "weight_norm"; !watched || finite(m.Value) {
			continue
		}
		e := &DivergedError{Step: t.step, What: m.Name, Value: m.Value, Try: t.remedies()}
		var err error
		if e.Where, err = t.broken(); err != nil {
			return fmt.Errorf("%w (%w)", e, err)
		}
		return e
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// remedies are what the configuration leaves to try.
func (t *Trainer) remedies() string {
	list := []string{fmt.Sprintf("optimizer.lr below %v", t.config.Optimizer.LR)}
	if t.config.Schedule.Warmup == 0 {
		list = append(list, "schedule.warmup: 0.05")
	}
	if t.config.Optimizer.ClipNorm == 0 {
		list = append(list, "optimizer.clip_norm: 1")
	}
	if t.config.BF16 {
		list = append(list, "bf16: false")
	}
	return strings.Join(list, ", or ")
}

// broken returns the name of the first value of the state that is not finite. Running statistics, which the step forward sets, say in
// which layer it began; where they are sound, it began in the gradients.
func (t *Trainer) broken() (string, error) {
	for _, buffers := range []bool{true, false} {
		for _, p := range t.graph.params.List() {
			if p.Buffer != buffers {
				continue
			}
			v, err := t.program.Get(p.Name)
			if err != nil {
				return "", err
			}
			if _, bad := firstBad(v); bad {
				return p.Name, nil
			}
		}
	}
	return "", nil
}

// firstBad returns the first element that is not finite.
func firstBad(v op.Tensor) (x float64, ok bool) {
	if v.DType == op.F32 {
		for _, x := range op.Data[float32](v) {
			if x-x != 0 {
				return float64(x), true
			}
		}
	}
	return 0, false
}

// Hunt names an engine on which, after a run diverged, the steps since its last checkpoint, or all if there is none, are made again to
// learn more: a CPU engine with CheckNaN says which operation made the first NaN. Nothing is written then.
func Hunt(e model.Engine) Option { return func(t *Trainer) { t.hunter = e } }

// hunt sets the cause of a divergence if it can be found.
func (t *Trainer) hunt(ctx context.Context, e *DivergedError) {
	again, err := New(t.hunter, t.data, t.config, Log(t.log))
	if err == nil {
		defer again.Close()
		if t.saved > 0 {
			again.dir = t.dir
			err = again.Resume()
			again.dir = ""
		}
	}
	if err == nil {
		again.observers = []Observer{until(e.Step)}
		err = again.Run(ctx)
	}
	var seen *DivergedError
	switch {
	case errors.As(err, &seen), errors.Is(err, errFarEnough):
		t.log.Warn("the engine that was to find where it began found nothing", "engine", t.hunter.Name(), "step", e.Step)
	case err != nil:
		e.Cause = err
	}
}

// until is an observer that ends a run after a step.
type until int

var errFarEnough = errors.New("far enough")

// Observe implements [Observer].
func (u until) Observe(r *Record) error {
	if r.Step >= int(u) {
		return errFarEnough
	}
	return nil
}
