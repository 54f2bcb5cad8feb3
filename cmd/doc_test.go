package cmd

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The program in the doc comment of every package compiles.
func TestProgramsInDocComments(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	tmp, err := os.MkdirTemp(root, ".docprograms-") // within the module, where its packages can be imported
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	args := []string{"vet"}
	for _, pkg := range []string{"pipeline", "pipeline/shard", "decode", "decode/clip", "decode/synth", "augment", "augment/augmenttest", "decode/store", "decode/dataset", "model/op", "model/contrast", "model/cluster", "model/eval", "model/train", "pipeline/config", "decode/recode", "robust", "robust/attack", "robust/corrupt", "robust/corrupt/reencode", "cmd"} {
		program := docProgram(t, filepath.Join(root, pkg))
		if program == "" {
			t.Errorf("the doc comment of %s has no program", pkg)
			continue
		}
		dir := filepath.Join(tmp, strings.ReplaceAll(pkg, "/", "-"))
		name := "main.go"
		if strings.Contains(program, "*testing.T") {
			name = "main_test.go"
		}
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(program), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, dir)
	}
	c := exec.Command("go", args...)
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, bytes.ReplaceAll(out, []byte(tmp), nil))
	}
}

// docProgram returns the first indented block that begins with a package clause in the comments of a package's files.
func docProgram(t *testing.T, dir string) string {
	t.Helper()
	var program strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || program.Len() > 0 || d.IsDir() && path != dir {
			if d.IsDir() && path != dir {
				return fs.SkipDir
			}
			return err
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		for line := range strings.Lines(string(b)) {
			code, indented := strings.CutPrefix(line, "//\t")
			switch {
			case indented && (program.Len() > 0 || strings.HasPrefix(code, "package ")):
				program.WriteString(code)
			case strings.TrimSpace(line) == "//" && program.Len() > 0:
				program.WriteString("\n")
			case program.Len() > 0:
				return err
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return program.String()
}
