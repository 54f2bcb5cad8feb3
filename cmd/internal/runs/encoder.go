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
	return eval.NewEncoder(e, eval.EncoderConfig{
		Net: c.Net(classes), View: shape, Mean: c.Mean, Std: c.Std, Batch: min(c.Batch, 64),
	})
}

// Net is the network of the encoder; with classes, with its classifier.
func (c Config) Net(classes int) nn.Config {
	stem := nn.StandardStem
	if c.Encoder.Stem == "small" {
		stem = nn.SmallStem
	}
	return nn.Config{Arch: c.Encoder.Arch, Width: c.Encoder.Width, Depth: c.Encoder.Depth, Stem: stem, Classes: classes}
}

// pair is labelled data to learn from or to compare with, and labelled data to test on.
type pair struct {
	train, test         *feed.Dataset
	trainPath, testPath string
}

// checkClips makes sure that an encoder of the one data set takes the clips of the other.
func (p pair) checkClips() error {
	if a, b := p.train.Info().Shape, p.test.Info().Shape; a != b {
		return fmt.Errorf("%s: clips of %v (frames, height, width, channels), but %v in %s", p.testPath, b, a, p.trainPath)
	}
	return nil
}

// checkLabels makes sure that both data sets have labels, of the same classes.
func (p pair) checkLabels() error {
	a, b := p.train.Info(), p.test.Info()
	switch {
	case labelled(a) == 0:
		return fmt.Errorf("%s: no clip has a label, want labels to test by", p.trainPath)
	case labelled(b) == 0:
		return fmt.Errorf("%s: no clip has a label, want labels to test by", p.testPath)
	case !slices.Equal(a.Classes, b.Classes):
		return fmt.Errorf("%s: its classes are %q, but those of %s are %q", p.testPath, b.Classes, p.trainPath, a.Classes)
	}
	return nil
}

// checkKNN makes sure that the clips of the one can be classified by k of the other.
func (p pair) checkKNN(k int) error {
	if err := p.checkLabels(); err != nil {
		return err
	}
	if n := labelled(p.train.Info()); k > n {
		return fmt.Errorf("knn.k is %d, want at most %d, the labelled samples of %s", k, n, p.trainPath)
	}
	return nil
}

// labelled returns how many samples have a label.
func labelled(info model.DataInfo) (n int) {
	for _, l := range info.Labels {
		if l >= 0 {
			n++
		}
	}
	return n
}

// parameters returns what finds the values of a trainer's encoder by torchvision's names.
func parameters(tr *train.Trainer) func(name string) (op.Tensor, error) {
	return func(name string) (op.Tensor, error) { return tr.Get("encoder." + name) }
}
