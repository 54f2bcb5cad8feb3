package cmd

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recorded is a part of what scripts/study_record.py keeps.
type recorded struct {
	Machine struct {
		CPU string `json:"cpu"`
	} `json:"machine"`
	Studies []struct {
		Threads int                          `json:"threads"`
		Data    map[string]string            `json:"data"`
		Config  map[string]any               `json:"config"`
		Cells   map[string]map[string]string `json:"cells"`
	} `json:"studies"`
}

// The baseline of the recorded study, trained and tested once more, is right about as many clips as it is there: as exactly as many, on a processor of that
// name and the same data, which other versions of FFmpeg may render otherwise; else about as many.
func TestRecordedCell(t *testing.T) {
	if os.Getenv("VIDCSL_LONG") == "" {
		t.Skip("renders, trains and tests for a minute; VIDCSL_LONG=1 runs it")
	}
	const run, clean, noise = "csl/seed-0", "clean", "gaussian_noise 3"
	var was recorded
	if err := json.Unmarshal(readFile(t, "../docs/results/study-shapes.json"), &was); err != nil {
		t.Fatal(err)
	}
	of := was.Studies[0]
	data, err := filepath.Abs("../study/shapes/data")
	if err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("make", "-C", "..", "build", "study/shapes/data").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	delete(of.Config, "matched")
	test := of.Config["test"].(map[string]any)
	test["suite"], test["corruptions"], test["severities"] = "corruptions", []string{"gaussian_noise"}, []int{3}
	of.Config["seeds"] = []int{0}
	of.Config["ways"] = slices.DeleteFunc(of.Config["ways"].([]any), func(w any) bool { return w.(map[string]any)["name"] != "csl" })
	dir := t.TempDir()
	text, err := json.Marshal(of.Config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "study.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	c, said := in(dir, "study", "--config", "study.yaml", "--data", data, "--output", "out", "--threads", fmt.Sprint(of.Threads), "--log-level", "warn")
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var is struct {
		Data   map[string]string `json:"data"`
		Report struct {
			Runs []struct {
				Summary struct {
					Clean       cellOf `json:"clean"`
					Corruptions []struct {
						Severities []cellOf `json:"severities"`
					} `json:"corruptions"`
				} `json:"summary"`
			} `json:"runs"`
		} `json:"report"`
	}
	if err := json.Unmarshal(readFile(t, dir, "out", "study.json"), &is); err != nil {
		t.Fatal(err)
	}
	info := string(readFile(t, "/proc/cpuinfo"))
	tolerance := 0.05
	if maps.Equal(is.Data, of.Data) && strings.Contains(info, ": "+was.Machine.CPU+"\n") {
		tolerance = 0
	}
	found := is.Report.Runs[0].Summary
	for name, cell := range map[string]cellOf{clean: found.Clean, noise: found.Corruptions[0].Severities[0]} {
		var hits, n float64
		if _, err := fmt.Sscanf(of.Cells[run][name], "%f of %f", &hits, &n); err != nil {
			t.Fatalf("%s of %s is recorded as %q: %v", name, run, of.Cells[run][name], err)
		}
		if a := cell.Accuracy; a.N != n || max(a.Hits-hits, hits-a.Hits) > tolerance*n {
			t.Errorf("%s: %v of %v are right, and %v of %v were, with a tolerance of %v of all", name, a.Hits, a.N, hits, n, tolerance)
		}
	}
}

// cellOf is a cell of a report.
type cellOf struct {
	Accuracy struct {
		Hits float64 `json:"hits"`
		N    float64 `json:"n"`
	} `json:"accuracy"`
}
