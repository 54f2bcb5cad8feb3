package runs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock makes the folder of a run if there is none, and keeps other processes from training into it until the file it returns is closed
// or the process ends, however it ends.
func lock(run string) (*os.File, error) {
	if err := os.MkdirAll(run, 0o777); err != nil {
		return nil, fmt.Errorf("output %s: %w", run, err)
	}
	f, err := os.OpenFile(filepath.Join(run, ".lock"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", run, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for errors.Is(err, syscall.EINTR) {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = fmt.Errorf("output %s: another process trains into it", run)
	case err != nil:
		err = fmt.Errorf("output %s: lock: %w", run, err)
	default:
		return f, nil
	}
	return nil, errors.Join(err, f.Close())
}
