package eval_test

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"vidcsl/model/eval"
	"vidcsl/model/op"
)

// A classifier that is kept gives what the probe said, and its probabilities are those of the weights that it shows.
func TestFitLinear(t *testing.T) {
	_, train, test := readGolden(t)
	// without the samples of one class, whose probability must be 0
	few := eval.Features{X: train.X, Labels: append([]int32(nil), train.Labels...), Classes: train.Classes}
	for i, l := range few.Labels {
		if l == 2 {
			few.Labels[i] = -1
		}
	}
	for _, train := range []eval.Features{train, few} {
		want, err := eval.LinearProbe(context.Background(), engine, train, test, eval.DefaultProbe())
		if err != nil {
			t.Fatal(err)
		}
		l, err := eval.FitLinear(context.Background(), engine, train, eval.DefaultProbe())
		if err != nil {
			t.Fatal(err)
		}
		scores, err := l.Scores(context.Background(), engine, test.X)
		if err != nil {
			t.Fatal(err)
		}
		got, err := eval.Classify(scores, test.Labels, want.Confusion.Classes)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want.Classification) || l.Fit != want.Fit {
			t.Errorf("top-1 %v, want %v; %+v, want %+v", got.Top1, want.Top1, l.Fit, want.Fit)
		}
		w, b := l.Weights()
		h := test.Dim()
		for i := range 5 {
			sum, z := 0.0, make([]float64, len(b))
			for k := range z {
				z[k] = float64(b[k])
				for j := range h {
					z[k] += float64(op.Data[float32](w)[k*h+j]) * (float64(op.Data[float32](test.X)[i*h+j]) - l.Mean[j]) / l.Std[j]
				}
				sum += math.Exp(z[k])
			}
			p := op.Data[float32](scores)[i*l.Classes:][:l.Classes]
			for k, label := range l.Labels {
				if math.Abs(float64(p[label])-math.Exp(z[k])/sum) > 1e-5 {
					t.Errorf("sample %d has probability %v of class %d, want %v", i, p[label], label, math.Exp(z[k])/sum)
				}
				p[label] = 0
			}
			for label, v := range p {
				if v != 0 {
					t.Errorf("sample %d has probability %v of class %d, which was not there", i, v, label)
				}
			}
		}
	}
	if _, err := (&eval.Linear{Mean: make([]float64, 3)}).Scores(context.Background(), engine, test.X); err == nil || !strings.Contains(err.Error(), "the classifier is of f32[N 3]") {
		t.Errorf("error %v", err)
	}
}
