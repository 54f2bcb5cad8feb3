package eval_test

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/model/eval"
	"vidcsl/model/op"
)

// What cannot be evaluated is an error of every method that says which set and which sample is to blame.
func TestFeatureErrors(t *testing.T) {
	for want, change := range map[string]func(train, test *eval.Features){
		"none of the 40 train samples has a label": func(train, _ *eval.Features) { unlabel(train, 0) },
		"none of the 40 test samples has a label":  func(_, test *eval.Features) { unlabel(test, 0) },
		"all 40 train samples have label 2":        func(train, _ *eval.Features) { fill(train.Labels, 2) },
		"train features have 6 dimensions, but test features 5": func(_, test *eval.Features) {
			*test = clusters(2, 40, 5, 3)
		},
		"that of sample 3 (d) holds NaN at 1": func(train, _ *eval.Features) {
			op.Data[float32](train.X)[3*6+1] = float32(math.NaN())
			train.Keys = strings.Split("abcdefghijklmnopqrstuvwxyzabcdefghijklmn", "")
		},
		"that of sample 39 holds -Inf at 5": func(_, test *eval.Features) { op.Data[float32](test.X)[40*6-1] = float32(math.Inf(-1)) },
		"39 labels for train features":      func(train, _ *eval.Features) { train.Labels = train.Labels[1:] },
		"2 keys for test features":          func(_, test *eval.Features) { test.Keys = []string{"a", "b"} },
		"train features are f64[40 6]":      func(train, _ *eval.Features) { train.X = op.NewTensor(op.Of(op.F64, 40, 6)) },
		"there are none":                    func(train, _ *eval.Features) { *train = clusters(1, 0, 6, 3) },
		"label 2, but there are 2 classes":  func(train, test *eval.Features) { train.Classes = []string{"a", "b"} },
		`test classes ["a" "x"`: func(train, test *eval.Features) {
			train.Classes, test.Classes = []string{"a", "b", "c"}, []string{"a", "x", "c"}
		},
	} {
		train, test := clusters(1, 40, 6, 3), clusters(2, 40, 6, 3)
		train.Labels[0] = 2
		change(&train, &test)
		_, knn := eval.Neighbors(context.Background(), engine, train, test, eval.DefaultKNN())
		_, linear := eval.LinearProbe(context.Background(), engine, train, test, eval.DefaultProbe())
		_, found := eval.Retrieve(context.Background(), engine, test, train)
		for _, err := range []error{knn, linear, found} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
}

func fill(labels []int32, with int32) {
	for i := range labels {
		labels[i] = with
	}
}

// unlabel takes the labels from one sample on.
func unlabel(f *eval.Features, from int) { fill(f.Labels[from:], -1) }

func TestOptionErrors(t *testing.T) {
	train, test := clusters(1, 40, 6, 3), clusters(2, 30, 6, 3)
	unlabel(&train, 30)
	for want, o := range map[string]eval.KNNOptions{
		"k is 31, want 1 to 30": {K: 31, Temperature: 1},
		"k is 0":                {Temperature: 1},
		"temperature is 0":      {K: 1},
		"temperature is NaN":    {K: 1, Temperature: math.NaN()},
	} {
		if _, err := eval.Neighbors(context.Background(), engine, train, test, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
	for _, c := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := eval.LinearProbe(context.Background(), engine, train, test, eval.ProbeOptions{C: c}); err == nil || !strings.Contains(err.Error(), "C is") {
			t.Errorf("C %v: %v", c, err)
		}
	}
	if _, err := eval.Alignment(train.X, test.X); err == nil || !strings.Contains(err.Error(), "want one type") {
		t.Errorf("views of different numbers of samples: %v", err)
	}
	if _, err := eval.Uniformity(context.Background(), engine, clusters(1, 1, 6, 3).X); err == nil || !strings.Contains(err.Error(), "at least 2 rows") {
		t.Errorf("uniformity of one sample: %v", err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := eval.LinearProbe(canceled, engine, train, test, eval.DefaultProbe()); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("canceled: %v", err)
	}
}

// Samples without a label, and labels that no train sample has, are taken out or wrong; they move nothing else.
func TestUnlabelledSamplesAreLeftOut(t *testing.T) {
	train, test := clusters(1, 60, 6, 3), clusters(2, 50, 6, 3)
	some, few := clusters(1, 60, 6, 3), clusters(2, 50, 6, 3)
	unlabel(&train, 45)
	unlabel(&test, 20)
	some.X, some.Labels = op.From(op.Data[float32](some.X)[:45*6], 45, 6), some.Labels[:45]
	few.X, few.Labels = op.From(op.Data[float32](few.X)[:20*6], 20, 6), few.Labels[:20]
	ctx := context.Background()
	a, err := eval.LinearProbe(ctx, engine, train, test, eval.DefaultProbe())
	if err != nil {
		t.Fatal(err)
	}
	b, err := eval.LinearProbe(ctx, engine, some, few, eval.DefaultProbe())
	if err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%+v (%v), want %+v", b, err, a)
	}
	for i, l := range few.Labels {
		few.Labels[i] = l + l/2*7 // 0, 1 and 9
	}
	knn, err := eval.Neighbors(ctx, engine, some, few, eval.DefaultKNN())
	if err != nil {
		t.Fatal(err)
	}
	strange := knn.Confusion.PerClass()[9]
	if len(knn.Confusion.Classes) != 10 || strange.N == 0 || strange.Hits != 0 || knn.Top1.N != 20 {
		t.Errorf("a class without train samples: %v of %v", strange, knn.Top1)
	}
}

// Labels with gaps are fitted as those that occur.
func TestProbeOfSomeClasses(t *testing.T) {
	train, test := clusters(1, 200, 6, 3), clusters(2, 100, 6, 3)
	want, err := eval.LinearProbe(context.Background(), engine, train, test, eval.DefaultProbe())
	if err != nil {
		t.Fatal(err)
	}
	for _, labels := range [][]int32{train.Labels, test.Labels} {
		for i := range labels {
			labels[i] = 3*labels[i] + 1
		}
	}
	got, err := eval.LinearProbe(context.Background(), engine, train, test, eval.DefaultProbe())
	if err != nil || got.Loss != want.Loss || got.Top1 != want.Top1 || !got.Converged {
		t.Errorf("loss %v, %v (%v), want %v, %v", got.Loss, got.Top1, err, want.Loss, want.Top1)
	}
}

func TestResultsDoNotDependOnThreads(t *testing.T) {
	train, test := clusters(1, 700, 96, 8), clusters(2, 500, 96, 8)
	var first []any
	for _, threads := range []int{1, 2, 1} {
		e := cpu.New(cpu.Options{Threads: threads})
		knn, err := eval.Neighbors(context.Background(), e, train, test, eval.DefaultKNN())
		if err != nil {
			t.Fatal(err)
		}
		linear, err := eval.LinearProbe(context.Background(), e, train, test, eval.DefaultProbe())
		if err != nil {
			t.Fatal(err)
		}
		uniformity, err := eval.Uniformity(context.Background(), e, test.X)
		if err != nil {
			t.Fatal(err)
		}
		results := []any{knn, linear, uniformity}
		if first == nil {
			first = results
		}
		if !reflect.DeepEqual(results, first) {
			t.Errorf("%d threads give other results", threads)
		}
	}
}
