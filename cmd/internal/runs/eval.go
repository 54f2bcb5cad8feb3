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

// Evaluation is one run of the eval verb.
type Evaluation struct {
	Run        string   // the folder of a training
	Data       string   // labelled test data
	Train      string   // labelled data to compare with or to learn from; "": the run's training data
	Probes     []string // of [Probes]
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

// Report measures what the encoder of a run has learned.
func (e *Evaluation) Report(ctx context.Context) (*eval.Report, error) {
	record, err := ReadRecord(e.Run)
	if err != nil {
		return nil, &InputError{err}
	}
	c := record.Config
	trainPath := e.Train
	if trainPath == "" {
		trainPath = record.Data
	}
	a, err := e.open(ctx, c, trainPath)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	b, err := e.open(ctx, c, e.Data)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if err := matchClasses(b, a); err != nil {
		return nil, &InputError{fmt.Errorf("%s: %w", e.Data, err)}
	}
	if was, is := a.Info().Shape, b.Info().Shape; was != is {
		return nil, &InputError{fmt.Errorf("%s: clips of %v, but %v in %s", e.Data, is, was, trainPath)}
	}
	weights := filepath.Join(e.Run, "encoder.safetensors")
	if _, err := os.Stat(weights); errors.Is(err, fs.ErrNotExist) {
		return nil, &InputError{fmt.Errorf("%s: the training is not done: go on with it by vidcsl train --resume", e.Run)}
	}
	engine := cpu.New(cpu.Options{Threads: e.Threads})
	encoder, err := newEncoder(engine, c, a.Info().Shape, 0)
	if err != nil {
		return nil, err
	}
	defer encoder.Close()
	if err := encoder.Load(weights); err != nil {
		return nil, &InputError{err}
	}
	r := &eval.Report{Version: e.Version, Encoder: eval.Description{Arch: c.Encoder.Arch, Weights: weights, Dim: encoder.Dim(), View: a.Info().Shape, Engine: engine.Name()}}
	if record.Result != nil {
		r.Encoder.Step = record.Result.Steps
	}
	gallery, err := encoder.Features(ctx, a.Info(), a.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	test, err := encoder.Features(ctx, b.Info(), b.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	r.Train, r.Test = eval.NewSet(trainPath, gallery), eval.NewSet(e.Data, test)
	if e.Embeddings != "" {
		if err := eval.WriteEmbeddings(e.Embeddings, test); err != nil {
			return nil, err
		}
	}
	return r, e.measure(ctx, r, engine, c, gallery, test, a, b)
}

func (e *Evaluation) measure(ctx context.Context, r *eval.Report, engine model.Engine, c Config, gallery, test eval.Features, a, b *feed.Dataset) (err error) {
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
		r.FineTune, err = e.fineTune(ctx, c, r.Encoder.Weights, a, b)
	}
	return err
}

// open opens data to be evaluated.
func (e *Evaluation) open(ctx context.Context, c Config, path string) (*feed.Dataset, error) {
	d, err := feed.Open(ctx, path, feed.Options{Config: c.Data, Batch: c.Batch, Seed: c.Seed, Workers: e.Workers, Log: e.Log, OnFailure: func(f feed.Failure) {
		e.Log.Warn("clip left out", "key", f.Key, "stage", f.Stage, "error", f.Err)
	}})
	if err != nil {
		return nil, &InputError{err}
	}
	return d, nil
}

// fineTune trains the encoder and a classifier on the labels of one data set, and classifies the other.
func (e *Evaluation) fineTune(ctx context.Context, c Config, weights string, a, b *feed.Dataset) (*eval.FineTune, error) {
	c.Objective, c.Removal.Detector, c.Encoder.Weights = "supervised", "none", weights
	c.Schedule.Steps, c.Schedule.Epochs, c.Optimizer.LR = 0, e.FineTune.Epochs, e.FineTune.LR
	engine := cpu.New(cpu.Options{Threads: e.Threads, BF16: c.BF16})
	tr, err := train.New(engine, a, c.Config, train.Log(e.Log))
	if err != nil {
		return nil, &InputError{err}
	}
	defer tr.Close()
	if err := tr.Run(ctx); err != nil {
		return nil, err
	}
	info := a.Info()
	encoder, err := newEncoder(cpu.New(cpu.Options{Threads: e.Threads}), c, info.Shape, len(info.Classes))
	if err != nil {
		return nil, err
	}
	defer encoder.Close()
	if err := encoder.Update(parameters(tr)); err != nil {
		return nil, err
	}
	f, err := encoder.Features(ctx, b.Info(), b.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	result, err := eval.Classify(f.Scores, f.Labels, info.Classes)
	if err != nil {
		return nil, err
	}
	labelled := 0
	for _, l := range info.Labels {
		if l >= 0 {
			labelled++
		}
	}
	return &eval.FineTune{Train: labelled, Steps: tr.Step(), Classification: result}, nil
}
