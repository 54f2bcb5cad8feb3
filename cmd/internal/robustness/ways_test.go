package robustness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/cmd/internal/runs"
)

// The mean over runs that differ in the seed alone is one way of training; the baseline closes none of the gap.
func TestWays(t *testing.T) {
	j := job(t)
	j.Severities, j.Corruptions = []int{1}, []string{"gaussian_noise"}
	for i, change := range []string{`"seed": 5`, `"temperature": 0.9`} {
		field, _, _ := strings.Cut(change, ":")
		run := filepath.Join(t.TempDir(), "run")
		if err := os.CopyFS(run, os.DirFS(j.Runs[0])); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(run, runs.File))
		if err != nil {
			t.Fatal(err)
		}
		before, after, ok := strings.Cut(string(text), field+":")
		_, after, ok2 := strings.Cut(after, ",")
		if !ok || !ok2 {
			t.Fatalf("run %d: no %s in %s", i, field, text)
		}
		if err := os.WriteFile(filepath.Join(run, runs.File), []byte(before+change+","+after), 0o644); err != nil {
			t.Fatal(err)
		}
		j.Runs = append(j.Runs, run)
	}
	j.Baseline, j.Supervised = j.Runs[1], j.Runs[2]
	c := reported(t, j).Closed
	if len(c.Ways) != 2 || strings.Join(c.Baseline, " ") != strings.Join(j.Runs[:2], " ") || len(c.Ways[1].Runs) != 1 {
		t.Fatalf("%+v", c)
	}
	if strings.Join(c.Measures, " ") != "clean mPC" || !strings.Contains(c.Ways[1].Closed[1].Undefined, "not clearly positive") {
		t.Errorf("%+v", c) // all three have the same weights
	}
}

// Ways are told apart by as little as it takes.
func TestWayNames(t *testing.T) {
	config := func(objective, detector, action string) runs.Config {
		c := runs.Default()
		c.Objective, c.Removal.Detector, c.Removal.Action = objective, detector, action
		return c
	}
	configs := []runs.Config{
		config("supervised", "none", "eliminate"), config("moco", "none", "eliminate"), config("moco", "cluster", "eliminate"), config("moco", "cluster", "attract"),
		config("simclr", "none", "eliminate"), config("simclr", "none", "both"), config("moco", "oracle", "both"), config("moco", "topk", "both"), config("moco", "topk", "both"),
	}
	folders := []string{"s", "m", "c", "a", "one/run", "two/run", "o", "t1", "t2"}
	want := []string{"supervised", "moco", "moco + cluster", "moco + cluster, attract", "simclr (run) in one", "simclr (run) in two", "moco + oracle", "moco + topk, both (t1)", "moco + topk, both (t2)"}
	for i, got := range wayNames(configs, folders) {
		if got != want[i] {
			t.Errorf("%d is called %s, want %s", i, got, want[i])
		}
	}
}

// Adversarial views are named where there are any: in the name of a way, in what it is, and in the line of a run.
func TestAdversarialNames(t *testing.T) {
	plain, rocl := runs.Default(), runs.Default()
	rocl.Adversarial.Kind, rocl.Adversarial.Epsilon = "rocl", 0.03137
	both := rocl
	both.Removal.Detector, both.Removal.TopK = "topk", 3
	configs := []runs.Config{plain, rocl, both}
	names := wayNames(configs, []string{"a", "b", "c"})
	for i, want := range []struct{ name, about, objective string }{
		{"moco", "moco, nothing removed", "moco"},
		{"moco + rocl", "moco, adversarial views by rocl (8/255 in 5 steps), nothing removed", "moco, rocl"},
		{"moco + rocl + topk", "moco, adversarial views by rocl (8/255 in 5 steps); removed: the 3 nearest keys of each", "moco, rocl"},
	} {
		run := Tested{Objective: configs[i].Objective, Attacked: adversarial(configs[i])}
		if names[i] != want.name || about(configs[i]) != want.about || run.objective() != want.objective {
			t.Errorf("%q, %q, %q, want %q", names[i], about(configs[i]), run.objective(), want)
		}
	}
}
