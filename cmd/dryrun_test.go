package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A dry run says what the training takes and what a GPU would need, as a table and as JSON; no step is made and nothing is written.
func TestDryRun(t *testing.T) {
	output := filepath.Join(t.TempDir(), "run")
	args := with(training(t, output), "--val", videos(t), "--dry-run")
	for _, want := range []string{"samples            24, of 4 classes; 3 steps of 8 in an epoch\n", "steps              12, 4 epochs\n",
		"view               4 frames of 32x32; 2 views of a sample\n", "tiny3d, ", "conv3d_weight ", "state ", "\ndata               0.02 MB"} {
		if out := mustRun(t, args...); !strings.Contains(out, want) || strings.Contains(out, "hours") {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	table := mustRun(t, with(args, "--gpu", "rtx 4090")...)
	for _, want := range []string{"An estimate for one RTX-4090, not a measurement: 30 % of its peak and 70 % of its bandwidth are assumed", "\nf32 ", "\nbf16 ", " GB of 24: fits; the largest batch that does is about ", "bound by "} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	var dry struct {
		Batch int
		Cost  struct {
			Samples, Steps int
			Step           int64 `json:"step_multiply_adds"`
		}
		Forecast struct {
			GPU       struct{ Name, Source string }
			Share     float64 `json:"assumed_share_of_peak"`
			Estimates []struct {
				Precision string
				Hours     float64
				Fits      bool
			}
		}
	}
	if err := json.Unmarshal([]byte(mustRun(t, with(args, "--gpu", "T4", "--json")...)), &dry); err != nil {
		t.Fatal(err)
	}
	if f := dry.Forecast; dry.Batch != 8 || dry.Cost.Samples != 24 || dry.Cost.Steps != 12 || dry.Cost.Step < 1e6 || f.GPU.Name != "T4" || f.Share != 0.3 ||
		len(f.Estimates) != 1 || f.Estimates[0].Precision != "f32" || !f.Estimates[0].Fits || f.Estimates[0].Hours <= 0 {
		t.Errorf("%+v", dry)
	}
	if _, err := os.Stat(output); err == nil {
		t.Error("something is written")
	}
}

func TestDryRunRefuses(t *testing.T) {
	usual := training(t, filepath.Join(t.TempDir(), "run"))
	for want, args := range map[string][]string{
		"--data is missing":                           {"train", "--dry-run"},
		"--gpu and --json are for --dry-run":          with(usual, "--gpu", "H100"),
		`--gpu: "V100" is not a known GPU, want one`:  with(usual, "--dry-run", "--gpu", "V100"),
		"no videos or images found":                   with(usual, "--dry-run", "--data", t.TempDir()),
		"no clip has a label, want labels to test by": with(usual, "--dry-run", "--val", withoutLabels(t)),
		"a batch of 25 is more than the data set":     with(training(t, t.TempDir(), "batch: 8", "batch: 25"), "--dry-run"),
	} {
		if code, out, errs := run(args...); code != Usage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q, want %d and %s", code, out+errs, Usage, want)
		}
	}
}
