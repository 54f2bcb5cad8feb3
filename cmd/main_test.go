package cmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vidcsl/decode/synth"
)

// asMain makes the test binary the program itself, so that tests can run and kill real processes.
const asMain = "VIDCSL_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		os.Exit(Main())
	}
	code := m.Run()
	os.RemoveAll(videosDir)
	os.Exit(code)
}

// process is vidcsl as a process of its own.
func process(args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := exec.Command(exe, args...)
	c.Env = append(os.Environ(), asMain+"=1")
	return c
}

// run runs vidcsl in this process.
func run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Run(context.Background(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// mustRun fails the test unless vidcsl exits with 0.
func mustRun(t testing.TB, args ...string) string {
	t.Helper()
	code, out, errs := run(args...)
	if code != Done {
		t.Fatalf("vidcsl %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

var (
	videosOnce sync.Once
	videosDir  string
)

// videos renders 24 small videos of 4 classes, once for all tests.
func videos(t testing.TB) string {
	t.Helper()
	videosOnce.Do(func() {
		dir, err := os.MkdirTemp("", "vidcsl-videos-")
		if err != nil {
			t.Fatal(err)
		}
		videosDir = dir
		o := synth.DefaultOptions()
		o.Classes, o.VideosPerClass, o.Seconds, o.Size = 4, 6, 2, 64
		if _, err := synth.Render(context.Background(), filepath.Join(dir, "videos"), o, nil); err != nil {
			t.Fatal(err)
		}
	})
	return filepath.Join(videosDir, "videos")
}

// digest hashes every file of a folder, by name; what only locks is left out.
func digest(t testing.TB, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".lock" {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		sums[rel] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// sameFiles fails the test where two folders differ, by name.
func sameFiles(t testing.TB, what string, want, got map[string]string) {
	t.Helper()
	for name, sum := range want {
		switch {
		case got[name] == "":
			t.Errorf("%s: %s is missing", what, name)
		case got[name] != sum:
			t.Errorf("%s: %s has other bytes", what, name)
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("%s: %s should not be there", what, name)
		}
	}
}
