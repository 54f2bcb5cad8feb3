package runs

import (
	"fmt"
	"slices"

	"vidcsl/cmd/feed"
	"vidcsl/model"
	"vidcsl/model/eval"
	"vidcsl/model/nn"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// newEncoder compiles the encoder of a configuration for clips of a shape; with classes, its classifier too.
func newEncoder(e model.Engine, c Config, shape [4]int, classes int) (*eval.Encoder, error) {
	stem := nn.StandardStem
	if c.Encoder.Stem == "small" {
		stem = nn.SmallStem
	}
	return eval.NewEncoder(e, eval.EncoderConfig{
		Net:  nn.Config{Arch: c.Encoder.Arch, Width: c.Encoder.Width, Depth: c.Encoder.Depth, Stem: stem, Classes: classes},
		View: shape, Mean: c.Mean, Std: c.Std, Batch: min(c.Batch, 64),
	})
}

// matchClasses makes sure that a label means the same class in both data sets.
func matchClasses(a, b *feed.Dataset) error {
	if was, is := b.Info().Classes, a.Info().Classes; !slices.Equal(was, is) {
		return fmt.Errorf("its classes are %q, but those of the training data %q", is, was)
	}
	return nil
}

// parameters returns what finds the values of a trainer's encoder by torchvision's names.
func parameters(tr *train.Trainer) func(name string) (op.Tensor, error) {
	return func(name string) (op.Tensor, error) { return tr.Get("encoder." + name) }
}
