package robustness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"vidcsl/model"
	"vidcsl/model/eval"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// finetuned is the file of the encoder and classifier that were trained on, beside the cells.
const finetuned = "finetuned.safetensors"

// head classifies features.
type head interface {
	// classify returns the classes that labelled samples are taken for, and with which probability; nil where there are none.
	classify(ctx context.Context, f eval.Features) (predicted []int32, confidence []float64, err error)
}

// headName says which head it is and how it is made.
func (t *tested) headName() string {
	switch t.job.Head {
	case "knn":
		k := t.KNN()
		return fmt.Sprintf("knn, k %d, temperature %v, center %v", k.K, k.Temperature, k.Center)
	case "finetune":
		return fmt.Sprintf("finetune, %d epochs, rate %v", t.job.FineTune.Epochs, t.job.FineTune.LR)
	}
	return fmt.Sprintf("linear, C %v", eval.DefaultProbe().C)
}

// newEncoder returns the encoder of the run, for finetune with a classifier, both trained on.
func (t *tested) newEncoder(ctx context.Context) (*eval.Encoder, error) {
	e := t.job.engine()
	if t.job.Head != "finetune" {
		return t.Encoder(e)
	}
	path := filepath.Join(t.dir, finetuned)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(t.dir, 0o777); err != nil {
			return nil, err
		}
		if err := t.FineTune(ctx, func(tr *train.Trainer) error { return first(path, tr.SaveEncoder) }); err != nil {
			return nil, err
		}
	}
	return t.Classifier(e, path)
}

// first has save write a file, unless another process was faster: all cells are of one classifier.
func first(path string, save func(path string) error) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	mine := filepath.Join(dir, filepath.Base(path))
	if err := save(mine); err != nil {
		return err
	}
	if err := os.Link(mine, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// newHead fits the head to the clean features of the training data.
func (t *tested) newHead(ctx context.Context) (head, error) {
	if t.job.Head == "finetune" {
		return own{}, nil
	}
	gallery, err := t.encoder.Features(ctx, t.Train.Info(), t.Train.Clips(ctx, 1))
	if err != nil {
		return nil, err
	}
	t.gallery = gallery
	engine := t.job.engine()
	if t.job.Head == "knn" {
		return &voters{engine, gallery.Labelled(), t.KNN()}, nil
	}
	l, err := eval.FitLinear(ctx, engine, gallery, eval.DefaultProbe())
	if err != nil {
		return nil, err
	}
	if !l.Converged {
		t.job.Log.Warn("the linear probe has not converged", "run", t.Run, "steps", l.Steps, "gradient", l.Gradient)
	}
	return &linear{engine, l}, nil
}

// linear is a linear probe.
type linear struct {
	engine model.Engine
	*eval.Linear
}

func (h *linear) classify(ctx context.Context, f eval.Features) ([]int32, []float64, error) {
	scores, err := h.Scores(ctx, h.engine, f.X)
	if err != nil {
		return nil, nil, err
	}
	return best(scores, f)
}

// own is the encoder's classifier.
type own struct{}

func (own) classify(_ context.Context, f eval.Features) ([]int32, []float64, error) {
	return best(f.Scores, f)
}

// best returns the class of the highest score of each sample, and the score.
func best(scores op.Tensor, f eval.Features) ([]int32, []float64, error) {
	c, err := eval.Classify(scores, f.Labels, f.Classes)
	if err != nil {
		return nil, nil, err
	}
	classes := scores.Shape[1]
	confidence := make([]float64, len(c.Predicted))
	for i, p := range c.Predicted {
		confidence[i] = min(float64(op.Data[float32](scores)[i*classes+int(p)]), 1)
	}
	return c.Predicted, confidence, nil
}

// voters are the nearest neighbours among the training data.
type voters struct {
	engine  model.Engine
	gallery eval.Features
	options eval.KNNOptions
}

func (h *voters) classify(ctx context.Context, f eval.Features) ([]int32, []float64, error) {
	k, err := eval.Neighbors(ctx, h.engine, h.gallery, f, h.options)
	if err != nil {
		return nil, nil, err
	}
	return k.Predicted, nil, nil
}
