package cmd

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// studied is a study of three ways, two seeds and a few parts that take a moment each.
const studied = `base:
  encoder: {arch: tiny3d, width: 0.25, stem: small}
  head: {dim: 16}
  queue: 16
  batch: 8
  schedule: {epochs: 0, steps: 6}
  checkpoint: {every: 2}
  data: {frames: 4, stride: 2, size: 32, augment: [horizontal_flip]}
  knn: {k: 3}
seeds: [0, 1]
ways:
  - {name: supervised, role: supervised, train: {objective: supervised, head: {kind: none}}}
  - {name: csl, role: baseline}
  - {name: topk, train: {removal: {detector: topk}}, grid: [{removal: {topk: 1}}, {removal: {topk: 4}}], seeds: [0]}
test: {suite: all, corruptions: [brightness], severities: [3], attacks: [fgsm], epsilons: [2/255], clips: 6}
matched: {steps: [3], within: 1}
`

// studyArgs writes the file of a study and returns a folder to be in, and the arguments, which name what lies in it.
func studyArgs(t *testing.T) (dir string, args []string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "study.yaml"), []byte(studied), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"train", "val", "test"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, "data"), 0o777), os.Symlink(videos(t), filepath.Join(dir, "data", part))); err != nil {
			t.Fatal(err)
		}
	}
	return dir, []string{"study", "--config", "study.yaml", "--data", "data", "--output", "out", "--threads", "1", "--log-level", "warn"}
}

// in is a process that works in a folder.
func in(dir string, args ...string) (c *exec.Cmd, said *bytes.Buffer) {
	c, said = process(args...), &bytes.Buffer{}
	c.Dir, c.Stdout, c.Stderr = dir, said, said
	return c, said
}

// A study that is killed at random moments, and begun again until it is done, finds what one finds that never was killed, to the byte. So do two
// processes that share it.
func TestKillStudy(t *testing.T) {
	rounds, kills := 1, 2
	if os.Getenv("VIDCSL_LONG") != "" {
		rounds, kills = 10, 25
	}
	dir, args := studyArgs(t)
	c, said := in(dir, args...)
	begun := time.Now()
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	took, want := time.Since(begun), readFile(t, dir, "out", "study.json")
	for _, part := range []string{"between supervised and csl ", "at the snapshots whose validation accuracy by knn is nearest to the baseline's, "} {
		if !strings.Contains(said.String(), part) {
			t.Errorf("%q is not in\n%s", part, said)
		}
	}
	for round := range rounds {
		rng := rand.New(rand.NewPCG(2, uint64(round)))
		dir, args := studyArgs(t)
		killed := 0
		for range kills {
			c, said := in(dir, args...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(time.Duration(rng.Int64N(int64(took)/2)), func() { _ = c.Process.Kill() })
			err := c.Wait()
			timer.Stop()
			if err == nil {
				break
			}
			if c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("%v\n%s", err, said)
			}
			killed++
		}
		t.Logf("round %d: killed %d times", round, killed)
		if c, said := in(dir, args...); c.Run() != nil {
			t.Fatalf("round %d: it says\n%s", round, said)
		}
		if !bytes.Equal(want, readFile(t, dir, "out", "study.json")) {
			t.Errorf("round %d: the result differs", round)
		}
	}
	t.Run("two processes", func(t *testing.T) {
		dir, args := studyArgs(t)
		first, said := in(dir, with(args, "--task", "0/2")...)
		second, saidToo := in(dir, with(args, "--task", "1/2")...)
		if err := errors.Join(first.Start(), second.Start(), first.Wait(), second.Wait()); err != nil {
			t.Fatalf("%v\n%s\n%s", err, said, saidToo)
		}
		if !bytes.Equal(want, readFile(t, dir, "out", "study.json")) || said.String() != saidToo.String() {
			t.Errorf("the result differs; they say\n%s\n%s", said, saidToo)
		}
	})
}

// What is wrong with the command is said before anything is written; --dry-run says what would be made, and writes nothing.
func TestStudyRefuses(t *testing.T) {
	dir, args := studyArgs(t)
	t.Chdir(dir)
	if err := os.WriteFile("wrong.yaml", []byte(strings.Replace(studied, "topk: 4", "topk: 0", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--config, --data and --output are all needed":                    {"study", "--config", "study.yaml"},
		"wrong.yaml:14: ways[2].grid[1].removal.topk is 0, want ":         with(args, "--config", "wrong.yaml"),
		"open none.yaml: no such file":                                    with(args, "--config", "none.yaml"),
		"way supervised: feed: clip: input elsewhere/train: no such file": with(args, "--data", "elsewhere"),
		`task "2/2", want I/N with 0 <= I < N`:                            with(args, "--task", "2/2"),
		"--threads is 5000, want 1 to 1024":                               with(args, "--threads", "5000"),
		"output . holds no study but ":                                    with(args, "--output", "data/.."),
		"unknown flag: --resume":                                          with(args, "--resume"),
	} {
		if code, out, errs := run(args...); code != Usage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q, want %d and %s", code, out+errs, Usage, want)
		}
	}
	if code, _, errs := run(with(args, "--dry-run", "--output", "study.yaml")...); code != Usage || !strings.Contains(errs, "output study.yaml is a file, want a folder") {
		t.Errorf("exit code %d, %q", code, errs)
	}
	if err := os.WriteFile("far.yaml", []byte(strings.Replace(studied, "steps: [3]", "steps: [20, 3, 9]", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if far, want := mustRun(t, with(args, "--dry-run", "--config", "far.yaml")...), "\ntopk: nothing is kept after steps 9, 20 of matched.steps: it ends at step 6\n"; !strings.Contains(far, want) || strings.Contains(far, "csl: nothing") {
		t.Errorf("%q is not in\n%s", want, far)
	}
	plan := mustRun(t, with(args, "--dry-run")...)
	for _, want := range []string{"topk        2           1      2          6              1\n", "\n6 trainings of 36 steps in all, 3 tests of snapshots on val, at most 30 cells on test (3 for each encoder)\n"} {
		if !strings.Contains(plan, want) {
			t.Errorf("%q is not in\n%s", want, plan)
		}
	}
	if _, err := os.Stat("out"); err == nil {
		t.Error("a study is written")
	}
}
