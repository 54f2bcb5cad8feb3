package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vidcsl/cmd/feed"
	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/eval"
	"vidcsl/model/train"
)

// Subject is a finished run and the data that it is tested on. Close ends it.
type Subject struct {
	*Record
	Run       string        // as it was named: the folder, or RUN@STEP
	Folder    string        // of the run
	Weights   string        // the file of the encoder
	Train     *feed.Dataset // to compare with or to learn from
	Test      *feed.Dataset
	TrainPath string
	TestPath  string

	e *Evaluation
}

// Open opens the run and its data, and makes sure that what is asked for can be measured. Errors are *[InputError].
func (e *Evaluation) Open(ctx context.Context, run string) (*Subject, error) {
	folder, step := Split(run)
	record, err := ReadRecord(folder)
	if err != nil {
		return nil, &InputError{err}
	}
	weights, err := weightsOf(folder, step)
	if err != nil {
		return nil, &InputError{err}
	}
	record.Step = step
	s := &Subject{Record: record, Run: run, Folder: folder, Weights: weights, TrainPath: e.Train, TestPath: e.Data, e: e}
	if s.TrainPath == "" {
		s.TrainPath = record.Data
	}
	if s.Train, err = e.open(ctx, record.Config, s.TrainPath, record.Config.Seed); err != nil {
		if e.Train == "" {
			err = fmt.Errorf("the training data of %s, in place of which --train may name others: %w", folder, err)
		}
		return nil, &InputError{err}
	}
	if s.Test, err = e.open(ctx, record.Config, s.TestPath, e.Seed); err == nil {
		if err = e.check(record.Config, s.pair()); err != nil {
			err = errors.Join(err, s.Test.Close())
		}
	}
	if err != nil {
		return nil, &InputError{errors.Join(err, s.Train.Close())}
	}
	return s, nil
}

// Close closes the data.
func (s *Subject) Close() error { return errors.Join(s.Train.Close(), s.Test.Close()) }

func (s *Subject) pair() pair { return pair{s.Train, s.Test, s.TrainPath, s.TestPath} }

// Encoder compiles the encoder with its weights, in inference. An error of the weights is an *[InputError].
func (s *Subject) Encoder(e model.Engine) (*eval.Encoder, error) { return s.load(e, 0, s.Weights) }

// Classifier compiles an encoder with a classifier of the data's classes, and the weights that [Subject.FineTune] wrote.
func (s *Subject) Classifier(e model.Engine, weights string) (*eval.Encoder, error) {
	return s.load(e, len(s.Train.Info().Classes), weights)
}

func (s *Subject) load(e model.Engine, classes int, weights string) (*eval.Encoder, error) {
	encoder, err := newEncoder(e, s.Config, s.Test.Info().Shape, classes)
	if err != nil {
		return nil, err
	}
	if err := encoder.Load(weights); err != nil {
		return nil, &InputError{errors.Join(err, encoder.Close())}
	}
	return encoder, nil
}

// FineTune trains the encoder and a classifier on the labels of the training data. use is called with the trainer at the end.
func (s *Subject) FineTune(ctx context.Context, use func(tr *train.Trainer) error) error {
	c := s.Config
	c.Objective, c.Removal.Detector, c.Encoder.Weights = "supervised", "none", s.Weights
	c.Schedule.Steps, c.Schedule.Epochs, c.Optimizer.LR = 0, s.e.FineTune.Epochs, s.e.FineTune.LR
	engine := cpu.New(cpu.Options{Threads: s.e.Threads, BF16: c.BF16})
	tr, err := train.New(engine, s.Train, c.Config, train.Log(s.e.Log))
	if err != nil {
		return &InputError{err}
	}
	defer tr.Close()
	if err := tr.Run(ctx); err != nil {
		return err
	}
	return use(tr)
}

// fineTune classifies the test data after [Subject.FineTune].
func (s *Subject) fineTune(ctx context.Context) (result *eval.FineTune, err error) {
	err = s.FineTune(ctx, func(tr *train.Trainer) error {
		info := s.Train.Info()
		encoder, err := newEncoder(cpu.New(cpu.Options{Threads: s.e.Threads}), s.Config, info.Shape, len(info.Classes))
		if err != nil {
			return err
		}
		defer encoder.Close()
		if err := encoder.Update(parameters(tr)); err != nil {
			return err
		}
		f, err := encoder.Features(ctx, s.Test.Info(), s.Test.Clips(ctx, 1))
		if err != nil {
			return err
		}
		c, err := eval.Classify(f.Scores, f.Labels, info.Classes)
		result = &eval.FineTune{Train: labelled(info), Steps: tr.Step(), Classification: c}
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// KNN returns how the run's neighbours vote.
func (s *Subject) KNN() eval.KNNOptions { return s.Config.knn() }

// SameButSeed reports whether two runs differ in nothing but the seed and what changes no step. Those of different steps do.
func SameButSeed(a, b *Record) (bool, error) {
	x, y := a.Config, b.Config
	x.Seed, y.Seed = 0, 0
	d, err := differences(x, y)
	return d == "" && a.Data == b.Data && a.Step == b.Step && x.Encoder.Weights == y.Encoder.Weights, err
}

// needs reports whether a probe is asked for.
func (e *Evaluation) needs(probe string) bool { return slices.Contains(e.Probes, probe) }
