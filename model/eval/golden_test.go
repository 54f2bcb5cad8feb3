package eval_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"math"
	"os"
	"reflect"
	"strconv"
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/model/eval"
	"vidcsl/model/op"
)

// golden are the numbers of scripts/golden_eval.py.
type golden struct {
	Dim, Classes int
	Train, Test  []float32
	TrainLabels  []int32 `json:"train_labels"`
	TestLabels   []int32 `json:"test_labels"`
	KNN          []struct {
		eval.KNNOptions
		Predicted []int32
		Top5      int
	}
	Probe []struct {
		C, Loss   float64
		Predicted []int32
		Top5      int
		Confusion [][]int
	}
	Retrieval, Within     map[string]int
	Alignment, Uniformity float64
	Wilson                [][4]float64
}

func readGolden(t *testing.T) (g golden, train, test eval.Features) {
	t.Helper()
	f, err := os.Open("testdata/eval.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(&g); err != nil {
		t.Fatal(err)
	}
	train = eval.Features{X: op.From(g.Train, len(g.TrainLabels), g.Dim), Labels: g.TrainLabels}
	test = eval.Features{X: op.From(g.Test, len(g.TestLabels), g.Dim), Labels: g.TestLabels}
	return g, train, test
}

var engine = cpu.New(cpu.Options{Threads: 1})

func TestNeighborsEqualPyTorch(t *testing.T) {
	g, train, test := readGolden(t)
	for _, want := range g.KNN {
		got, err := eval.Neighbors(context.Background(), engine, train, test, want.KNNOptions)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Predicted, want.Predicted) {
			t.Errorf("%+v: predicted %v, want %v", want.KNNOptions, got.Predicted, want.Predicted)
		}
		if got.Top5.Hits != want.Top5 || got.Train != train.Len() || got.Top1.N != test.Len() {
			t.Errorf("%+v: top-5 %v, want %d hits", want.KNNOptions, got.Top5, want.Top5)
		}
	}
}

// scikit-learn fits in float64 to a gradient of 1e-10.
func TestLinearProbeEqualsSklearn(t *testing.T) {
	g, train, test := readGolden(t)
	for _, want := range g.Probe {
		got, err := eval.LinearProbe(context.Background(), engine, train, test, eval.ProbeOptions{C: want.C})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("C %v: loss %.9f, sklearn's %.9f, gradient %.1e, %d steps, %v", want.C, got.Loss, want.Loss, got.Gradient, got.Steps, got.Top1)
		if !(math.Abs(got.Loss-want.Loss) <= 1e-6) || !got.Converged {
			t.Errorf("C %v: loss %v, want %v; gradient %v", want.C, got.Loss, want.Loss, got.Gradient)
		}
		differ := 0
		for i, c := range got.Predicted {
			if c != want.Predicted[i] {
				differ++
			}
		}
		if differ > 0 || got.Top5.Hits != want.Top5 || !reflect.DeepEqual(got.Confusion.Counts, want.Confusion) {
			t.Errorf("C %v: %d predictions differ; top-5 %v, want %d hits; %v, want %v", want.C, differ, got.Top5, want.Top5, got.Confusion.Counts, want.Confusion)
		}
	}
}

func TestRetrievalEqualsPyTorch(t *testing.T) {
	g, train, test := readGolden(t)
	across, err := eval.Retrieve(context.Background(), engine, test, train)
	if err != nil {
		t.Fatal(err)
	}
	within, err := eval.RetrieveWithin(context.Background(), engine, test)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got  *eval.Retrieval
		want map[string]int
	}{{across, g.Retrieval}, {within, g.Within}} {
		if len(c.got.At) != 3 {
			t.Fatalf("%v", c.got)
		}
		for _, at := range c.got.At {
			if at.Hits != c.want[strconv.Itoa(at.K)] || at.N != test.Len() {
				t.Errorf("%v: R@%d has %d hits, want %d", c.got, at.K, at.Hits, c.want[strconv.Itoa(at.K)])
			}
		}
	}
	if across.Gallery != train.Len() || within.Gallery != test.Len()-1 {
		t.Errorf("galleries of %d and %d", across.Gallery, within.Gallery)
	}
}

func TestAlignmentAndUniformityEqualPyTorch(t *testing.T) {
	g, train, _ := readGolden(t)
	n := train.Len()
	reversed := make([]float32, 0, n*g.Dim)
	for i := range n {
		reversed = append(reversed, g.Train[(n-1-i)*g.Dim:][:g.Dim]...)
	}
	alignment, err := eval.Alignment(train.X, op.From(reversed, n, g.Dim))
	if err != nil || !(math.Abs(alignment-g.Alignment) <= 1e-6) {
		t.Errorf("alignment %v (%v), want %v", alignment, err, g.Alignment)
	}
	uniformity, err := eval.Uniformity(context.Background(), engine, train.X)
	if err != nil || !(math.Abs(uniformity-g.Uniformity) <= 1e-6) {
		t.Errorf("uniformity %v (%v), want %v", uniformity, err, g.Uniformity)
	}
}

func TestWilsonEqualsSciPy(t *testing.T) {
	g, _, _ := readGolden(t)
	for _, want := range g.Wilson {
		a := eval.NewAccuracy(int(want[0]), int(want[1]))
		if !(math.Abs(a.Low-want[2]) <= 1e-12 && math.Abs(a.High-want[3]) <= 1e-12) || a.Value != want[0]/want[1] {
			t.Errorf("%+v, want %v", a, want)
		}
	}
	if a := eval.NewAccuracy(0, 0); a.Value != 0 || a.Low != 0 || a.High != 1 {
		t.Errorf("of nothing: %+v", a)
	}
}
