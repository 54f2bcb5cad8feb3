package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/pipeline/config"
)

var pageBlock = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// The configurations of docs/pipelines.md pass, its program compiles, its errors are those that are printed, and it names
// every key and recipe.
func TestPipelinesPage(t *testing.T) {
	text, err := os.ReadFile("../docs/pipelines.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	first := ""
	for _, block := range pageBlock.FindAllStringSubmatch(page, -1) {
		switch kind, body := block[1], block[2]; kind {
		case "yaml":
			if first == "" {
				first = body
			}
			file := filepath.Join(t.TempDir(), "c.yaml")
			if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
			mustRun(t, "config", "check", file)
		case "go":
			vetted(t, body)
		case "":
			dir := t.TempDir()
			broken := strings.NewReplacer("[0.2, 1]", "[0, 1]", "hue: 0.1", "hue: 0.7").Replace(first)
			if err := os.WriteFile(filepath.Join(dir, "pipeline.yaml"), []byte(broken), 0o644); err != nil {
				t.Fatal(err)
			}
			_, said, _ := run("config", "check", filepath.Join(dir, "pipeline.yaml"))
			if said = strings.ReplaceAll(said, dir+string(filepath.Separator), ""); said != body {
				t.Errorf("config check says\n%sthe page says\n%s", said, body)
			}
		}
	}
	names := slices.Concat(augment.Recipes(), []string{"compose", "one_of", "sometimes"})
	for _, f := range config.Fields(preprocess.Default()) {
		names = append(names, f.Name)
	}
	for _, name := range names {
		if !strings.Contains(page, "`"+name) && !strings.Contains(page, name+":") {
			t.Errorf("%s is not on the page", name)
		}
	}
}

// vetted fails the test unless a program compiles.
func vetted(t *testing.T, program string) {
	t.Helper()
	dir, err := os.MkdirTemp("..", ".page-") // within the module, where its packages can be imported
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("go", "vet", ".")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
