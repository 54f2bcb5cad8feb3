package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCustomStageExample builds the module in examples/customstage and uses it as its README says.
func TestCustomStageExample(t *testing.T) {
	example := filepath.Join(checkout(t), "examples", "customstage")
	dir, input := t.TempDir(), videos(t)
	must := func(script string) string {
		t.Helper()
		out, err := shell(example, script)
		if err != nil {
			t.Fatalf("%s\n%v\n%s", script, err, out)
		}
		return out
	}
	bin := filepath.Join(dir, "customstage")
	must("go test ./... && go build -o " + dir + " ./...")
	if out := must(bin + " verify-augment scanlines"); !strings.Contains(out, "failed 0\n") || strings.Contains(out, "skip") {
		t.Errorf("verify-augment says\n%s", out)
	}
	if out := must(bin + " stages scanlines"); !strings.Contains(out, "darken every n-th row") {
		t.Errorf("stages says\n%s", out)
	}
	if out := must(bin + " --help"); strings.Contains(out, "-test.") {
		t.Errorf("flags of go test in\n%s", out)
	}
	yaml, err := os.ReadFile(filepath.Join(example, "pipeline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	with, without := filepath.Join(dir, "with.yaml"), filepath.Join(dir, "without.yaml")
	plain, _, found := strings.Cut(string(yaml), "  - sometimes:")
	if !found {
		t.Fatalf("pipeline.yaml has no scanlines at its end:\n%s", yaml)
	}
	for file, text := range map[string]string{with: string(yaml), without: plain} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	preprocess := func(program, config, output string, more ...string) map[string]string {
		t.Helper()
		output = filepath.Join(dir, output)
		must(strings.Join(append([]string{program, "preprocess", "--config", config, "--input", input, "--output", output}, more...), " "))
		must(bin + " verify " + output)
		return digest(t, output)
	}
	dark := preprocess(bin, with, "dark", "--workers", "1")
	sameFiles(t, "8 workers", dark, preprocess(bin, with, "again", "--workers", "8"))
	differ := 0
	for name, sum := range preprocess(bin, without, "plain") {
		if strings.HasSuffix(name, ".arrow") && dark[name] != sum {
			differ++
		}
	}
	if differ < 10 {
		t.Errorf("with scanlines, %d shards of 24 videos differ from those without", differ)
	}
	code, _, errs := run("preprocess", "--config", with, "--input", input, "--output", filepath.Join(dir, "unknown"))
	if code != Usage || !strings.Contains(errs, "scanlines") {
		t.Errorf("vidcsl itself takes scanlines: exit code %d\n%s", code, errs)
	}
	if out := must(filepath.Join(dir, "stage") + " " + input); strings.Count(out, "[8 64 64 3]") != 24 {
		t.Errorf("the stage prints\n%s", out)
	}
}
