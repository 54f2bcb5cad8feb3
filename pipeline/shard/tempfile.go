package shard

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// tempFile is a file on its way to its final name: written under a temporary name in the same folder, synced, then
// renamed. As long as it is open it is locked, so that another process can tell it from what a killed process has left.
// The first error sticks, and the file is removed.
type tempFile struct {
	final string
	f     *os.File
	w     *bufio.Writer
	sum   hash.Hash
	size  int64
	err   error
	gone  bool // renamed or removed
}

const tempMark = ".tmp-"

// createTemp creates the temporary file for the final path. The caller ends with commit, or with finish and rename,
// and calls abort on every path.
func createTemp(final string) (*tempFile, error) {
	dir, base := filepath.Split(final)
	for {
		f, err := os.OpenFile(dir+"."+base+tempMark+rand.Text(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("shard: write %s: %w", final, err)
		}
		ours, err := lockNew(f)
		if ours {
			return &tempFile{final: final, f: f, w: bufio.NewWriterSize(f, 64<<10), sum: sha256.New()}, nil
		}
		f.Close()
		if err != nil {
			os.Remove(f.Name())
			return nil, fmt.Errorf("shard: lock %s: %w", f.Name(), err)
		}
	}
}

// lockNew locks a file just created and says whether it is still there: between the two calls another process may have
// taken it for a leftover.
func lockNew(f *os.File) (bool, error) {
	got, err := tryLock(f)
	if err != nil || !got {
		return false, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return false, err
	}
	return st.Nlink > 0, nil
}

// removeStale removes the temporary files in dir that no living process has open. It never removes one that is being written.
func removeStale(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("shard: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || !isTempName(name) {
			continue
		}
		if err := removeIfDead(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("shard: leftover of an earlier run: %w", err)
		}
	}
	return nil
}

// isTempName reports whether createTemp makes such names for the files of a run.
func isTempName(name string) bool {
	final, _, ok := strings.Cut(name, tempMark)
	return ok && (strings.HasPrefix(final, ".part-") && strings.HasSuffix(final, ".arrow") ||
		final == "."+manifestName || final == "."+failuresName)
}

func removeIfDead(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if got, err := tryLock(f); err != nil || !got {
		return err
	}
	return os.Remove(path)
}

func (t *tempFile) fail(err error) error {
	if t.err == nil {
		t.err = fmt.Errorf("shard: write %s: %w", t.final, err)
		t.remove()
	}
	return t.err
}

// Write implements io.Writer.
func (t *tempFile) Write(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	n, err := t.w.Write(p)
	t.size += int64(n)
	t.sum.Write(p[:n])
	if err != nil {
		return n, t.fail(err)
	}
	return n, nil
}

// Seek only tells the position, which is all that the Arrow writer asks for.
func (t *tempFile) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("shard: only the position can be asked for")
	}
	return t.size, nil
}

// finish brings the content to the disk. After it, rename only changes the name.
func (t *tempFile) finish() error {
	if t.err != nil {
		return t.err
	}
	if err := t.w.Flush(); err != nil {
		return t.fail(err)
	}
	if err := t.f.Sync(); err != nil {
		return t.fail(err)
	}
	return nil
}

// rename gives the finished file its final name. The caller syncs the folder.
func (t *tempFile) rename() error {
	if t.err != nil {
		return t.err
	}
	if err := os.Rename(t.f.Name(), t.final); err != nil {
		return t.fail(err)
	}
	t.gone = true
	return t.f.Close()
}

// commit is finish, rename and a sync of the folder.
func (t *tempFile) commit() error {
	if err := t.finish(); err != nil {
		return err
	}
	if err := t.rename(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(t.final))
}

// abort removes the file unless it has its final name. It may be called at any time, more than once and on nil.
func (t *tempFile) abort() {
	if t == nil || t.gone {
		return
	}
	if t.err == nil {
		t.err = fmt.Errorf("shard: write %s: given up", t.final)
	}
	t.remove()
}

func (t *tempFile) remove() {
	if t.gone {
		return
	}
	t.gone = true
	os.Remove(t.f.Name()) // before the lock ends with Close
	t.f.Close()
}

func (t *tempFile) sha256() string { return hex.EncodeToString(t.sum.Sum(nil)) }

// syncDir brings the names in a folder to the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("shard: sync: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) { // some file systems cannot sync a folder
		return fmt.Errorf("shard: sync %s: %w", dir, err)
	}
	return nil
}
