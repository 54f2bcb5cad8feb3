package shard

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of the given number of bytes, which needs root.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small tmpfs")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("cannot mount a small tmpfs here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "256k")
	mem := checked(t)
	items := make([]Item, 8000)
	for i := range items {
		items[i].Key = string(rune('a'+i%26)) + itoa(i)
	}
	p, err := NewPlan(items, 4000, "")
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, dir, p, Options{Allocator: mem})
	w := begin(t, r, p.Shards[0])
	keys := make([]string, 4000)
	for i := range keys {
		keys[i] = items[i].Key
	}
	rec := testRecord(mem, keys...)
	defer rec.Release()
	err = w.Write(rec)
	if err == nil {
		_, err = w.Commit()
	}
	wantError(t, err, "part-00000-of-00002.arrow", "no space left")
	if !errors.Is(err, unix.ENOSPC) {
		t.Errorf("%v does not wrap ENOSPC", err)
	}
	if got := files(t, dir); len(got) != 1 || got[manifestName] == "" {
		t.Errorf("%d files, want the manifest only", len(got))
	}
	if err2 := w.Write(rec); err2 == nil || err2.Error() != err.Error() {
		t.Errorf("then %v, want %v again", err2, err)
	}
	// The run itself goes on.
	small, err := r.Begin(p.Shards[1], testSchema)
	if err != nil {
		t.Fatal(err)
	}
	defer small.Abort()
	for _, it := range p.ItemsOf(p.Shards[1]) {
		if err := small.Fail(Failure{Key: it.Key}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := small.Commit(); err != nil {
		t.Fatal(err)
	}
}

// No room for the failures or for the manifest must not leave a part under its final name either.
func TestFullDiskAtCommit(t *testing.T) {
	mem := checked(t)
	p := testPlan(t, 10)
	// Leave less and less room until even the part does not fit.
	for _, room := range []int{12, 8, 4, 0} {
		dir := smallDisk(t, "96k")
		r := open(t, dir, p, Options{Allocator: mem})
		w := begin(t, r, p.Shards[0])
		if err := fillWriter(mem, w, p, p.Shards[0]); err != nil {
			t.Fatal(err)
		}
		fillDisk(t, dir, room<<10)
		_, err := w.Commit()
		if err == nil {
			t.Logf("%d KiB are enough", room)
			continue
		}
		t.Log(err)
		if !errors.Is(err, unix.ENOSPC) {
			t.Errorf("%v does not wrap ENOSPC", err)
		}
		os.Remove(filepath.Join(dir, "ballast"))
		if got := files(t, dir); len(got) != 1 {
			t.Errorf("room %d: %d files, want the manifest only", room, len(got))
		}
		m, err := ReadManifest(dir)
		if err != nil || len(m.Entries) != 0 {
			t.Errorf("manifest %+v, %v", m, err)
		}
	}
}

// fillDisk leaves about the given number of bytes.
func fillDisk(t *testing.T, dir string, leave int) {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	n := int(st.Bavail)*int(st.Bsize) - leave
	if n > 0 {
		write(t, filepath.Join(dir, "ballast"), string(make([]byte, n)))
	}
}
