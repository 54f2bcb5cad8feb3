package durable_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"vidcsl/pipeline/durable"
)

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "result.txt")
	write := func(text string) error {
		return durable.Write(path, func(w io.WriteSeeker) error {
			_, err := io.WriteString(w, text)
			return err
		})
	}
	if err := write("whole"); err != nil {
		panic(err)
	}
	text, err := os.ReadFile(path)
	fmt.Println(string(text), err)
	// Output: whole <nil>
}

// TestFailure checks that an error leaves what was there before, and nothing else.
func TestFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	err := durable.Write(path, func(w io.WriteSeeker) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
	text, _ := os.ReadFile(path)
	entries, _ := os.ReadDir(filepath.Dir(path))
	if string(text) != "before" || len(entries) != 1 {
		t.Errorf("the file holds %q and its folder %d entries, want before and 1", text, len(entries))
	}
	if err := durable.Write(filepath.Join(path, "below"), func(io.WriteSeeker) error { return nil }); err == nil {
		t.Error("no error below a file")
	}
}
