package study

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/cmd/internal/runs"
)

// A folder of another study, of other data, of something else, or in which others are at work.
func refused(t *testing.T) {
	s := study(t, "out")
	unlock, err := s.lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	half := study(t, "out")
	half.Task, half.Tasks = 1, 2
	same := study(t, "out")
	other := study(t, "other", "lr: 0.1", "lr: 0.2")
	if err := os.CopyFS("other", os.DirFS("out")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"videos/train", "elsewhere"} {
		if err := os.MkdirAll(name, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	swapped := swappedData(t)
	nothing, none, within, batch := study(t, "new"), study(t, "elsewhere"), study(t, "new"), study(t, "new", "batch: 5", "batch: 16")
	nothing.Data, none.Output, within.Output = "videos", "videos", filepath.Join(scratch, "test")
	queue, late := study(t, "new", "queue: 16", "queue: 4"), study(t, "new", "train: {}", "train: {adversarial: {kind: advcl, from: 1}}")
	noClass := study(t, "new", "k: 3", "k: 16")
	file, below, run, steps := study(t, "study.yaml"), study(t, "study.yaml/out"), study(t, "run"), study(t, "new", "steps: [2, 4, 6]", "steps: [6, 9]")
	if err := errors.Join(os.WriteFile("study.yaml", nil, 0o666), os.CopyFS("run", os.DirFS("out/runs/csl/seed-3"))); err != nil {
		t.Fatal(err)
	}
	for want, s := range map[string]*Study{
		"output out: another process is at work on task 0/1":                                                          same,
		"output out: other processes share the work otherwise: .task-0-of-1.lock is held":                             half,
		"output other holds the run other/runs/topk/candidate-1/seed-":                                                other,
		"output copy holds a study of other data: the digest of train was ":                                           swapped,
		"way supervised: feed: videos/train is neither a run of preprocess ":                                          nothing,
		"output videos holds no study but train: choose another folder":                                               none,
		"output study.yaml is a file, want a folder":                                                                  file,
		"output: stat study.yaml/out: not a directory":                                                                below,
		"output run is the folder of a training (it has run.json), want one of its own: choose another folder":        run,
		"matched.steps is [6 9], want some before the last step of a training: beside the baseline the longest has 6": steps,
		"is a folder of data, want one of its own":                                                                    within,
		"way supervised: train: a batch of 16 is more than the data set, which has 12 samples":                        batch,
		"way csl: contrast: a queue of 4 for a batch of 5, want at least as many keys":                                queue,
		"way csl: contrast: pseudo-labels would be found at step 6 of 6, want them earlier":                           late,
		"knn.k is 16, want at most 12":                                                                                noClass,
	} {
		var input *runs.InputError
		if _, err := s.Run(t.Context()); !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
		if s == same || s == half { // another process is at work, which does not keep from looking
			continue
		}
		if err := s.WritePlan(t.Context(), io.Discard); !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
			t.Errorf("the plan: got %v\nwant %s", err, want)
		}
	}
	if _, err := os.Stat("new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is written: %v", err)
	}
}

// swappedData is a study with training and validation data in each other's place, in a copy of the folder of the study.
func swappedData(t *testing.T) *Study {
	t.Helper()
	if err := os.CopyFS("swapped", os.DirFS(scratch)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename("swapped/val", "swapped/x"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename("swapped/train", "swapped/val"), os.Rename("swapped/x", "swapped/train")); err != nil {
		t.Fatal(err)
	}
	s := study(t, "copy")
	if s.Data = "swapped"; os.CopyFS("copy", os.DirFS("out")) != nil {
		t.Fatal("no copy")
	}
	return s
}
