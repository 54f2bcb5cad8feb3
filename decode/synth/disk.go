package synth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// undo remembers what was created, to take it back.
type undo struct {
	mu    sync.Mutex
	paths []string
}

func (u *undo) add(path string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.paths = append(u.paths, path)
}

func (u *undo) mkdir(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	u.add(path)
	return nil
}

// undo removes what was added, last first. A folder that somebody else put something into stays.
func (u *undo) undo() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	var errs []error
	for _, p := range slices.Backward(u.paths) {
		err := os.Remove(p)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if left, readErr := os.ReadDir(p); readErr == nil && len(left) > 0 {
			continue
		}
		errs = append(errs, fmt.Errorf("synth: taking back: %w", err))
	}
	u.paths = nil
	return errors.Join(errs...)
}

// makeEmptyDir creates dir and its missing parents, or checks that it is an empty directory.
func makeEmptyDir(dir string, made *undo) error {
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return fmt.Errorf("synth: %s: %w (it has %s): name a new or an empty directory", dir, ErrNotEmpty, entries[0].Name())
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("synth: %w", err)
	}
	var missing []string
	for p := filepath.Clean(dir); ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); err == nil || p == filepath.Dir(p) {
			break
		}
		missing = append(missing, p)
	}
	for _, p := range slices.Backward(missing) {
		if err := made.mkdir(p); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("synth: %w", err)
		}
	}
	return nil
}
