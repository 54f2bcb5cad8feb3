// Package durable writes files that are whole or not there.
package durable

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Write writes what f writes to the file at path. It goes to a temporary file in the same folder, .NAME.tmp-RANDOM, which is synced
// and renamed, and the folder is synced too: path names either what was there before or all of the new content, whatever happens to
// the process or, where the file system keeps its promises, to the machine. After an error the temporary file is removed. A process that
// is killed leaves it behind. w can seek only to where it is, which tells the position.
func Write(path string, f func(w io.WriteSeeker) error) error {
	dir, base := filepath.Split(path)
	file, err := os.OpenFile(dir+"."+base+".tmp-"+rand.Text(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // of no effect after the rename
	w := &writer{w: bufio.NewWriterSize(file, 1<<20)}
	if err = f(w); err == nil {
		err = w.w.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(cmp.Or(dir, "."))
}

type writer struct {
	w  *bufio.Writer
	at int64
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.at += int64(n)
	return n, err
}

// Seek implements io.Seeker, to the present position alone.
func (w *writer) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return w.at, errors.New("durable: only the position can be asked for")
	}
	return w.at, nil
}

// syncFolder makes the rename last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // some file systems cannot sync a folder
		return err
	}
	return nil
}
