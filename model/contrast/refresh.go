package contrast

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"vidcsl/model"
)

// Report says what a refresh found.
type Report struct {
	Sizes     [][]int   // of the clusters of each level
	NMI       []float64 // normalised mutual information of each level with the assignment before; NaN the first time
	Pairs     int       // that are false negatives, of all unordered pairs of what was looked at
	Share     float64   // of them
	Precision float64   // share of those, both of whose samples have a label, that have the same one; NaN without any
}

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
// engine compiles the graphs that it needs, which are gone when it returns. The result depends on the state, the seed and the step.
func (o *Objective) Refresh(ctx context.Context, e model.Engine, p model.Program, step int) (Report, error) {
	r, ok := o.detector.(refresher)
	if !ok {
		return Report{}, fmt.Errorf("contrast: detector %s has nothing to refresh", o.config.Removal.Detector)
	}
	report, err := r.refresh(ctx, e, p, step)
	if err != nil {
		return Report{}, fmt.Errorf("contrast: refresh of %s before step %d: %w", o.config.Removal.Detector, step, err)
	}
	return report, nil
}
