package eval_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"vidcsl/model/eval"
	"vidcsl/model/op"
)

func TestClassify(t *testing.T) {
	scores := op.From([]float32{
		.7, .2, .1,
		.1, .6, .3,
		.4, .4, .2, // the first of equals
		.2, .3, .5,
		.9, .1, 0,
	}, 5, 3)
	c, err := eval.Classify(scores, []int32{0, 1, 1, 2, -1}, []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]int{{1, 0, 0}, {1, 1, 0}, {0, 0, 1}}
	if !reflect.DeepEqual(c.Confusion.Counts, want) || c.Top1 != eval.NewAccuracy(3, 4) || c.Top5 != nil || c.Balanced != 2.5/3 || c.PerClass[1] != eval.NewAccuracy(1, 2) {
		t.Errorf("%+v", c)
	}
	if m := c.Confusion.Mistakes(5); !reflect.DeepEqual(m, []eval.Mistake{{Class: "b", Predicted: "a", Count: 1, N: 2}}) {
		t.Errorf("mistakes: %+v", m)
	}
	for want, f := range map[string]func() error{
		"label 1 is 3, but the scores are of 3 classes": func() error { _, err := eval.Classify(scores, []int32{0, 3, 0, 0, 0}, nil); return err },
		"none of the 5 samples has a label":             func() error { _, err := eval.Classify(scores, []int32{-1, -1, -1, -1, -1}, nil); return err },
		"scores are f32[5 3] for 2 labels":              func() error { _, err := eval.Classify(scores, []int32{0, 1}, nil); return err },
		"but there are 1 classes":                       func() error { _, err := eval.Classify(scores, []int32{0, 0, 0, 0, 0}, []string{"a"}); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// ExampleConfusion shows what is read from a matrix: a row for each true class.
func ExampleConfusion() {
	scores := op.From([]float32{3, 1, 0, 2, 1, 0, 1, 2, 0, 3, 1, 2}, 4, 3)
	c, err := eval.Classify(scores, []int32{0, 1, 1, 1}, []string{"bowling", "jump", "swim"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Top1)
	if err := c.Confusion.WriteTable(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 50.0 % (15.0 to 85.0, n 4)
	//   true \ predicted  0 bowling  1 jump  2 swim  accuracy
	//          0 bowling          1       ·       ·   100.0 %
	//             1 jump          2       1       ·    33.3 %
	//             2 swim          ·       ·       0         -
}

// report measures all that there is of small features.
func report(t *testing.T, classes int) *eval.Report {
	t.Helper()
	ctx := context.Background()
	train, test := clusters(1, 40*classes, 16, classes), clusters(2, 20*classes, 16, classes)
	unlabel(&train, train.Len()-10)
	r := &eval.Report{
		Version: "1.0", Train: eval.NewSet("data/train", train), Test: eval.NewSet("data/test", test),
		Encoder: eval.Description{Arch: "r3d_18", Weights: "runs/a", Step: 400, Dim: 16, View: [4]int{16, 96, 112, 3}, Engine: "cpu"},
	}
	var errs [5]error
	r.KNN, errs[0] = eval.Neighbors(ctx, engine, train, test, eval.KNNOptions{K: 10, Temperature: 0.1, Center: true})
	r.Linear, errs[1] = eval.LinearProbe(ctx, engine, train, test, eval.ProbeOptions{C: 0.01})
	r.Retrieval, errs[2] = eval.Retrieve(ctx, engine, test, train)
	r.Within, errs[3] = eval.RetrieveWithin(ctx, engine, test)
	var u float64
	u, errs[4] = eval.Uniformity(ctx, engine, test.X)
	r.Uniformity = &u
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	r.FineTune = &eval.FineTune{Train: r.KNN.Train, Steps: 200, Classification: r.KNN.Classification}
	return r
}

func TestReport(t *testing.T) {
	r := report(t, 7)
	var table, text bytes.Buffer
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", table.String())
	for _, want := range []string{
		"r3d_18, 16 dimensions, clips of 16 frames of 112x96", "runs/a, step 400", "data/train: 280 samples, 270 with a label, 7 classes",
		"kNN, k 10, centred", "linear, C 0.01", "fine-tuned, 200 steps", "R@10", "gallery 139", "uniformity",
		fmt.Sprintf("%.1f %%", 100*r.Linear.Top1.Value), fmt.Sprintf("%.1f to %.1f %%", 100*r.KNN.Top1.Low, 100*r.KNN.Top1.High), "true \\ predicted",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q", want)
		}
	}
	if err := r.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var back eval.Report
	d := json.NewDecoder(&text)
	d.DisallowUnknownFields()
	if err := d.Decode(&back); err != nil {
		t.Fatal(err)
	}
	r.KNN.Predicted, r.Linear.Predicted, r.FineTune.Predicted = nil, nil, nil
	if !reflect.DeepEqual(&back, r) {
		t.Errorf("JSON gives back %+v, want %+v", &back, r)
	}
}

// With many classes the table names the worst instead of a matrix that no terminal can show.
func TestTableOfManyClasses(t *testing.T) {
	c := report(t, 30).KNN.Confusion
	var b bytes.Buffer
	if err := c.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", b.String())
	m := c.Mistakes(1)[0]
	if lines := strings.Split(b.String(), "\n"); len(lines) != 1+10+1+10+1 || !strings.Contains(b.String(), m.Class+" as "+m.Predicted) {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len(line) > 100 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
}
