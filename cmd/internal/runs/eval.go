package runs

import (
	"context"
	"fmt"
	"log/slog"

	"vidcsl/cmd/feed"
	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/eval"
)

// Probes are the names of what an encoder can be tested by.
var Probes = []string{"knn", "linear", "retrieval", "finetune"}

// Evaluation says how the eval verb tests runs.
type Evaluation struct {
	Data       string   // labelled test data
	Train      string   // labelled data to compare with or to learn from; "": the run's training data
	Probes     []string // of [Probes]; with none, the data need no labels
	Embeddings string   // an Arrow file to write the test features to; "": none
	FineTune   FineTune
	Seed       uint64 // of what transforms of test clips draw
	Threads    int
	Workers    int
	Version    string
	Log        *slog.Logger
}

// FineTune says how the whole encoder is trained on with labels.
type FineTune struct {
	Epochs int
	LR     float64
}

// report measures what the encoder of a run has learned.
func (e *Evaluation) report(ctx context.Context, s *Subject) (*eval.Report, error) {
	engine := cpu.New(cpu.Options{Threads: e.Threads})
	encoder, err := s.Encoder(engine)
	if err != nil {
		return nil, err
	}
	defer encoder.Close()
	c := s.Config
	r := &eval.Report{Version: e.Version, Encoder: eval.Description{Arch: c.Encoder.Arch, Weights: s.Weights, Dim: encoder.Dim(), View: s.Train.Info().Shape, Engine: engine.Name()}}
	if s.Result != nil {
		r.Encoder.Step = s.Result.Steps
	}
	if s.Step > 0 {
		r.Encoder.Step = s.Step
	}
	gallery, err := encoder.Features(ctx, s.Train.Info(), s.Train.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	test, err := encoder.Features(ctx, s.Test.Info(), s.Test.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	r.Train, r.Test = eval.NewSet(s.TrainPath, gallery), eval.NewSet(s.TestPath, test)
	if e.Embeddings != "" {
		if err := eval.WriteEmbeddings(e.Embeddings, test); err != nil {
			return nil, err
		}
	}
	return r, s.measure(ctx, r, engine, c, gallery, test)
}

// check makes sure that what is asked for can be measured, before hours are spent on it.
func (e *Evaluation) check(c Config, p pair) error {
	if err := p.checkClips(); err != nil || len(e.Probes) == 0 {
		return err
	}
	if err := p.checkLabels(); err != nil {
		return err
	}
	if e.needs("knn") {
		if err := p.checkKNN(c.KNN.K); err != nil {
			return err
		}
	}
	if info := p.train.Info(); e.needs("finetune") {
		switch n := len(info.Keys); {
		case labelled(info) < n:
			return fmt.Errorf("%s: %d of %d clips have no label, want labels for the probe finetune", p.trainPath, n-labelled(info), n)
		case n < c.Batch:
			return fmt.Errorf("%s: %d clips, want at least a batch, %d, for the probe finetune", p.trainPath, n, c.Batch)
		}
	}
	return nil
}

func (s *Subject) measure(ctx context.Context, r *eval.Report, engine model.Engine, c Config, gallery, test eval.Features) (err error) {
	uniformity, err := eval.Uniformity(ctx, engine, test.X)
	if err != nil {
		return err
	}
	r.Uniformity = &uniformity
	if s.e.needs("knn") {
		if r.KNN, err = eval.Neighbors(ctx, engine, gallery, test, c.knn()); err != nil {
			return err
		}
	}
	if s.e.needs("linear") {
		if r.Linear, err = eval.LinearProbe(ctx, engine, gallery, test, eval.DefaultProbe()); err != nil {
			return err
		}
	}
	if s.e.needs("retrieval") {
		if r.Retrieval, err = eval.Retrieve(ctx, engine, test, gallery); err != nil {
			return err
		}
		if r.Within, err = eval.RetrieveWithin(ctx, engine, test); err != nil {
			return err
		}
	}
	if s.e.needs("finetune") {
		r.FineTune, err = s.fineTune(ctx)
	}
	return err
}

// open opens data to be evaluated: one view of each clip, also for training on with labels.
func (e *Evaluation) open(ctx context.Context, c Config, path string, seed uint64) (*feed.Dataset, error) {
	c.Data.Views = 1
	return feed.Open(ctx, path, feed.Options{Config: c.Data, Batch: c.Batch, Seed: seed, Workers: e.Workers, Log: e.Log})
}
