package contrast

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"

	"vidcsl/model"
	"vidcsl/model/op"
)

// Due reports whether the detector wants to be refreshed before a step, counted from 0.
func (o *Objective) Due(step int) bool {
	r, ok := o.detector.(refresher)
	if !ok {
		return false
	}
	every := cmp.Or(o.config.Removal.Refresh, o.dims.EpochSteps)
	first := max(int(math.Round(o.config.Removal.Warmup*float64(o.dims.Steps))), r.ready())
	return step >= first && (step-first)%every == 0
}

// Refresh lets the detector learn from the state of a program that was compiled with the slots, between steps: from what is in bank and
// memory before the step. It sets the detector's slots, and nothing else; if it fails, they are as they were or new as a whole. The
// engine compiles the graphs that it needs, and those of a detector by neighbors stay for the next refresh by the same engine, until Close. The
// result depends on the state, the seed and the step.
func (o *Objective) Refresh(ctx context.Context, e model.Engine, p model.Program, step int) (Report, error) {
	r, ok := o.detector.(refresher)
	if !ok {
		return Report{}, fmt.Errorf("contrast: detector %s has nothing to refresh", o.config.Removal.Detector)
	}
	if o.dims.DType != op.F32 {
		return Report{}, fmt.Errorf("contrast: refresh from embeddings of %v, want %v", o.dims.DType, op.F32)
	}
	report, err := r.refresh(ctx, e, p, step)
	if err != nil {
		return Report{}, fmt.Errorf("contrast: refresh of %s before step %d: %w", o.config.Removal.Detector, step, err)
	}
	return report, nil
}

// Close gives back what Refresh has kept. The objective can still be used; a second call does nothing.
func (o *Objective) Close() error {
	if c, ok := o.detector.(io.Closer); ok {
		if err := c.Close(); err != nil {
			return fmt.Errorf("contrast: %w", err)
		}
	}
	return nil
}
