package study

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// diverging are settings with which weights grow without bound.
const diverging = "optimizer: {lr: 1000, weight_decay: 10, momentum: 0.99}, schedule: {decay: constant}"

// small is a study without a matched comparison and with few cells.
var small = []string{"suite: all", "suite: corruptions", "matched: {steps: [2, 4, 6], within: 0.5}\n", "", "schedule: {epochs: 0, steps: 6}", "schedule: {epochs: 0, steps: 16}"}

// A way whose trainings diverge, and a candidate, are left out, and it is said why; they are not tried again until they are removed.
func TestDiverged(t *testing.T) {
	t.Chdir(t.TempDir())
	changes := append([]string{
		"train: {objective: supervised,", "train: {" + diverging + ", objective: supervised,",
		"seeds: [3, 4]\n", "seeds: [3]\n", "- removal: {topk: 1}", "- {removal: {topk: 1}, " + diverging + "}",
	}, small...)
	s := study(t, "out", changes...)
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := r.Choices[0]
	if c.Chosen != 1 || len(c.Candidates[0].Failed) != 1 || len(c.Candidates[0].Validation) != 0 || c.Candidates[0].Mean != 0 {
		t.Errorf("%+v", c)
	}
	if _, err := os.Stat("out/runs/topk/candidate-0/seed-3"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a candidate that was not chosen is trained with all seeds: %v", err)
	}
	w := r.Ways[0]
	if len(w.Runs) != 0 || len(w.Failed) != 1 || w.Failed[0].Run != "out/runs/supervised/seed-3" || w.Failed[0].Seed != 3 || !strings.Contains(w.Failed[0].Reason, "try optimizer.lr below 1000") {
		t.Errorf("%+v", w)
	}
	if len(r.Report.Runs) != 2 || r.Report.Closed != nil {
		t.Errorf("%d runs are tested, %+v", len(r.Report.Runs), r.Report.Closed)
	}
	var table bytes.Buffer
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	page := read(t, "out", PageFile)
	for _, want := range []string{
		"The gap is not defined: no run is left of supervised (supervised), as all trainings diverged.",
		"supervised is left out, as all its trainings diverged, 1 in number; out/runs/supervised/seed-3: train: step ",
		"To train it again, remove that folder.", "Candidate 0 of topk could not be chosen, as a training diverged, out/runs/topk/candidate-0/seed-4: train: step ",
	} {
		if !strings.Contains(table.String(), want) || !strings.Contains(page, want) {
			t.Errorf("%q is not in\n%s\nor not on the page", want, &table)
		}
	}
	text, before := read(t, "out", ResultFile), files(t, "out")
	again := study(t, "out", changes...)
	if _, err := again.Run(t.Context()); err != nil || read(t, "out", ResultFile) != text {
		t.Errorf("again: %v", err)
	}
	for name, was := range before {
		if is := files(t, "out")[name]; is != was && strings.HasPrefix(name, "runs/") {
			t.Errorf("%s was written again", name)
		}
	}
	t.Run("tried again", func(t *testing.T) { triedAgain(t, changes) })
}

// Where the folder is removed, the training is tried again: here with settings that do not diverge.
func triedAgain(t *testing.T, changes []string) {
	var missing *MissingError
	changes = slices.Clone(changes)
	changes[1] = "train: {objective: supervised,"
	if _, err := study(t, "out", changes...).Run(t.Context()); err == nil || errors.As(err, &missing) ||
		!strings.Contains(err.Error(), "holds the run out/runs/supervised/seed-3 of another configuration: optimizer.lr was 1000, is 0.03") {
		t.Fatalf("error %v", err)
	}
	if err := os.RemoveAll("out/runs/supervised/seed-3"); err != nil {
		t.Fatal(err)
	}
	r, err := study(t, "out", changes...).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Ways[0].Runs) != 1 || len(r.Ways[0].Failed) != 0 || r.Report.Closed == nil || strings.Contains(r.Answer, "is not defined: no run") {
		t.Errorf("%+v, %s", r.Ways[0], r.Answer)
	}
}

// failing records that trainings diverged, as if they had.
func failing(t *testing.T, list ...string) {
	t.Helper()
	for _, run := range list {
		if err := errors.Join(os.MkdirAll(run, 0o777), os.WriteFile(filepath.Join(run, failedFile), []byte(`{"reason": "it broke"}`), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
}

// A way goes on with the seeds that did not diverge. Without a baseline nothing is matched; without any run there is no study.
func TestSomeDiverged(t *testing.T) {
	t.Chdir(t.TempDir())
	changes := slices.Concat(small[:2], small[4:])
	failing(t, "one/runs/csl/seed-4", "one/runs/topk/candidate-0/seed-4", "one/runs/topk/candidate-1/seed-4")
	if err := os.WriteFile("one/config.yaml", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := study(t, "one", changes...).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Choices[0]; c.Chosen != -1 {
		t.Errorf("%+v", c)
	}
	if len(r.Ways[1].Runs) != 1 || r.Ways[1].Failed[0].Seed != 4 || len(r.Ways[2].Runs) != 0 || len(r.Ways[2].Failed) != 2 || len(r.Report.Runs) != 2 {
		t.Errorf("%+v", r.Ways)
	}
	if m := r.Matched; m.Target != r.Ways[1].Validation[0] || m.Ways[2].Left != "all its trainings diverged" {
		t.Errorf("%+v", m)
	}
	for i, want := range []string{
		"csl has 1 of 2 runs, as one training diverged, one/runs/csl/seed-4: it broke. To train it again, remove that folder.",
		"topk is left out, as all its trainings diverged, 2 in number; one/runs/topk/candidate-0/seed-4: it broke. To train it again, remove that folder.",
	} {
		if r.Notes[i] != want {
			t.Errorf("%q, want %q", r.Notes[i], want)
		}
	}
	var table bytes.Buffer
	if err := r.WriteTable(&table); err != nil || strings.Contains(table.String(), "was chosen") {
		t.Errorf("%v\n%s", err, &table)
	}

	failing(t, "one/runs/csl/seed-3")
	if r, err = study(t, "one", changes...).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.Matched != nil || !strings.HasPrefix(r.Answer, "The gap is not defined: no run is left of csl (baseline), as all trainings diverged. ") {
		t.Errorf("%+v, %s", r.Matched, r.Answer)
	}
	failing(t, "one/runs/supervised/seed-3")
	if _, err = study(t, "one", changes...).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "every training diverged; of one/runs/supervised/seed-3: it broke") {
		t.Errorf("error %v", err)
	}
}
