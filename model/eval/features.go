package eval

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"vidcsl/model/op"
)

// Features are what an encoder makes of samples.
type Features struct {
	X       op.Tensor // f32[N,H]
	Labels  []int32   // of the samples, N; negative: without one
	Keys    []string  // of the samples, N; nil if they have none
	Classes []string  // the names of the labels; nil: their numbers
	Scores  op.Tensor // f32[N,C]: the probabilities that the encoder's classifier gives the classes; zero if it has none
}

// Len returns the number of samples, N.
func (f Features) Len() int { return len(f.Labels) }

// Dim returns the length of a feature, H.
func (f Features) Dim() int {
	if len(f.X.Shape) != 2 {
		return 0
	}
	return f.X.Shape[1]
}

// Labelled returns the samples that have a label: f itself if all have.
func (f Features) Labelled() Features {
	var rows []int
	for i, l := range f.Labels {
		if l >= 0 {
			rows = append(rows, i)
		}
	}
	if len(rows) == f.Len() {
		return f
	}
	out := Features{Classes: f.Classes, X: pick(f.X, rows), Scores: pick(f.Scores, rows)}
	for _, i := range rows {
		out.Labels = append(out.Labels, f.Labels[i])
		if f.Keys != nil {
			out.Keys = append(out.Keys, f.Keys[i])
		}
	}
	return out
}

// pick copies rows of a matrix; the zero tensor has none.
func pick(x op.Tensor, rows []int) op.Tensor {
	if x.Data == nil {
		return x
	}
	k := x.Shape[1]
	y := make([]float32, 0, len(rows)*k)
	for _, i := range rows {
		y = append(y, op.Data[float32](x)[i*k:][:k]...)
	}
	return op.From(y, len(rows), k)
}

// name returns what messages call sample i.
func (f Features) name(i int) string {
	if f.Keys == nil {
		return "sample " + strconv.Itoa(i)
	}
	return fmt.Sprintf("sample %d (%s)", i, f.Keys[i])
}

// check returns an error, which begins with what the features are, unless they are a matrix of finite numbers and all lists fit.
func (f Features) check(what string) error {
	switch n := f.Len(); {
	case f.X.DType != op.F32 || len(f.X.Shape) != 2 || f.X.Data == nil:
		return fmt.Errorf("eval: %s features are %v, want f32[N H]", what, f.X.Type)
	case f.X.Shape[0] == 0 || f.X.Shape[1] == 0:
		return fmt.Errorf("eval: %s features are %v: there are none", what, f.X.Type)
	case n != f.X.Shape[0]:
		return fmt.Errorf("eval: %d labels for %s features %v", n, what, f.X.Type)
	case f.Keys != nil && len(f.Keys) != n:
		return fmt.Errorf("eval: %d keys for %s features %v", len(f.Keys), what, f.X.Type)
	}
	for i, l := range f.Labels {
		if f.Classes != nil && int(l) >= len(f.Classes) {
			return fmt.Errorf("eval: %s %s has label %d, but there are %d classes", what, f.name(i), l, len(f.Classes))
		}
	}
	return checkFinite(what, f.X, f.name)
}

// checkFinite returns an error that names the first sample whose row holds NaN or an infinity.
func checkFinite(what string, x op.Tensor, name func(i int) string) error {
	for i, v := range op.Data[float32](x) {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("eval: %s features: that of %s holds %v at %d", what, name(i/x.Shape[1]), v, i%x.Shape[1])
		}
	}
	return nil
}

// pair is what methods that learn from one set and are tried on another work on: both labelled, of one length, of at least two classes.
type pair struct {
	train, test Features
	classes     int
}

func newPair(train, test Features) (pair, error) {
	for _, s := range []struct {
		what string
		f    *Features
	}{{"train", &train}, {"test", &test}} {
		if err := s.f.check(s.what); err != nil {
			return pair{}, err
		}
		n := s.f.Len()
		if *s.f = s.f.Labelled(); s.f.Len() == 0 {
			return pair{}, fmt.Errorf("eval: none of the %d %s samples has a label", n, s.what)
		}
	}
	if train.Dim() != test.Dim() {
		return pair{}, fmt.Errorf("eval: train features have %d dimensions, but test features %d: they are not of one encoder", train.Dim(), test.Dim())
	}
	if !slices.Equal(train.Classes, test.Classes) {
		return pair{}, fmt.Errorf("eval: train classes %v, but test classes %v", shorten(train.Classes), shorten(test.Classes))
	}
	if slices.Min(train.Labels) == slices.Max(train.Labels) {
		return pair{}, fmt.Errorf("eval: all %d train samples have label %d, want at least two classes", train.Len(), train.Labels[0])
	}
	classes := max(len(train.Classes), int(slices.Max(train.Labels))+1, int(slices.Max(test.Labels))+1)
	return pair{train, test, classes}, nil
}

// shorten keeps a list of names readable.
func shorten(names []string) string {
	const most = 4
	if len(names) <= most {
		return fmt.Sprintf("%q", names)
	}
	return fmt.Sprintf("%q and %d more", names[:most], len(names)-most)
}

// classNames returns one name for each class: those given, then numbers.
func classNames(given []string, classes int) []string {
	names := slices.Clone(given)
	for i := len(names); i < classes; i++ {
		names = append(names, strconv.Itoa(i))
	}
	return names
}
