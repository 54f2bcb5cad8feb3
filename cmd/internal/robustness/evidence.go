package robustness

import (
	"context"
	"errors"
	"fmt"

	"vidcsl/cmd/feed"
	"vidcsl/model"
	"vidcsl/model/eval"
	"vidcsl/model/op"
	"vidcsl/robust/report"
)

// shownWays is of how many ways the clips that broke are shown.
const shownWays = 4

// evidence adds to a page what takes the engine: embeddings, how well they are spread, and clips that broke. What of it cannot be had is said in a note.
func (j *Job) evidence(ctx context.Context, all []*tested, m *measured, p *report.Page) error {
	for _, t := range all {
		if err := t.release(); err != nil {
			return err
		}
	}
	broken := m.shown()
	for w := range m.ways {
		for k, i := range m.ways[w].role {
			t := all[i]
			if k == 0 && broken[w] {
				j.now(fmt.Sprintf("%s, clips that broke", t.Run))
				list, err := t.broken(ctx, m.ways[w].name)
				if err != nil {
					return fmt.Errorf("%s: clips that broke: %w", t.Run, err)
				}
				p.Broken = append(p.Broken, list...)
			}
			j.now(fmt.Sprintf("%s, embeddings", t.Run))
			if err := t.embeddings(ctx, k == 0, m.ways[w].name, &p.Ways[w], p); err != nil {
				return fmt.Errorf("%s: embeddings: %w", t.Run, err)
			}
			if err := t.release(); err != nil {
				return err
			}
		}
	}
	return nil
}

// shown returns the ways of which clips that broke are shown: the baseline, that with labels, and the first others.
func (m *measured) shown() map[int]bool {
	set := map[int]bool{}
	for _, w := range []int{m.baseline, m.supervised} {
		if w >= 0 {
			set[w] = true
		}
	}
	for w := range m.ways {
		if len(set) < shownWays {
			set[w] = true
		}
	}
	return set
}

// embeddings adds what the encoder of a run makes of clips: of the way's first run the sphere, of each how well it is spread.
func (t *tested) embeddings(ctx context.Context, first bool, name string, w *report.Way, p *report.Page) (err error) {
	e, err := t.Encoder(t.job.engine())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	alignment, uniformity, err := t.spread(ctx, e)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		p.Notes = append(p.Notes, fmt.Sprintf("Alignment and uniformity of %s are not known: %v.", t.Run, err))
	default:
		w.Alignment, w.Uniformity = append(w.Alignment, alignment), append(w.Uniformity, uniformity)
	}
	if !first {
		return nil
	}
	s, err := t.sphere(ctx, e)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		p.Notes = append(p.Notes, fmt.Sprintf("Embeddings of %s are not shown: %v.", t.Run, err))
	default:
		s.Way, s.Run = name, t.Run
		p.Spheres = append(p.Spheres, *s)
	}
	return nil
}

// spreadClips is on how many test clips alignment and uniformity are measured.
const spreadClips = 512

// spread measures alignment and uniformity of the features of test clips, of two views each, made as in the run's training.
func (t *tested) spread(ctx context.Context, e *eval.Encoder) (alignment, uniformity float64, err error) {
	c, n := t.Config.Data, len(t.Test.Info().Keys)
	c.Views = 2
	data, err := feed.Open(ctx, t.TestPath, feed.Options{Config: c, Batch: min(t.Config.Batch, 32, n), Seed: t.job.Seed, Workers: t.job.Workers, Log: t.job.Log})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	var x [2][]float32
	for b, err := range data.Batches(ctx, model.Cursor{}) {
		if err != nil {
			return 0, 0, err
		}
		for v := range x {
			f, err := e.Features(ctx, data.Info(), one(&model.Batch{Views: b.Views[v : v+1], Labels: b.Labels, Index: b.Index}))
			if err != nil {
				return 0, 0, err
			}
			x[v] = append(x[v], op.Data[float32](f.X)...)
		}
		if done := len(x[0]) / e.Dim(); done >= spreadClips || b.Next.Epoch > 0 {
			break
		}
	}
	a, b := op.From(x[0], len(x[0])/e.Dim(), e.Dim()), op.From(x[1], len(x[1])/e.Dim(), e.Dim())
	if alignment, err = eval.Alignment(a, b); err != nil {
		return 0, 0, err
	}
	uniformity, err = eval.Uniformity(ctx, t.job.engine(), a)
	return alignment, uniformity, err
}

// one is a sequence of one batch.
func one(b *model.Batch) func(yield func(*model.Batch, error) bool) {
	return func(yield func(*model.Batch, error) bool) { yield(b, nil) }
}
