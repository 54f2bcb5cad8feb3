package robustness

import (
	"context"
	"iter"

	"vidcsl/augment"
	"vidcsl/model"
	"vidcsl/model/eval"
	"vidcsl/robust"
)

// corrupted classifies the test clips after a corruption. Those of which it left nothing are undecodable; samples without a label are left
// out.
func (t *tested) corrupted(ctx context.Context, p augment.Pipeline) (clips []robust.Clip, err error) {
	info := t.Test.Info()
	views := t.Test.Views(ctx, p, func(sample int32) {
		if l := info.Labels[sample]; l >= 0 {
			clips = append(clips, robust.Clip{Key: info.Keys[sample], Label: l, Predicted: robust.Undecodable})
		}
	})
	first, all, stop, err := begun(views, t.job.seen)
	if err != nil {
		return nil, err
	}
	defer stop()
	if first == nil { // all are undecodable
		return clips, nil
	}
	f, err := t.encoder.Features(ctx, info, all)
	if err != nil {
		return nil, err
	}
	seen, err := t.classified(ctx, f)
	return append(clips, seen...), err
}

// begun asks for the first batch, nil if there is none, and returns the sequence with it, which tells of the clips that are done.
func begun(batches iter.Seq2[*model.Batch, error], seen func(clips int)) (first *model.Batch, all iter.Seq2[*model.Batch, error], stop func(), err error) {
	next, stop := iter.Pull2(batches)
	first, err, ok := next()
	if err != nil || !ok {
		stop()
		return nil, nil, func() {}, err
	}
	return first, func(yield func(*model.Batch, error) bool) {
		for b, err := first, error(nil); ok; b, err, ok = next() {
			if !yield(b, err) {
				return
			}
			seen(len(b.Labels))
		}
	}, stop, nil
}

// classified returns what the labelled samples are taken for.
func (t *tested) classified(ctx context.Context, f eval.Features) ([]robust.Clip, error) {
	if f = f.Labelled(); f.Len() == 0 {
		return nil, nil
	}
	predicted, confidence, err := t.head.classify(ctx, f)
	if err != nil {
		return nil, err
	}
	clips := make([]robust.Clip, f.Len())
	for i := range clips {
		clips[i] = robust.Clip{Key: f.Keys[i], Label: f.Labels[i], Predicted: predicted[i]}
		if confidence != nil {
			clips[i].Confidence = confidence[i]
		}
	}
	return clips, nil
}
