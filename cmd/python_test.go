package cmd

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/store"
	"vidcsl/pipeline/shard"
)

// The tests of the Python package pass against what this program writes; those that need PyTorch, where VIDCSL_PEERS names
// a Python that has it.
func TestPythonPackage(t *testing.T) {
	for _, name := range []string{"VIDCSL_PYTHON", "VIDCSL_PEERS"} {
		t.Run(name, func(t *testing.T) {
			python := os.Getenv(name)
			if python == "" {
				t.Skipf("set %s to a Python with pyarrow and numpy to run this test", name)
			}
			touchPython(t)
			exe, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			c := exec.CommandContext(ctx, python, "-m", "unittest", "discover", "--top-level-directory", ".", "--start-directory", "tests")
			c.Dir = filepath.Join("..", "python")
			c.Env = append(os.Environ(), "VIDCSL_BIN="+exe, asMain+"=1", "PYTHONDONTWRITEBYTECODE=1")
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// From a run stored with loss Python gets the pixels that this program gets, to the bit.
func TestPythonDecodesAlike(t *testing.T) {
	python := os.Getenv("VIDCSL_PEERS")
	if python == "" {
		t.Skip("set VIDCSL_PEERS to a Python with pyarrow, numpy and av to run this test")
	}
	touchPython(t)
	const script = `
import hashlib, sys, vidcsl
for s in vidcsl.ShardDataset(sys.argv[1]):
    print(s.key, *[hashlib.sha256(v).hexdigest() for v in s.views])
`
	for _, codec := range store.CodecNames() {
		for _, size := range []string{"32", "33"} {
			dir := t.TempDir()
			mustRun(t, preprocessArgs(t, dir, "--store", codec, "--size", size)...)
			c := exec.Command(python, "-c", script, dir)
			c.Dir = filepath.Join("..", "python")
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%s %s: %v\n%s", codec, size, err, out)
			}
			if want := pixelSums(t, dir); string(out) != want || want == "" {
				t.Errorf("%s, size %s: Python has\n%swant\n%s", codec, size, out, want)
			}
		}
	}
}

// pixelSums returns a line per row of a run of two views: the key, and the SHA-256 of the pixels of each view.
func pixelSums(t *testing.T, dir string) string {
	t.Helper()
	m, err := shard.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, e := range m.Entries {
		if e.File == "" {
			continue
		}
		r, err := shard.OpenFile(filepath.Join(dir, e.File))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for rec, err := range r.Records() {
			if err != nil {
				t.Fatal(err)
			}
			raw, err := store.Decode(context.Background(), memory.DefaultAllocator, rec, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Release()
			for i := range int(raw.NumRows()) {
				first, second := raw.Column(3).(*shard.TensorArray).Row(i), raw.Column(6).(*shard.TensorArray).Row(i)
				fmt.Fprintf(&lines, "%s %x %x\n", raw.Column(0).(*array.String).Value(i), sha256.Sum256(first), sha256.Sum256(second))
			}
		}
	}
	return lines.String()
}

// touchPython looks at every file of the package, so that go test does not take a cached result when one has changed.
func touchPython(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", "python"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".py" {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
