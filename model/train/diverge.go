package train

import (
	"fmt"
	"math"
	"strings"

	"vidcsl/model/op"
)

// DivergedError says that training broke down: a number that everything depends on is no number any more. Checkpoints that were
// written before are good.
type DivergedError struct {
	Step  int     // after which it was seen
	What  string  // loss, grad_norm or weight_norm
	Value float64 // NaN or an infinity
	Where string  // the first parameter or statistic, in the order of the network, that is not finite; "" if all are
	Try   string  // what may help
}

// Error implements error.
func (e *DivergedError) Error() string {
	where := ""
	if e.Where != "" {
		where = ", first in " + e.Where
	}
	return fmt.Sprintf("train: step %d: %s became %v%s; try %s", e.Step, e.What, e.Value, where, e.Try)
}

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
			if !allFinite(v) {
				return p.Name, nil
			}
		}
	}
	return "", nil
}

func allFinite(v op.Tensor) bool {
	if v.DType != op.F32 {
		return true
	}
	for _, x := range op.Data[float32](v) {
		if x-x != 0 {
			return false
		}
	}
	return true
}
