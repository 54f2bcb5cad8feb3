package study

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// MissingError says what other tasks have not done, of which none lives.
type MissingError struct {
	Task, Tasks int
	Phase       string
	Parts       []string
}

// Error implements error.
func (e *MissingError) Error() string {
	const most = 5
	list := strings.Join(e.Parts[:min(len(e.Parts), most)], ", ")
	if more := len(e.Parts) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("task %d/%d has done its part of the %s, and no other task is at work; of theirs are missing: %s", e.Task, e.Tasks, e.Phase, list)
}

// await waits until nothing is missing, as long as another task lives. Those that are started along with this one have a while to come.
func (s *Study) await(ctx context.Context, phase string, missing func() []string) error {
	const often = 300 * time.Millisecond
	for last := time.Now(); ; {
		list := missing()
		if len(list) == 0 {
			return nil
		}
		others, err := s.others()
		if err != nil {
			return err
		}
		switch {
		case len(others) > 0:
			last = time.Now()
		case time.Since(last) >= s.patience:
			if list = missing(); len(list) == 0 { // one that has ended may have made it just before
				return nil
			}
			return &MissingError{s.Task, max(s.Tasks, 1), phase, list}
		}
		s.show(s.clock.progress.Parts, 0, "waiting for other tasks", fmt.Sprintf("%d parts are missing", len(list)))
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(often):
		}
	}
}

// lockFile names what a task holds while it lives.
func (s *Study) lockFile(task int) string {
	return filepath.Join(s.Output, fmt.Sprintf(".task-%d-of-%d.lock", task, max(s.Tasks, 1)))
}

// others returns the lock files of the other processes that are at work on the study.
func (s *Study) others() (list []string, err error) {
	all, err := filepath.Glob(filepath.Join(s.Output, ".task-*.lock"))
	if err != nil {
		return nil, err
	}
	for _, path := range all {
		if path == s.lockFile(s.Task) {
			continue
		}
		f, err := held(path, syscall.LOCK_SH)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			list = append(list, path)
		case err != nil:
			return nil, err
		default:
			if err := f.Close(); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// lock keeps others from doing this task, and from sharing the work in other ways, until the function it returns is called or the process ends.
func (s *Study) lock() (unlock func(), err error) {
	if err := os.MkdirAll(s.Output, 0o777); err != nil {
		return nil, fmt.Errorf("output %s: %w", s.Output, err)
	}
	var f *os.File
	for range 20 { // another task that looks whether this one lives holds the file for a moment
		if f, err = held(s.lockFile(s.Task), syscall.LOCK_EX); !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fmt.Errorf("output %s: another process is at work on task %d/%d", s.Output, s.Task, max(s.Tasks, 1))
	}
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", s.Output, err)
	}
	unlock = func() { f.Close() }
	mine, err := s.sign(f)
	if err != nil {
		unlock()
		return nil, err
	}
	others, err := s.others()
	for _, path := range others {
		switch {
		case !strings.HasSuffix(path, fmt.Sprintf("-of-%d.lock", max(s.Tasks, 1))):
			err = fmt.Errorf("output %s: other processes share the work otherwise: %s is held", s.Output, filepath.Base(path))
		case signedOtherwise(path, mine):
			err = fmt.Errorf("output %s: another process is at work with another configuration: %s is held", s.Output, filepath.Base(path))
		}
	}
	if err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// signedOtherwise reports whether who holds a file works with another configuration. What one that ended left in it is there until the next has
// signed.
func signedOtherwise(path, mine string) bool {
	for range 20 {
		theirs, err := os.ReadFile(path)
		if err != nil || len(theirs) < len(mine) || string(theirs) == mine {
			return false
		}
		time.Sleep(50 * time.Millisecond)
	}
	return true
}

// sign writes into the file that a task holds which configuration it works with, and returns what it wrote.
func (s *Study) sign(f *os.File) (string, error) {
	text, err := s.Config.YAML()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	mine := hex.EncodeToString(sum[:])
	if _, err := f.WriteAt([]byte(mine), 0); err != nil {
		return "", fmt.Errorf("output %s: %w", s.Output, err)
	}
	return mine, nil
}

// held opens and locks a file, which is unlocked by closing it. The error is EWOULDBLOCK where somebody else holds it.
func held(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	for errors.Is(err, syscall.EINTR) {
		err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
