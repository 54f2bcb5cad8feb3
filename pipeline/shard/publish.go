package shard

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
)

// publish gives the finished files of a shard their names and lists them in the manifest. Everything that needs room on
// the disk is written before the first name appears. part and side may be nil.
func (r *Run) publish(e Entry, part, side *tempFile) error {
	return r.lock.hold(func() error {
		m, err := r.current()
		if err != nil {
			return err
		}
		_, listed := m.Entry(e.Index)
		m.put(e)
		next, err := m.stage(r.dir)
		defer next.abort()
		if err != nil {
			return err
		}
		err = r.rename(e, part, side, next)
		if err != nil && !listed { // no file under a final name that no manifest lists
			r.unlink(e.Index)
		}
		if err != nil {
			return err
		}
		r.remember(m)
		return nil
	})
}

// rename runs under the lock: failures first, then the part, then the manifest.
func (r *Run) rename(e Entry, part, side, manifest *tempFile) error {
	for _, f := range []struct {
		file *tempFile
		name string
	}{{side, sidecarName(e.Index, len(r.plan.Shards))}, {part, PartName(e.Index, len(r.plan.Shards))}} {
		final := filepath.Join(r.dir, filepath.FromSlash(f.name))
		if f.file == nil { // what a run killed before its manifest entry may have left
			if err := os.Remove(final); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("shard: %w", err)
			}
			continue
		}
		if err := f.file.rename(); err != nil {
			return err
		}
		if err := syncDir(filepath.Dir(final)); err != nil {
			return err
		}
	}
	if err := manifest.rename(); err != nil {
		return err
	}
	return syncDir(r.dir)
}

func (r *Run) unlink(index int) {
	n := len(r.plan.Shards)
	os.Remove(filepath.Join(r.dir, PartName(index, n)))
	os.Remove(filepath.Join(r.dir, filepath.FromSlash(sidecarName(index, n))))
}

// current reads the manifest under the lock. It must still be this run's.
func (r *Run) current() (*Manifest, error) {
	m, err := ReadManifest(r.dir)
	if err != nil {
		return nil, err
	}
	if err := sameRun(m, &r.want); err != nil {
		return nil, fmt.Errorf("shard: %s: %w", r.dir, err)
	}
	return m, nil
}

func (r *Run) remember(m *Manifest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.manifest = *m
}

// Finish rebuilds failures.arrow from the failures of every finished shard, of all tasks, and brings it to the disk. It may
// be called before every shard is finished, and more than once: the last Finish of several tasks sees everything.
func (r *Run) Finish() error {
	return r.lock.hold(func() error {
		m, err := r.current()
		if err != nil {
			return err
		}
		var readErr error
		err = writeFailures(filepath.Join(r.dir, failuresName), allFailures(r.dir, m, &readErr), r.mem)
		if readErr != nil {
			return readErr
		}
		if err != nil {
			return err
		}
		r.remember(m)
		return nil
	})
}

// allFailures yields the failures of every finished shard in shard order. It stops at the first error.
func allFailures(dir string, m *Manifest, fail *error) iter.Seq[Failure] {
	return func(yield func(Failure) bool) {
		for _, e := range m.Entries {
			if e.FailuresFile == "" {
				continue
			}
			list, err := ReadFailures(filepath.Join(dir, filepath.FromSlash(e.FailuresFile)))
			if err == nil && int64(len(list)) != e.Failures {
				err = fmt.Errorf("shard: %s: %d failures, the manifest lists %d", e.FailuresFile, len(list), e.Failures)
			}
			if err != nil {
				*fail = err
				return
			}
			for _, f := range list {
				if !yield(f) {
					return
				}
			}
		}
	}
}
