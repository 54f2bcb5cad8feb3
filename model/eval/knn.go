package eval

import (
	"context"
	"fmt"
	"math"

	"vidcsl/model"
)

// KNNOptions say how neighbours vote.
type KNNOptions struct {
	K           int     `json:"k"`           // neighbours, at least 1
	Temperature float64 `json:"temperature"` // a neighbour of similarity s votes with weight exp(s / Temperature)
	Center      bool    `json:"center"`      // take the mean of the train features from all
}

// DefaultKNN returns 20 neighbours at temperature 0.07, as is usual for self-supervised encoders.
func DefaultKNN() KNNOptions { return KNNOptions{K: 20, Temperature: 0.07} }

// KNN is the result of [Neighbors].
type KNN struct {
	KNNOptions
	Train int `json:"train"` // labelled samples among which neighbours were looked for
	Classification
}

// Neighbors predicts the labels of test samples from their nearest train samples: a class has the sum of the weights of its
// samples among the K nearest by cosine similarity (Wu et al., "Unsupervised Feature Learning via Non-Parametric Instance
// Discrimination", CVPR 2018, section 3.4). A class without any is not among the five best. Nothing is trained: it is cheap enough
// to be done while training. Samples without a label are left out; a test sample of a class that no train sample has is wrong. The
// memory for similarities is bounded. e should compute in f32.
func Neighbors(ctx context.Context, e model.Engine, train, test Features, o KNNOptions) (*KNN, error) {
	p, err := newPair(train, test)
	if err != nil {
		return nil, err
	}
	switch {
	case o.K < 1 || o.K > p.train.Len():
		return nil, fmt.Errorf("eval: k is %d, want 1 to %d, the labelled train samples", o.K, p.train.Len())
	case !(o.Temperature > 0) || math.IsInf(o.Temperature, 0):
		return nil, fmt.Errorf("eval: temperature is %v, want above 0", o.Temperature)
	}
	var mean []float64
	if o.Center {
		mean = meanRow(p.train.X)
	}
	found, err := nearest(ctx, e, unit(p.test.X, mean), unit(p.train.X, mean), o.K, false)
	if err != nil {
		return nil, err
	}
	ranked := make([][]int, len(found))
	votes := make([]float64, p.classes)
	for i, near := range found {
		clear(votes)
		for _, n := range near {
			// relative to the nearest, whatever the temperature nothing overflows
			votes[p.train.Labels[n.index()]] += math.Exp(float64(n.similarity()-near[0].similarity()) / o.Temperature)
		}
		ranked[i] = ranking(votes, func(v float64) bool { return v > 0 })
	}
	names := classNames(train.Classes, p.classes)
	return &KNN{KNNOptions: o, Train: p.train.Len(), Classification: newClassification(ranked, p.test.Labels, names)}, nil
}
