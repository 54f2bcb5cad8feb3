package shard

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
)

var identityOptions = Options{Tool: "test 1", Config: map[string]any{"seed": 7, "<": "&"}}

func withTask(task, tasks int, resume bool) Options {
	o := identityOptions
	o.Task, o.Tasks, o.Resume = task, tasks, resume
	return o
}

// The same bytes in one go, by three tasks at once, in reverse order, and resumed.
func TestSameBytesHoweverMade(t *testing.T) {
	p := testPlan(t, 101)
	want := t.TempDir()
	fillAll(t, want, p, withTask(0, 1, false))
	wantVerified(t, want)

	t.Run("three tasks at once", func(t *testing.T) {
		dir := t.TempDir()
		mem := checked(t)
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				opt := withTask(i, 3, false)
				opt.Allocator = mem
				run, err := Open(dir, p, opt)
				if err != nil {
					t.Error(err)
					return
				}
				defer run.Close()
				for _, s := range run.Pending() {
					if _, err := fillShard(mem, run, s); err != nil {
						t.Error(err)
					}
				}
				if err := run.Finish(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		sameFiles(t, dir, want)
	})
	t.Run("shards at once in one run, last first", func(t *testing.T) {
		dir := t.TempDir()
		opt := withTask(0, 1, false)
		opt.Allocator = checked(t)
		run := open(t, dir, p, opt)
		pending := run.Pending()
		slices.Reverse(pending)
		var wg sync.WaitGroup
		for _, s := range pending {
			wg.Go(func() {
				if _, err := fillShard(opt.Allocator, run, s); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := run.Finish(); err != nil {
			t.Error(err)
		}
		sameFiles(t, dir, want)
	})
	t.Run("every shard by another resume", func(t *testing.T) {
		dir := t.TempDir()
		mem := checked(t)
		for n := len(p.Shards); n > 0; n-- {
			opt := withTask(0, 1, true)
			opt.Allocator = mem
			run := open(t, dir, p, opt)
			pending := run.Pending()
			if len(pending) != n {
				t.Fatalf("%d pending, want %d", len(pending), n)
			}
			broken := begin(t, run, pending[0]) // one in the middle of its work
			if err := fillWriter(mem, broken, p, pending[0]); err != nil {
				t.Fatal(err)
			}
			if _, err := fillShard(mem, run, pending[len(pending)/2]); err != nil {
				t.Fatal(err)
			}
			if n%3 == 0 {
				if err := run.Finish(); err != nil {
					t.Fatal(err)
				}
			}
			run.Close()
		}
		fillAll(t, dir, p, withTask(0, 1, true))
		sameFiles(t, dir, want)
	})
}

// The compressors must not let the number of CPUs into the bytes.
func TestCompressionIsDeterministic(t *testing.T) {
	for _, c := range []Compression{LZ4, Zstd} {
		var want string
		for _, procs := range []int{1, 2, 8} {
			old := runtime.GOMAXPROCS(procs)
			path := filepath.Join(t.TempDir(), "x.arrow")
			mem := checked(t)
			keys := make([]string, 5000)
			for i := range keys {
				keys[i] = string(rune('a'+i%26)) + "k"
			}
			rec := testRecord(mem, keys...)
			writeFile(t, path, mem, c, rec)
			rec.Release()
			runtime.GOMAXPROCS(old)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				want = string(b)
			} else if want != string(b) {
				t.Errorf("%v: other bytes with %d CPUs", c, procs)
			}
		}
	}
}

func TestResumeMakesLostFilesAgain(t *testing.T) {
	p := testPlan(t, 33)
	want := t.TempDir()
	fillAll(t, want, p, withTask(0, 1, false))
	dir := t.TempDir()
	fillAll(t, dir, p, withTask(0, 1, false))
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	part, side := m.Entries[0], m.Entries[1]
	if err := os.Remove(filepath.Join(dir, part.File)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, m.Entries[3].File), m.Entries[3].Bytes-1); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(side.FailuresFile))); err != nil {
		t.Fatal(err)
	}
	run := open(t, dir, p, withTask(0, 1, true))
	var pending []int
	for _, s := range run.Pending() {
		pending = append(pending, s.Index)
	}
	if !slices.Equal(pending, []int{0, 1, 3}) {
		t.Errorf("pending %v", pending)
	}
	run.Close()
	fillAll(t, dir, p, withTask(0, 1, true))
	sameFiles(t, dir, want)
}

// What a killed process leaves goes away, what a living one writes stays.
func TestLeftovers(t *testing.T) {
	mem := checked(t)
	p := testPlan(t, 33)
	want := t.TempDir()
	fillAll(t, want, p, withTask(0, 1, false))
	dir := t.TempDir()
	live := open(t, dir, p, withTask(0, 2, false))
	w := begin(t, live, p.Shards[0])
	if err := fillWriter(mem, w, p, p.Shards[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, failuresDir), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, stale := range []string{".part-00001-of-00008.arrow.tmp-X", ".manifest.json.tmp-X", ".failures.arrow.tmp-X",
		"failures/.part-00001-of-00008.arrow.tmp-X"} {
		write(t, filepath.Join(dir, filepath.FromSlash(stale)), "half")
	}
	mine := filepath.Join(dir, ".part-notes.tmp-mine") // no name of ours
	write(t, mine, "keep")
	// A part with its final name whose entry was never written, and failures that the shard turns out not to have.
	write(t, filepath.Join(dir, PartName(1, len(p.Shards))), "stale")
	write(t, filepath.Join(dir, filepath.FromSlash(sidecarName(2, len(p.Shards)))), "stale")

	fillAll(t, dir, p, withTask(1, 2, true))
	if _, err := w.Commit(); err != nil {
		t.Fatalf("the living writer lost its file: %v", err)
	}
	fillAll(t, dir, p, withTask(0, 2, true))
	if err := os.Remove(mine); err != nil {
		t.Error(err)
	}
	sameFiles(t, dir, want)
}
