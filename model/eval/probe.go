package eval

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"vidcsl/model"
	"vidcsl/model/op"
)

// ProbeOptions say how a linear probe is fitted.
type ProbeOptions struct {
	C float64 `json:"c"` // inverse strength of the penalty, as scikit-learn's LogisticRegression has it
}

// DefaultProbe returns C 1.
func DefaultProbe() ProbeOptions { return ProbeOptions{C: 1} }

// The fit goes on until the greatest element of the gradient is below probeGradient, or the rounding of f32 ends the line search, or
// probeSteps are made. It has converged if the gradient is below probeConverged, which is scikit-learn's default.
const (
	probeGradient  = 1e-5
	probeConverged = 1e-4
	probeSteps     = 1000
)

// Probe is the result of [LinearProbe].
type Probe struct {
	ProbeOptions
	Train     int      `json:"train"` // labelled samples that it was fitted to
	TrainTop1 Accuracy `json:"train_top1"`
	Fit
	Classification
}

// Fit says how the fit of a linear classifier ended.
type Fit struct {
	Loss      float64 `json:"loss"`      // on the train samples: mean cross-entropy plus penalty
	Gradient  float64 `json:"gradient"`  // its greatest element at the end
	Steps     int     `json:"steps"`     // of L-BFGS
	Converged bool    `json:"converged"` // the gradient is below 1e-4: if it is not, a smaller C helps
}

// LinearProbe fits a multinomial logistic regression to the train features and tries it on the test features. Each
// dimension is standardised by the mean and standard deviation of the train features before. It minimises, by L-BFGS,
//
//	mean of cross_entropy(W x + b, label) + |W|^2 / (2 C N)
//
// over the classes that the train samples have: that is what scikit-learn's LogisticRegression minimises for three classes and more,
// while for two it has one vector of weights in place of two. Samples without a label are left out; a test sample of another class is
// wrong. There is no randomness. e should compute in f32.
func LinearProbe(ctx context.Context, e model.Engine, train, test Features, o ProbeOptions) (*Probe, error) {
	p, err := newPair(train, test)
	if err != nil {
		return nil, err
	}
	l, err := p.fit(ctx, e, o)
	if err != nil {
		return nil, err
	}
	r := &Probe{ProbeOptions: o, Train: p.train.Len(), Fit: l.Fit}
	names := classNames(train.Classes, p.classes)
	fitted, err := l.predict(ctx, e, p.train.X)
	if err != nil {
		return nil, err
	}
	ranked, err := l.predict(ctx, e, p.test.X)
	if err != nil {
		return nil, err
	}
	r.TrainTop1 = newClassification(fitted, p.train.Labels, names).Top1
	r.Classification = newClassification(ranked, p.test.Labels, names)
	return r, nil
}

// FitLinear fits the classifier that [LinearProbe] tries, to use it on more than one set.
func FitLinear(ctx context.Context, e model.Engine, train Features, o ProbeOptions) (*Linear, error) {
	p, err := newPair(train, train)
	if err != nil {
		return nil, err
	}
	return p.fit(ctx, e, o)
}

// fit fits a classifier to the train features.
func (p pair) fit(ctx context.Context, e model.Engine, o ProbeOptions) (*Linear, error) {
	if !(o.C > 0) || math.IsInf(o.C, 0) {
		return nil, fmt.Errorf("eval: C is %v, want above 0", o.C)
	}
	l := &Linear{Labels: slices.Compact(slices.Sorted(slices.Values(p.train.Labels))), Classes: p.classes}
	l.Mean, l.Std = moments(p.train.X)
	labels := make([]int32, p.train.Len())
	for i, label := range p.train.Labels {
		at, _ := slices.BinarySearch(l.Labels, label)
		labels[i] = int32(at)
	}
	return l, l.fit(ctx, e, standardise(p.train.X, l.Mean, l.Std), labels, o.C)
}

// fit sets the weights, and how they were found.
func (c *Linear) fit(ctx context.Context, e model.Engine, x op.Tensor, labels []int32, strength float64) error {
	l, err := newProbeLoss(e, x, labels, len(c.Labels), strength, probeRows)
	if err != nil {
		return err
	}
	defer l.close()
	still := 0
	problem := optimize.Problem{
		Func: func(w []float64) float64 {
			if still++; !slices.Equal(w, l.weights) {
				still = 0
			}
			return l.at(ctx, w)
		},
		Grad: func(grad, w []float64) { l.at(ctx, w); copy(grad, l.gradient) },
		Status: func() (optimize.Status, error) {
			switch {
			case l.err == nil && ctx.Err() != nil:
				l.err = context.Cause(ctx)
			case still > 2: // the line search asks for one place for ever
				return optimize.StepConvergence, nil
			}
			return optimize.NotTerminated, l.err
		},
	}
	found, err := optimize.Minimize(problem, make([]float64, len(l.gradient)), &optimize.Settings{
		GradientThreshold: probeGradient,
		MajorIterations:   probeSteps,
		FuncEvaluations:   10 * probeSteps,
		Converger:         optimize.NeverTerminate{},
	}, &optimize.LBFGS{Linesearcher: &optimize.MoreThuente{DecreaseFactor: 1e-4}})
	if l.err != nil {
		return l.err
	}
	// A line search that fails has met the rounding of the products: the place is as good as it gets, and the gradient says how good.
	if found == nil {
		return fmt.Errorf("eval: linear probe: %w", err)
	}
	c.Loss = l.at(ctx, found.X)
	for _, g := range l.gradient {
		c.Gradient = max(c.Gradient, math.Abs(g))
	}
	c.Steps = found.MajorIterations
	c.Converged = c.Gradient < probeConverged
	c.weights = newWeights(found.X, len(c.Labels))
	return l.err
}

// moments returns mean and standard deviation of every column, 1 where that is 0.
func moments(x op.Tensor) (mean, std []float64) {
	mean = meanRow(x)
	k := len(mean)
	std = make([]float64, k)
	for i, v := range op.Data[float32](x) {
		d := float64(v) - mean[i%k]
		std[i%k] += d * d
	}
	for j := range std {
		std[j] = math.Sqrt(std[j] / float64(x.Shape[0]))
		if std[j] <= 1e-7*math.Abs(mean[j]) || std[j] == 0 {
			std[j] = 1 // constant but for rounding
		}
	}
	return mean, std
}

func standardise(x op.Tensor, mean, std []float64) op.Tensor {
	y, k := make([]float32, x.Len()), len(mean)
	for i, v := range op.Data[float32](x) {
		y[i] = float32((float64(v) - mean[i%k]) / std[i%k])
	}
	return op.From(y, x.Shape...)
}
