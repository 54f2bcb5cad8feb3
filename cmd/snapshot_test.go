package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// RUN@STEP is the encoder of a snapshot, wherever an encoder is tested. The cells of each step lie in a folder of their own within that of the run.
func TestSnapshotsAreTested(t *testing.T) {
	dir := t.TempDir()
	trained := filepath.Join(dir, "run")
	mustRun(t, training(t, trained, "keep: 2", "keep: 2, snapshots: [4, 12, 99]", "detector: cluster", "detector: none")...)
	table := func(run string) string {
		return mustRun(t, "eval", run, "--data", videos(t), "--threads", "2", "--log-level", "warn")
	}
	for step, weights := range map[string]string{"@4": "snapshots/step-000004.safetensors, step 4", "@12": "snapshots/step-000012.safetensors, step 12", "": "encoder.safetensors, step 12"} {
		if got := table(trained + step); !strings.Contains(got, filepath.Join(trained, weights)) {
			t.Errorf("%q: no %s in\n%s", step, weights, got)
		}
	}
	args := []string{"--data", videos(t), "--threads", "2", "--log-level", "warn", "--corruptions", "gaussian_noise", "--severities", "2"}
	both := mustRun(t, with([]string{"robust", trained, trained + "@4", "--baseline", trained}, args...)...)
	for _, want := range []string{trained + ": moco", trained + "@4: moco"} {
		if !strings.Contains(both, want) {
			t.Errorf("%q is not in\n%s", want, both)
		}
	}
	if list, err := os.ReadDir(filepath.Join(trained, "robust")); err != nil || len(list) != 2 {
		t.Errorf("%d folders of cells, %v", len(list), err)
	}
	// a folder that is called like a snapshot is a run
	odd := filepath.Join(dir, "run@4")
	if err := os.CopyFS(odd, os.DirFS(trained)); err != nil {
		t.Fatal(err)
	}
	if got := table(odd); !strings.Contains(got, odd+"/encoder.safetensors") {
		t.Errorf("it says\n%s", got)
	}
	none := filepath.Join(dir, "none")
	mustRun(t, training(t, none, "steps: 12", "steps: 1")...)
	for want, name := range map[string]string{
		odd + "@5: there is no snapshot of step 5, want 4, 12":                                    odd + "@5",
		none + "@1: there are no snapshots: checkpoint.snapshots of its configuration says after": none + "@1",
		none + "@x is no run of vidcsl train":                                                     none + "@x",
	} {
		for _, verb := range []string{"eval", "robust"} {
			if code, _, errs := run(verb, name, "--data", videos(t)); code != Usage || !strings.Contains(errs, want) {
				t.Errorf("%s: exit code %d, %s, want %s", verb, code, errs, want)
			}
		}
	}
}
