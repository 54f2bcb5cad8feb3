package runs

import (
	"context"

	"vidcsl/cmd/feed"
	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/eval"
	"vidcsl/model/train"
)

// knnMetric is the name of the share of held-out clips that their neighbours classify, among the metrics of a step.
const knnMetric = "knn"

// neighbors tests the encoder of a trainer on held-out clips, by their nearest neighbours among those of the training.
type neighbors struct {
	pair
	options eval.KNNOptions
	engine  model.Engine // in float32, as that of the eval verb
	encoder *eval.Encoder
	last    *eval.Accuracy // nil: there was no test of the weights as they are
}

// neighbors opens the held-out data, and makes sure that they can be tested on.
func (t *Training) neighbors(ctx context.Context, data *feed.Dataset, threads int) (*neighbors, error) {
	val, err := t.open(ctx, t.Val, nil)
	if err != nil {
		return nil, &InputError{err}
	}
	n := &neighbors{pair: pair{data, val, t.Data, t.Val}, options: t.Config.knn(), engine: cpu.New(cpu.Options{Threads: threads})}
	if err = n.checkClips(); err == nil {
		err = n.checkKNN(n.options.K)
	}
	if err == nil {
		n.encoder, err = newEncoder(n.engine, t.Config, data.Info().Shape, 0)
	}
	if err != nil {
		val.Close()
		return nil, &InputError{err}
	}
	return n, nil
}

func (n *neighbors) close() {
	n.encoder.Close()
	n.test.Close()
}

// measure tests the weights as they are.
func (n *neighbors) measure(ctx context.Context, tr *train.Trainer) error {
	if err := n.encoder.Update(parameters(tr)); err != nil {
		return err
	}
	a, err := n.encoder.Features(ctx, n.train.Info(), n.train.Clips(ctx, 1))
	if err != nil {
		return err
	}
	b, err := n.encoder.Features(ctx, n.test.Info(), n.test.Clips(ctx, 1))
	if err != nil {
		return err
	}
	knn, err := eval.Neighbors(ctx, n.engine, a, b, n.options)
	if err != nil {
		return err
	}
	n.last = &knn.Top1
	return nil
}

// observe adds the metric to a step after which a test is due. A test that is interrupted is left out.
func (t *Training) observe(ctx context.Context, n *neighbors, tr *train.Trainer, r *train.Record) error {
	n.last = nil
	if every := t.Config.KNN.Every; r.Step < r.Steps && (every == 0 || r.Step%every != 0) {
		return nil
	}
	switch err := n.measure(ctx, tr); {
	case ctx.Err() != nil:
		t.Log.Warn("the test by neighbours was interrupted and is left out", "step", r.Step)
		return nil
	case err != nil:
		return err
	}
	t.Log.Info("kNN", "step", r.Step, "accuracy", n.last.String())
	r.Metrics = append(r.Metrics, train.Metric{Name: knnMetric, Value: n.last.Value})
	return nil
}
