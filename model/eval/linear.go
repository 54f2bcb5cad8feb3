package eval

import (
	"context"
	"fmt"
	"math"

	"vidcsl/model"
	"vidcsl/model/op"
)

// Linear is a fitted linear classifier of features x: its logits are W (x - Mean) / Std + B. It is read-only and safe for concurrent use.
type Linear struct {
	Fit
	Mean, Std []float64 // of the train features, H
	Labels    []int32   // of the rows of the weights, C, ascending: the classes that the train samples have
	Classes   int       // of the data, at least C
	weights
}

// weights are those of a linear classifier.
type weights struct {
	w op.Tensor // f32[C,H]
	b []float32 // C
}

// newWeights takes them as the optimiser has them: those of class after class, then the biases.
func newWeights(v []float64, classes int) weights {
	all := make([]float32, len(v))
	for i := range v {
		all[i] = float32(v[i])
	}
	n := len(v) - classes
	return weights{op.From(all[:n], classes, n/classes), all[n:]}
}

// Weights returns W, f32[C,H], and B, C, to be read only.
func (c *Linear) Weights() (w op.Tensor, b []float32) { return c.w, c.b }

// Scores returns the probabilities of all classes, f32[N,Classes], for features f32[N,H]: the softmax of the logits, and 0 of a class that no
// train sample has. [Classify] compares them with labels.
func (c *Linear) Scores(ctx context.Context, e model.Engine, x op.Tensor) (op.Tensor, error) {
	if len(x.Shape) != 2 || x.Shape[1] != len(c.Mean) || x.DType != op.F32 {
		return op.Tensor{}, fmt.Errorf("eval: features are %v, but the classifier is of f32[N %d]", x.Type, len(c.Mean))
	}
	logits, err := c.logits(ctx, e, x)
	if err != nil {
		return op.Tensor{}, err
	}
	n := x.Shape[0]
	scores, p := make([]float32, n*c.Classes), make([]float64, len(c.b))
	for i := range n {
		z := logits[i*len(c.b):][:len(c.b)]
		best, sum := z[0], 0.0
		for _, v := range z {
			best = max(best, v)
		}
		for k, v := range z {
			p[k] = math.Exp(float64(v - best))
			sum += p[k]
		}
		for k, label := range c.Labels {
			scores[i*c.Classes+int(label)] = float32(p[k] / sum)
		}
	}
	return op.From(scores, n, c.Classes), nil
}

// logits returns those of each row of x, of the classes that are there.
func (c *Linear) logits(ctx context.Context, e model.Engine, x op.Tensor) ([]float32, error) {
	z := make([]float32, x.Shape[0]*len(c.b))
	err := products(ctx, e, standardise(x, c.Mean, c.Std), c.w, func(b block) {
		for i := range b.rows {
			for j, v := range b.of(i) {
				z[(b.row+i)*len(c.b)+b.column+j] = v + c.b[b.column+j]
			}
		}
	})
	return z, err
}

// predict returns up to five classes for each row of x, the best first.
func (c *Linear) predict(ctx context.Context, e model.Engine, x op.Tensor) ([][]int, error) {
	z, err := c.logits(ctx, e, x)
	if err != nil {
		return nil, err
	}
	ranked := make([][]int, x.Shape[0])
	for i := range ranked {
		ranked[i] = ranking(z[i*len(c.b):][:len(c.b)], func(float32) bool { return true })
		for k, at := range ranked[i] {
			ranked[i][k] = int(c.Labels[at])
		}
	}
	return ranked, nil
}
