package study

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vidcsl/cmd/internal/runs"
)

// What is done stays where ways are added, removed and put in another order, seeds are added, and what is tested changes; all that depends on it is made
// anew. Runs that were trained without snapshots which are wanted now are not looked at there, and it is said. A finished study lies in out.
func changed(t *testing.T) {
	finished, err := filepath.Abs("out")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS("out", os.DirFS(finished)); err != nil {
		t.Fatal(err)
	}
	first := []string{"suite: all", "suite: corruptions"}
	before := files(t, "out/runs")
	s := study(t, "out", append(slices.Clone(first), "steps: [2, 4, 6]", "steps: [3, 4]",
		"  - {name: supervised, role: supervised, train: {objective: supervised, head: {kind: none}}, seeds: [3]}\n", "",
		"seeds: [3, 4]\n", "seeds: [3, 5]\n", "severities: [3]", "severities: [2]",
		"      - {removal: {topk: 4}, optimizer: {lr: 0.1}}\n", "      - {removal: {topk: 4}, optimizer: {lr: 0.1}}\n      - removal: {topk: 2}\n",
		"select: {probe: knn", `  - {name: another, train: {removal: {detector: threshold}}, seeds: [3]}
  - {name: supervised, role: supervised, train: {objective: supervised, head: {kind: none}}, seeds: [3]}
select: {probe: linear`)...)
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range r.Ways {
		names = append(names, w.Name)
	}
	if strings.Join(names, " ") != "csl topk another supervised" || len(r.Ways[0].Runs) != 2 || r.Choices[0].Probe != "linear" || len(r.Choices[0].Candidates) != 3 {
		t.Errorf("%v, %+v", names, r.Choices)
	}
	after := files(t, "out/runs")
	for name, was := range before {
		if strings.HasPrefix(name, "topk/") && strings.Contains(name, "/validation/") { // it depends on which candidates are chosen
			continue
		}
		kept := !strings.Contains(name, "/validation/")
		if name == "supervised/seed-3/validation/step-000002.json" || strings.HasPrefix(name, "csl/seed-4/") { // nobody asks for it
			kept = true
		}
		if (after[name] == was) != kept {
			t.Errorf("%s was written again, want the contrary", name)
		}
	}
	if _, ok := after["topk/candidate-2/seed-4/encoder.safetensors"]; !ok {
		t.Error("the new candidate is not trained")
	}
	if v, err := s.validated(s.training(s.Config.all()[0][0], 3), 0); err != nil || r.Ways[0].Validation[0] != v || !strings.Contains(read(t, "out/runs/csl/seed-3/validation/end.json"), `"linear"`) {
		t.Errorf("validation by the probe before: %v", err)
	}
	note := "At like validation accuracy, supervised is not looked at after step 3, of which 1 of its runs have no snapshots, such as out/runs/supervised/seed-3: they were trained before matched.steps asked for them. To train one with them, remove its folder."
	if !slices.Contains(r.Notes, note) || !strings.Contains(read(t, "out", PageFile), "supervised is not looked at after step 3") {
		t.Errorf("notes %q", r.Notes)
	}
	if slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "another is not") }) {
		t.Errorf("notes %q", r.Notes)
	}
	if text, err := s.Config.YAML(); err != nil || read(t, "out", configFile) != string(text) {
		t.Errorf("the stored configuration is the old one: %v", err)
	}
	conflicting(t, s, first)
}

// A base that changed is refused as long as runs of it are there, and by another process that is at work.
func conflicting(t *testing.T, s *Study, first []string) {
	t.Helper()
	other := append(slices.Clone(first), "queue: 16", "queue: 32")
	want := "holds the run out/runs/supervised/seed-3 of another configuration: queue was 16, is 32 (and "
	var input *runs.InputError
	if _, err := study(t, "out", other...).Run(t.Context()); !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if err := study(t, "out", other...).WritePlan(t.Context(), nil); !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
		t.Errorf("the plan: got %v\nwant %s", err, want)
	}
	s.Tasks = 2
	unlock, err := s.lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	second := study(t, "out", append(other, "queue: 32", "queue: 16", "severities: [3]", "severities: [1]")...)
	second.Task, second.Tasks = 1, 2
	if _, err := second.Run(t.Context()); !errors.As(err, &input) || !strings.Contains(err.Error(), "another process is at work with another configuration: .task-0-of-2.lock is held") {
		t.Errorf("error %v", err)
	}
}

// As long as nothing is trained, a folder takes any study.
func TestChangedBefore(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, frames := range []string{"frames: 4", "frames: 2"} {
		s := study(t, "out", "frames: 4", frames, "lr: 0.1", "lr: 0.2")
		if _, err := s.check(t.Context()); err != nil {
			t.Fatal(err)
		}
		unlock, err := s.begin()
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	if _, err := os.Stat("out/runs"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if !strings.Contains(read(t, "out", configFile), "frames: 2") {
		t.Error("the stored configuration is the first one")
	}
}
