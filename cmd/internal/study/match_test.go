package study

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vidcsl/cmd/internal/runs"
	"vidcsl/model/eval"
	"vidcsl/model/train"
)

// accuracies writes the accuracies of a run on the validation data, by step; 0 is the end.
func accuracies(t *testing.T, s *Study, one training, hits map[int]int) {
	t.Helper()
	for step, n := range hits {
		path := s.validationFile(one, step)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := runs.WriteJSON(path, validation{"knn", eval.NewAccuracy(n, 100)}); err != nil {
			t.Fatal(err)
		}
		snapshot := train.EncoderAt(one.folder, step)
		if err := errors.Join(os.MkdirAll(filepath.Dir(snapshot), 0o777), os.WriteFile(snapshot, nil, 0o666)); err != nil {
			t.Fatal(err)
		}
	}
}

// Each run is taken where it is nearest to the mean of the baseline's ends; where one is not near, its way is left out, with the reason.
func TestMatch(t *testing.T) {
	c, err := parse(t, "steps: [2, 4, 6], within: 0.5", "steps: [4, 2, 40], within: 0.05")
	if err != nil {
		t.Fatal(err)
	}
	s := &Study{Config: c, Output: t.TempDir(), samples: 15}
	list := s.chosen([]Choice{{Way: "topk", Chosen: 1}})
	if len(list) != 5 || !strings.HasSuffix(list[3].folder, "topk/candidate-1/seed-3") {
		t.Fatalf("%+v", list)
	}
	// supervised passes the target of 50 before its end; topk is below at first, and as near on both sides with the other seed
	for i, hits := range []map[int]int{{2: 48, 4: 70, 0: 90}, {0: 40}, {0: 60}, {2: 20, 4: 30, 0: 47}, {2: 47, 4: 53, 0: 60}} {
		accuracies(t, s, list[i], hits)
	}
	m, err := s.match(list)
	if err != nil || m.Target != 0.5 || !m.comparable() {
		t.Fatalf("%+v, %v", m, err)
	}
	for i, want := range [][]int{{2}, {0, 0}, {0, 2}} {
		if w := m.Ways[i]; !slices.Equal(w.Steps, want) || w.Left != "" {
			t.Errorf("%+v, want the steps %v", w, want)
		}
	}
	var names []string
	for _, n := range s.snapshots(list, m) {
		names = append(names, strings.TrimPrefix(n.name, s.Output+"/runs/"))
	}
	if got, want := strings.Join(names, " "), "supervised/seed-3@2 csl/seed-3 csl/seed-4 topk/candidate-1/seed-3 topk/candidate-1/seed-4@2"; got != want {
		t.Errorf("encoders %s, want %s", got, want)
	}

	accuracies(t, s, list[4], map[int]int{2: 20, 4: 44, 0: 60})
	accuracies(t, s, list[0], map[int]int{2: 56, 4: 70})
	if m, err = s.match(list); err != nil || m.comparable() {
		t.Fatalf("%+v, %v", m, err)
	}
	for i, want := range []string{
		"seed 3 comes no nearer to the baseline's 50.0 % than 56.0 %, after step 2", "",
		"seed 4 comes no nearer to the baseline's 50.0 % than 44.0 %, after step 4",
	} {
		if m.Ways[i].Left != want {
			t.Errorf("left out because %q, want %q", m.Ways[i].Left, want)
		}
	}
	if got := s.snapshots(list, m); len(got) != 2 || got[0].way != 1 {
		t.Errorf("%v are compared", got)
	}
}

// The first of the best candidates is chosen, by its mean over the seeds.
func TestChoice(t *testing.T) {
	c, err := parse(t, "seeds: [4]}", "seeds: [4, 9]}")
	if err != nil {
		t.Fatal(err)
	}
	s := &Study{Config: c, Output: t.TempDir()}
	list := c.all()[2]
	for want, hits := range [][4]int{{50, 50, 60, 40}, {70, 20, 40, 51}} {
		for k, n := range hits {
			accuracies(t, s, s.training(list[k/2], []uint64{4, 9}[k%2]), map[int]int{0: n})
		}
		if got, err := s.choice(2, list); err != nil || got.Chosen != want || len(got.Candidates[0].Validation) != 2 {
			t.Errorf("%+v, %v, want candidate %d", got, err, want)
		}
	}
}

// A way that is compared at snapshots before its end is named; one that is left out or at its end is not.
func TestEarly(t *testing.T) {
	m := &MatchedResult{Ways: []MatchedWay{{Way: "csl", Steps: []int{0}}, {Way: "supervised", Steps: []int{40, 80}}, {Way: "topk", Steps: []int{40}, Left: "none is near"}, {Way: "oracle", Steps: []int{0, 80}}}}
	list := m.early()
	if len(list) != 1 || !strings.HasPrefix(list[0], "At like validation accuracy supervised is of before its end (steps 40, 80), ") {
		t.Errorf("%q", list)
	}
	if list := (*MatchedResult)(nil).early(); list != nil {
		t.Errorf("%q without a comparison", list)
	}
}
