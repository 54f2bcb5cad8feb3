package runs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"vidcsl/cmd/feed"
	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/eval"
	"vidcsl/model/train"
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

// report measures what the encoder of a run, which says record about itself, has learned.
func (e *Evaluation) report(ctx context.Context, run string, record *Record) (*eval.Report, error) {
	weights, err := weightsOf(run)
	if err != nil {
		return nil, &InputError{err}
	}
	c := record.Config
	p := pair{trainPath: e.Train, testPath: e.Data}
	if p.trainPath == "" {
		p.trainPath = record.Data
	}
	if p.train, err = e.open(ctx, c, p.trainPath); err != nil {
		if e.Train == "" {
			err = fmt.Errorf("the training data of %s, in place of which --train may name others: %w", run, err)
		}
		return nil, &InputError{err}
	}
	defer p.train.Close()
	if p.test, err = e.open(ctx, c, p.testPath); err != nil {
		return nil, &InputError{err}
	}
	defer p.test.Close()
	if err := e.check(c, p); err != nil {
		return nil, &InputError{err}
	}
	engine := cpu.New(cpu.Options{Threads: e.Threads})
	encoder, err := newEncoder(engine, c, p.train.Info().Shape, 0)
	if err != nil {
		return nil, err
	}
	defer encoder.Close()
	if err := encoder.Load(weights); err != nil {
		return nil, &InputError{err}
	}
	r := &eval.Report{Version: e.Version, Encoder: eval.Description{Arch: c.Encoder.Arch, Weights: weights, Dim: encoder.Dim(), View: p.train.Info().Shape, Engine: engine.Name()}}
	if record.Result != nil {
		r.Encoder.Step = record.Result.Steps
	}
	gallery, err := encoder.Features(ctx, p.train.Info(), p.train.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	test, err := encoder.Features(ctx, p.test.Info(), p.test.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	r.Train, r.Test = eval.NewSet(p.trainPath, gallery), eval.NewSet(p.testPath, test)
	if e.Embeddings != "" {
		if err := eval.WriteEmbeddings(e.Embeddings, test); err != nil {
			return nil, err
		}
	}
	return r, e.measure(ctx, r, engine, c, gallery, test, p)
}

// weightsOf returns the file of a run's encoder, which is there when the training is done.
func weightsOf(run string) (string, error) {
	weights := filepath.Join(run, "encoder.safetensors")
	if _, err := os.Stat(weights); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: the training is not done: go on with it by vidcsl train --resume", run)
	}
	return weights, nil
}

// check makes sure that what is asked for can be measured, before hours are spent on it.
func (e *Evaluation) check(c Config, p pair) error {
	if err := p.checkClips(); err != nil || len(e.Probes) == 0 {
		return err
	}
	if err := p.checkLabels(); err != nil {
		return err
	}
	if slices.Contains(e.Probes, "knn") {
		if err := p.checkKNN(c.KNN.K); err != nil {
			return err
		}
	}
	if info := p.train.Info(); slices.Contains(e.Probes, "finetune") {
		switch n := len(info.Keys); {
		case labelled(info) < n:
			return fmt.Errorf("%s: %d of %d clips have no label, want labels for the probe finetune", p.trainPath, n-labelled(info), n)
		case n < c.Batch:
			return fmt.Errorf("%s: %d clips, want at least a batch, %d, for the probe finetune", p.trainPath, n, c.Batch)
		}
	}
	return nil
}

func (e *Evaluation) measure(ctx context.Context, r *eval.Report, engine model.Engine, c Config, gallery, test eval.Features, p pair) (err error) {
	uniformity, err := eval.Uniformity(ctx, engine, test.X)
	if err != nil {
		return err
	}
	r.Uniformity = &uniformity
	if slices.Contains(e.Probes, "knn") {
		if r.KNN, err = eval.Neighbors(ctx, engine, gallery, test, c.knn()); err != nil {
			return err
		}
	}
	if slices.Contains(e.Probes, "linear") {
		if r.Linear, err = eval.LinearProbe(ctx, engine, gallery, test, eval.DefaultProbe()); err != nil {
			return err
		}
	}
	if slices.Contains(e.Probes, "retrieval") {
		if r.Retrieval, err = eval.Retrieve(ctx, engine, test, gallery); err != nil {
			return err
		}
		if r.Within, err = eval.RetrieveWithin(ctx, engine, test); err != nil {
			return err
		}
	}
	if slices.Contains(e.Probes, "finetune") {
		r.FineTune, err = e.fineTune(ctx, c, r.Encoder.Weights, p)
	}
	return err
}

// open opens data to be evaluated: one view of each clip, also for training on with labels.
func (e *Evaluation) open(ctx context.Context, c Config, path string) (*feed.Dataset, error) {
	c.Data.Views = 1
	return feed.Open(ctx, path, feed.Options{Config: c.Data, Batch: c.Batch, Seed: c.Seed, Workers: e.Workers, Log: e.Log})
}

// fineTune trains the encoder and a classifier on the labels of one data set, and classifies the other.
func (e *Evaluation) fineTune(ctx context.Context, c Config, weights string, p pair) (*eval.FineTune, error) {
	c.Objective, c.Removal.Detector, c.Encoder.Weights = "supervised", "none", weights
	c.Schedule.Steps, c.Schedule.Epochs, c.Optimizer.LR = 0, e.FineTune.Epochs, e.FineTune.LR
	engine := cpu.New(cpu.Options{Threads: e.Threads, BF16: c.BF16})
	tr, err := train.New(engine, p.train, c.Config, train.Log(e.Log))
	if err != nil {
		return nil, &InputError{err}
	}
	defer tr.Close()
	if err := tr.Run(ctx); err != nil {
		return nil, err
	}
	info := p.train.Info()
	encoder, err := newEncoder(cpu.New(cpu.Options{Threads: e.Threads}), c, info.Shape, len(info.Classes))
	if err != nil {
		return nil, err
	}
	defer encoder.Close()
	if err := encoder.Update(parameters(tr)); err != nil {
		return nil, err
	}
	f, err := encoder.Features(ctx, p.test.Info(), p.test.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	result, err := eval.Classify(f.Scores, f.Labels, info.Classes)
	if err != nil {
		return nil, err
	}
	return &eval.FineTune{Train: labelled(info), Steps: tr.Step(), Classification: result}, nil
}
