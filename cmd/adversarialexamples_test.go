package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The configurations of examples/adversarial train, with less data and fewer steps, and their encoders can be tested.
func TestAdversarialExamples(t *testing.T) {
	dir := t.TempDir()
	videos, clips := filepath.Join(dir, "videos"), filepath.Join(dir, "clips")
	mustRun(t, "synth", "--output", videos, "--difficulty", "easy", "--videos-per-class", "8", "--seconds", "2", "--size", "40")
	mustRun(t, "preprocess", "--input", videos, "--output", clips, "--frames", "24", "--stride", "2", "--size", "32", "--sampler", "regular")
	files, err := filepath.Glob(filepath.Join("..", "examples", "adversarial", "*.yaml"))
	if err != nil || len(files) != 6 {
		t.Fatal(files, err)
	}
	less := strings.NewReplacer("steps: 400", "steps: 10", "  steps: 5\n", "  steps: 1\n", "neighbors: 40", "neighbors: 5", "warmup: 0.2\n", "warmup: 0.5\n", "batch: 64", "batch: 16")
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			file, run := filepath.Join(dir, name+".yaml"), filepath.Join(dir, name)
			if err := os.WriteFile(file, []byte(less.Replace(string(readFile(t, path)))), 0o644); err != nil {
				t.Fatal(err)
			}
			mustRun(t, "train", "--config", file, "--data", clips, "--output", run)
			metrics := string(readFile(t, run, "metrics.jsonl"))
			for _, want := range []string{`"loss_clean":`, `"loss_adversarial":`, `"attack_gain":`} {
				if !strings.Contains(metrics, want) {
					t.Errorf("no %s in\n%s", want, metrics)
				}
			}
			if strings.Contains(name, "neighbors") != strings.Contains(metrics, `"removed":`) {
				t.Errorf("removal in\n%s", metrics)
			}
			if out := mustRun(t, "eval", run, "--data", clips, "--probe", "knn"); !strings.Contains(out, "kNN") {
				t.Errorf("eval says\n%s", out)
			}
		})
	}
}
