package runs

import (
	"context"
	"errors"

	"vidcsl/cmd/internal/forecast"
	"vidcsl/model"
	"vidcsl/model/train"
)

// Dry is what is known of a training before its first step.
type Dry struct {
	Batch   int         `json:"batch"`
	Epochs  float64     `json:"epochs"`
	Views   int         `json:"views"`
	Shape   [4]int      `json:"view"` // frames, height, width, channels
	Classes int         `json:"classes"`
	Arch    string      `json:"arch"`
	Cost    *train.Cost `json:"cost"`

	Forecast *forecast.Forecast `json:"forecast,omitempty"` // on a GPU
}

// DryRun opens the data and counts what the training takes; on a GPU, what it would take is estimated. No step is made, and nothing is
// written. Errors are *[InputError].
func (t *Training) DryRun(ctx context.Context, gpu *forecast.GPU) (*Dry, error) {
	d, err := t.dryRun(ctx, gpu)
	if err != nil {
		return nil, &InputError{err}
	}
	return d, nil
}

func (t *Training) dryRun(ctx context.Context, gpu *forecast.GPU) (d *Dry, err error) {
	if t.Config.Data.Views == 0 {
		t.Config.Data.Views = t.Config.Views()
	}
	data, err := t.open(ctx, t.Data, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	if t.Val != "" {
		val, err := t.open(ctx, t.Val, nil)
		if err != nil {
			return nil, err
		}
		defer val.Close()
		p := pair{data, val, t.Data, t.Val}
		if err := errors.Join(p.checkClips(), p.checkKNN(t.Config.KNN.K)); err != nil {
			return nil, err
		}
	}
	info := data.Info()
	b, err := batches(t.Config.Config, info)
	if err != nil {
		return nil, err
	}
	d = &Dry{Batch: b.Size, Views: t.Config.Views(), Shape: info.Shape, Classes: len(info.Classes), Arch: t.Config.Encoder.Arch, Cost: b.Cost,
		Epochs: float64(b.Cost.Steps) / float64(b.Cost.EpochSteps)}
	if gpu != nil {
		f := forecast.Make(*gpu, b)
		d.Forecast = &f
	}
	return d, nil
}

// batches counts a step of the configured batch, and one of another, smaller if that is possible.
func batches(c train.Config, info model.DataInfo) (forecast.Batches, error) {
	b := forecast.Batches{Size: c.Batch, Unit: c.Parts * c.Encoder.BNGroups}
	var err error
	if b.Cost, err = train.Count(c, info); err != nil {
		return b, err
	}
	other := max(c.Batch/2/b.Unit*b.Unit, b.Unit)
	if other == c.Batch {
		other *= 2
	}
	c.Batch, info.Batch = other, other
	if at, err := train.Count(c, info); err == nil { // a queue or a data set may be too small for it
		b.Other, b.At = other, at
	}
	return b, nil
}
