package shard

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// lockTimeout bounds the wait for another process. The lock is held for moments (a manifest is rewritten), so that
// whoever holds it for this long is stopped or hangs.
const lockTimeout = time.Minute

// dirLock is an exclusive lock on an output directory, between goroutines and between processes. The kernel drops it when
// its process dies.
type dirLock struct {
	mu sync.Mutex
	f  *os.File
}

func openLock(path string) (*dirLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("shard: open lock: %w", err)
	}
	return &dirLock{f: f}, nil
}

// hold calls fn while no other goroutine or process holds the lock.
func (l *dirLock) hold(fn func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	deadline := time.Now().Add(lockTimeout)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		got, err := tryLock(l.f)
		if err != nil {
			return fmt.Errorf("shard: lock %s: %w", l.f.Name(), err)
		}
		if got {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("shard: lock %s: another process has held it for %v", l.f.Name(), lockTimeout)
		}
		time.Sleep(pause)
	}
	defer func() { _ = unix.Flock(int(l.f.Fd()), unix.LOCK_UN) }()
	return fn()
}

func (l *dirLock) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Close()
}

// tryLock takes the lock of an open file, and says false when another open file holds it.
func tryLock(f *os.File) (bool, error) {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		default:
			return false, err
		}
	}
}
