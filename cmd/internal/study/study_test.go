package study

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vidcsl/cmd/internal/runs"
)

// A study from nothing to its table; what is done is not done again, by the same command or another one.
func TestStudy(t *testing.T) {
	t.Chdir(t.TempDir())
	s := study(t, "out")
	phases := map[string]int{}
	s.Show = func(p Progress) { phases[p.Phase] = p.Parts }
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// supervised and two ways of two seeds, of which one run was a candidate already; clean, brightness and fgsm of each
	if phases["candidates"] != 2 || phases["trainings"] != 5 || phases["cells"] != 15 || phases["cells at matched accuracy"] == 0 {
		t.Errorf("parts of phases: %v", phases)
	}
	c := r.Choices[0]
	if len(r.Choices) != 1 || c.Way != "topk" || !slices.Equal(c.Seeds, []uint64{4}) || len(c.Candidates) != 2 || len(c.Candidates[1].Validation) != 1 {
		t.Errorf("%+v", r.Choices)
	}
	if best := max(c.Candidates[0].Mean, c.Candidates[1].Mean); c.Candidates[c.Chosen].Mean != best || string(c.Candidates[0].Train) != `{"removal": {"topk": 1}}` {
		t.Errorf("%+v", c)
	}
	other := filepath.Join("out", "runs", "topk", "candidate-"+string(rune('0'+1-c.Chosen)))
	if list, err := os.ReadDir(other); err != nil || len(list) != 1 || list[0].Name() != "seed-4" {
		t.Errorf("of the candidate that was not chosen there are %v, %v", list, err)
	}
	checkResult(t, r)
	var stored Result
	if err := json.Unmarshal([]byte(read(t, "out", ResultFile)), &stored); err != nil || len(stored.Report.Runs) != 5 || !slices.Equal(stored.Command, s.Command()) {
		t.Errorf("%+v, %v", stored, err)
	}
	var table bytes.Buffer
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"between supervised and csl ", "At the snapshots whose validation accuracy by the knn probe is nearest to the baseline's: ", "way         runs  clean ", "\ncsl         2     ", "topk: of 2 candidates, ", "at the snapshots whose validation accuracy by knn is nearest to the baseline's, "} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%q is not in\n%s", want, &table)
		}
	}
	before, text, page := files(t, "out"), read(t, "out", ResultFile), read(t, "out", PageFile)
	if answer := strings.Split(r.Answer, " ")[0]; answer == "" || !strings.Contains(page, answer) || !strings.Contains(page, "vidcsl study --config") {
		t.Errorf("the page lacks the answer %q, or how to make it again", r.Answer)
	}
	for _, about := range []string{"cross entropy on labels. The base with {objective: supervised, head: {kind: none}}<", "moco, nothing removed. The base as it is<",
		"The base with {removal: {detector: topk, warmup: 0.2, ramp: 0}} and {removal: {topk: "} {
		if !strings.Contains(page, about) {
			t.Errorf("no way on the page is %q", about)
		}
	}
	again := study(t, "out")
	again.Show = func(p Progress) {
		if p.Done < p.Parts {
			t.Errorf("%s is made again", p.Now)
		}
	}
	if _, err := again.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, "out", ResultFile); got != text {
		t.Errorf("the result was\n%s\nand is\n%s", text, got)
	}
	if read(t, "out", PageFile) != page {
		t.Error("the page is another one")
	}
	delete(before, ResultFile)
	delete(before, PageFile)
	delete(before, choicesFile)
	for name, was := range before {
		if is := files(t, "out")[name]; is != was {
			t.Errorf("%s was written again", name)
		}
	}
	t.Run("interrupted", func(t *testing.T) { interrupted(t, text) })
	t.Run("tasks", func(t *testing.T) { tasks(t, text) })
	t.Run("changed", changed)
	t.Run("refused", refused)
	t.Run("test data", func(t *testing.T) { otherTest(t, r) })
}

// checkResult looks at the comparison at matched accuracy.
func checkResult(t *testing.T, r *Result) {
	t.Helper()
	if len(r.Ways) != 3 || len(r.Ways[0].Runs) != 1 || len(r.Ways[1].Runs) != 2 || len(r.Report.Closed.Ways) != 3 || len(r.Data) != 3 {
		t.Errorf("%+v", r.Ways)
	}
	m := r.Matched
	if want := (r.Ways[1].Validation[0] + r.Ways[1].Validation[1]) / 2; m.Target != want || !slices.Equal(m.Ways[1].Steps, []int{0, 0}) {
		t.Errorf("the target is %v, want %v; %+v", m.Target, want, m.Ways)
	}
	cells := map[string]bool{}
	for _, run := range m.Report.Runs {
		folder, step := runs.Split(run.Run)
		if filepath.Dir(filepath.Dir(run.Cells)) != folder {
			t.Errorf("the cells of %s are in %s", run.Run, run.Cells)
		}
		cells[run.Cells] = true
		for _, end := range r.Report.Runs {
			if end.Run == folder && (end.Cells == run.Cells) != (step == 0) {
				t.Errorf("%s has the cells %s, and at its end %s", run.Run, run.Cells, end.Cells)
			}
		}
	}
	if len(cells) != len(m.Report.Runs) {
		t.Errorf("%d folders of cells for %d encoders", len(cells), len(m.Report.Runs))
	}
}

// A study that is interrupted again and again ends as one that never was.
func interrupted(t *testing.T, want string) {
	t.Chdir(t.TempDir())
	often := 24
	if os.Getenv("VIDCSL_LONG") != "" {
		often = 6
	}
	for n := 1; ; n++ {
		ctx, cancel := context.WithCancel(t.Context())
		s, seen := study(t, "out"), 0
		s.Show = func(Progress) {
			if seen++; seen == often*n {
				cancel()
			}
		}
		_, err := s.Run(ctx)
		cancel()
		if err == nil {
			t.Logf("interrupted %d times", n-1)
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if got := read(t, "out", ResultFile); got != want {
		t.Errorf("the result is\n%s\nwant\n%s", got, want)
	}
}

// Two tasks at a time make what one process makes, each its own part. Without the other, a task says what is missing.
func tasks(t *testing.T, want string) {
	t.Chdir(t.TempDir())
	alone := study(t, "out")
	alone.Task, alone.Tasks = 1, 2
	var missing *MissingError
	if _, err := alone.Run(t.Context()); !errors.As(err, &missing) || missing.Phase != "candidates" || len(missing.Parts) != 1 ||
		!strings.Contains(err.Error(), "task 1/2 has done its part of the candidates, and no other task is at work; of theirs are missing: topk, candidate ") {
		t.Fatalf("error %v", err)
	}
	ended := make(chan error, 2)
	for i := range 2 {
		s := study(t, "out")
		s.Task, s.Tasks, s.patience = i, 2, time.Minute
		go func() {
			_, err := s.Run(t.Context())
			ended <- err
		}()
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if got := read(t, "out", ResultFile); got != want {
		t.Errorf("the result is\n%s\nwant\n%s", got, want)
	}
}

// What the test data say changes no choice, and no snapshot that is taken. Trainings are those that are there, as they are given no test data, unless
// VIDCSL_LONG is set; what they are chosen and taken by is made anew.
func otherTest(t *testing.T, was *Result) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(scratch)); err != nil {
		t.Fatal(err)
	}
	classes, err := os.ReadDir(filepath.Join(dir, "test"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range classes {
		if c.IsDir() {
			names = append(names, filepath.Join(dir, "test", c.Name()))
		}
	}
	for _, name := range names { // each class is called like the next
		if err := os.Rename(name, name+"-"); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range names {
		if err := os.Rename(name+"-", names[(i+1)%len(names)]); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "out")
	if os.Getenv("VIDCSL_LONG") == "" {
		trainings(t, out)
	}
	s := study(t, out, "suite: all", "suite: corruptions")
	s.Data = dir
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same := func(what string, a, b any) {
		x, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if y, err := json.Marshal(b); err != nil || string(x) != string(y) {
			t.Errorf("%s differ: %s, %s", what, x, y)
		}
	}
	same("choices", was.Choices, r.Choices)
	same("snapshots", was.Matched.Ways, r.Matched.Ways)
	if was.Report.Runs[0].Made.Test == r.Report.Runs[0].Made.Test {
		t.Error("the test data are the same")
	}
}

// trainings copies those of the study in out, without what was found of them, to a study that has not begun.
func trainings(t *testing.T, to string) {
	t.Helper()
	if err := errors.Join(os.CopyFS(to, os.DirFS("out")), os.Remove(filepath.Join(to, dataFile)), os.Remove(filepath.Join(to, choicesFile))); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, pattern := range []string{"runs/*/seed-*/", "runs/*/candidate-*/seed-*/"} {
		for _, name := range []string{"validation", "robust"} {
			list, err := filepath.Glob(filepath.Join(to, pattern, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, folder := range list {
				if n++; os.RemoveAll(folder) != nil {
					t.Fatal(folder)
				}
			}
		}
	}
	if n < 10 {
		t.Fatalf("%d folders are removed", n)
	}
}
