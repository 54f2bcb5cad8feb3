package cmd

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/pipeline/config"
)

var update = flag.Bool("update", false, "write testdata/config/*.out and *.err")

// Each testdata/config/NAME.yaml has either NAME.out, what config print makes of it, or NAME.err, what config check says.
func TestConfigGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/config/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files (%v)", err)
	}
	for _, file := range files {
		base := strings.TrimSuffix(file, ".yaml")
		t.Run(filepath.Base(base), func(t *testing.T) {
			code, said, errs := run("config", "check", file)
			if code == Done {
				if said != file+": ok\n" || errs != "" {
					t.Errorf("check says %q, %q", said, errs)
				}
				canonical := mustRun(t, "config", "print", "--config", file)
				golden(t, base+".out", base+".err", canonical)
				again := filepath.Join(t.TempDir(), "again.yaml")
				if err := os.WriteFile(again, []byte(canonical), 0o644); err != nil {
					t.Fatal(err)
				}
				if twice := mustRun(t, "config", "print", "--config", again); twice != canonical {
					t.Errorf("printed again it is\n%s", twice)
				}
				return
			}
			if code != Usage || errs != "" {
				t.Errorf("check: exit code %d, stderr %q", code, errs)
			}
			golden(t, base+".err", base+".out", said)
			for line := range strings.Lines(said) {
				if !strings.HasPrefix(line, file+":") {
					t.Errorf("no place: %s", line)
				}
			}
			if code, out, errs := run("config", "print", "--config", file); code != Usage || out != "" || !strings.HasPrefix(errs, "vidcsl: "+said) {
				t.Errorf("print: exit code %d, %q, %q", code, out, errs)
			}
		})
	}
}

// golden compares with a file, or writes it with -update and removes the one that is not to be there.
func golden(t *testing.T, file, other, got string) {
	t.Helper()
	if *update {
		os.Remove(other)
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test ./cmd -run TestConfigGolden -update writes it. Got:\n%s", err, got)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
	if _, err := os.Stat(other); err == nil {
		t.Errorf("%s and %s are both there", file, other)
	}
}

// What cannot be in a golden file: too large, no file, several files, no argument.
func TestConfigCheck(t *testing.T) {
	dir := t.TempDir()
	large, good := filepath.Join(dir, "large.yaml"), filepath.Join(dir, "good.yaml")
	for path, text := range map[string]string{large: "views: 2\n" + strings.Repeat("# comment\n", 1<<17), good: "views: 2\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	missing := filepath.Join(dir, "missing.yaml")
	code, out, _ := run("config", "check", large, good, missing, dir)
	if code != Usage {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		large + ": the document has 1310729 bytes, want at most 1048576\n", good + ": ok\n",
		missing + ": no such file or directory\n", dir + ": is a directory\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	for _, args := range [][]string{{"config", "check"}, {"config", "print", "surplus"}, {"config", "publish"}, {"config", "print", "--recipe", "mocov3"}} {
		if code, _, errs := run(args...); code != Usage || errs == "" {
			t.Errorf("%v: exit code %d, %q", args, code, errs)
		}
	}
}

// A recipe as a flag is the recipe in a file, and its own canonical text.
func TestConfigPrintRecipe(t *testing.T) {
	for _, name := range augment.Recipes() {
		file := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(file, []byte("augment:\n  - recipe: "+name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		flag, text := mustRun(t, "config", "print", "--recipe", name), mustRun(t, "config", "print", "--config", file)
		if flag != text {
			t.Errorf("--recipe %s is\n%s\nin a file it is\n%s", name, flag, text)
		}
		if both := mustRun(t, "config", "print", "--config", "testdata/config/every_key.yaml", "--recipe", name); !strings.Contains(both, "frames: 8") {
			t.Errorf("the file's frames are lost:\n%s", both)
		}
	}
}

// The schema is JSON, its references lead somewhere, and it knows every transform with its settings, and every key.
func TestConfigSchema(t *testing.T) {
	var s struct {
		Schema     string `json:"$schema"`
		Properties map[string]map[string]any
		Defs       map[string]struct {
			AnyOf []struct {
				OneOf      []struct{ Const string }
				Properties map[string]struct{ Properties map[string]any }
			}
		} `json:"$defs"`
	}
	text := mustRun(t, "config", "schema")
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || len(s.Properties) != 9 || s.Properties["augment"]["$ref"] != "#/$defs/transforms" {
		t.Errorf("%s, %v", s.Schema, s.Properties)
	}
	for line := range strings.Lines(text) {
		if _, ref, ok := strings.Cut(line, `"$ref": "#/$defs/`); ok {
			if name, _, _ := strings.Cut(ref, `"`); s.Defs[name].AnyOf == nil && name != "transforms" {
				t.Errorf("no definition of %s", name)
			}
		}
	}
	step := s.Defs["transform"].AnyOf
	if len(step) != 2 {
		t.Fatalf("a step is %+v", step)
	}
	for _, name := range augment.Default().Names() {
		i, err := augment.Default().Info(name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(step[0].OneOf, struct{ Const string }{name}) {
			t.Errorf("the name %s alone is not allowed", name)
		}
		for _, f := range config.Fields(i.Default) {
			if step[1].Properties[name].Properties[f.Name] == nil {
				t.Errorf("%s lacks %s", name, f.Name)
			}
		}
	}
}
