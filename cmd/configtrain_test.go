package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The configuration of train is printed with every setting, and printed again it is the same; what is wrong in it is named.
func TestConfigTrain(t *testing.T) {
	dir := t.TempDir()
	file, wrong := filepath.Join(dir, "train.yaml"), filepath.Join(dir, "wrong.yaml")
	for path, text := range map[string]string{file: tinyTraining, wrong: "batc: 3\ndata: {size: -3}\nremoval: {detector: oracel}\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	canonical := mustRun(t, "config", "print", "train", "--config", file)
	for _, want := range []string{"\n  clusters: [4]\n", "\nbatch: 8\n", "\n    - random_resized_crop:\n", "\nknn:\n  every: 5\n"} {
		if !strings.Contains(canonical, want) {
			t.Errorf("%q is not in\n%s", want, canonical)
		}
	}
	again := filepath.Join(dir, "again.yaml")
	if err := os.WriteFile(again, []byte(canonical), 0o644); err != nil {
		t.Fatal(err)
	}
	if twice := mustRun(t, "config", "print", "train", "--config", again); twice != canonical {
		t.Errorf("printed again it is\n%s", twice)
	}
	if out := mustRun(t, "config", "check", "train", file, again); out != file+": ok\n"+again+": ok\n" {
		t.Errorf("check says %s", out)
	}
	code, out, _ := run("config", "check", "train", file, wrong)
	for _, want := range []string{file + ": ok\n", wrong + ":1: batc is not a known key", "did you mean batch?", wrong + ":2: data.size is -3, want ", wrong + ":3: removal.detector is \"oracel\", want "} {
		if code != Usage || !strings.Contains(out, want) {
			t.Errorf("exit code %d; %q is not in\n%s", code, want, out)
		}
	}
	for _, args := range [][]string{{"print", "train", "surplus"}, {"check", "train"}, {"schema", "train", "surplus"}, {"print", "train", "--config", wrong}} {
		if code, out, errs := run(with([]string{"config"}, args...)...); code != Usage || out != "" || errs == "" {
			t.Errorf("%v: exit code %d, %q, %q", args, code, out, errs)
		}
	}
}

// The schema knows every part of the configuration, and its references lead somewhere.
func TestConfigTrainSchema(t *testing.T) {
	text := mustRun(t, "config", "schema", "train")
	var s struct {
		Title      string
		Properties map[string]struct {
			Properties map[string]map[string]any
		}
		Defs map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	for part, field := range map[string]string{"removal": "detector", "encoder": "arch", "optimizer": "lr", "data": "size", "knn": "k"} {
		if s.Properties[part].Properties[field] == nil {
			t.Errorf("no %s.%s", part, field)
		}
	}
	if s.Title != "vidcsl train" || s.Properties["data"].Properties["augment"]["$ref"] != "#/$defs/transforms" {
		t.Errorf("%s, augment is %v", s.Title, s.Properties["data"].Properties["augment"])
	}
	for line := range strings.Lines(text) {
		if _, ref, ok := strings.Cut(line, `"$ref": "#/$defs/`); ok {
			if name, _, _ := strings.Cut(ref, `"`); s.Defs[name] == nil {
				t.Errorf("no definition of %s", name)
			}
		}
	}
}
