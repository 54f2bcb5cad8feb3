package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/config"
)

// The commands of docs/training.md work, with less data and fewer steps, and every field and legal value that it names is there.
func TestTrainingPage(t *testing.T) {
	page := string(readFile(t, "..", "docs", "training.md"))
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	less := strings.NewReplacer("--videos-per-class 40", "--videos-per-class 8", "--videos-per-class 20", "--videos-per-class 4", "epochs: 66", "epochs: 2")
	for _, block := range pageBlock.FindAllStringSubmatch(page, -1) {
		switch kind, body := block[1], less.Replace(block[2]); kind {
		case "yaml":
			if err := os.WriteFile(filepath.Join(dir, "train.yaml"), []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		case "sh":
			c := exec.Command("bash", "-e", "-c", "vidcsl() { "+asMain+"=1 "+exe+" \"$@\"; }\n"+body)
			c.Dir = dir
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
	}
	if r, err := runs.ReadRecord(filepath.Join(dir, "run")); err != nil || r.Result == nil || r.Result.Steps != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	known := map[string]bool{}
	for _, f := range config.Fields(runs.Default()) {
		known[f.Name] = true
		part, _, _ := strings.Cut(f.Name, ".")
		known[part] = true
	}
	_, table, _ := strings.Cut(page, "| field | default | |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		part := ""
		for name := range strings.SplitSeq(strings.ReplaceAll(cells[1], "`", ""), ",") {
			name = strings.TrimSpace(name)
			if rest, ok := strings.CutPrefix(name, "."); ok {
				name = part + "." + rest
			}
			part, _, _ = strings.Cut(name, ".")
			if name != "---" && !known[name] {
				t.Errorf("the page names the field %q, which is not there", name)
			}
		}
	}
}
