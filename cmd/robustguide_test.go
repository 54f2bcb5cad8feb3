package cmd

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/cmd/internal/robustness"
)

// The commands of docs/robustness.md work, with less data, fewer steps and fewer cells, and the page names every head and suite.
func TestRobustnessPage(t *testing.T) {
	page := string(readFile(t, "..", "docs", "robustness.md"))
	for _, name := range append(robustness.Suites, robustness.Heads...) {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("the page does not name %s", name)
		}
	}
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plain.yaml", "cluster.yaml", "supervised.yaml"} {
		text := strings.Replace(string(readFile(t, "..", "examples", "removal", name)), "steps: 400", "steps: 2", 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	less := strings.NewReplacer("--seconds 2", "--seconds 1", "--videos-per-class 40", "--videos-per-class 7", "--videos-per-class 20", "--videos-per-class 1",
		"--corruptions imagenet-c --severities 1,3,5", "--corruptions gaussian_noise --severities 3", "--clips 50", "--clips 4 --steps 2")
	for _, block := range pageBlock.FindAllStringSubmatch(page, -1) {
		c := exec.Command("bash", "-e", "-c", "vidcsl() { "+asMain+"=1 "+exe+" \"$@\"; }\n"+less.Replace(block[2]))
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	var r robustness.Report
	if err := json.Unmarshal(readFile(t, dir, "corruptions.json"), &r); err != nil || len(r.Runs) != 3 || len(r.Closed.Ways) != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if page := string(readFile(t, dir, "corruptions.html")); !strings.Contains(page, "Robustness of 3 ways of training") {
		t.Errorf("the page is %.300s", page)
	}
}
