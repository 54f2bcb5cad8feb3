package shard

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Options say how a run writes. Task, Tasks and Resume say who does what; the rest identifies the run.
type Options struct {
	Resume bool // continue: shards that are finished are not done again

	// Task and Tasks split the work between processes: this one does the shards of Plan.Task(Task, Tasks). Zero Tasks is one.
	Task, Tasks int

	// Config is what the run was configured with, stored in the manifest as canonical JSON. It must hold only what
	// decides the content of the rows: a run with another Config is another run.
	Config any

	// Tool is the name and version of the program. A run of another tool is another run.
	Tool string

	Compression Compression      // of the part files
	Allocator   memory.Allocator // for the buffers of the writer; nil is the Go allocator
}

// Run is an output directory being filled according to a plan. Several runs, in one process or in many, may fill the same
// directory with different tasks of the same plan. A Run is safe for concurrent use.
type Run struct {
	dir  string
	plan *Plan
	task []Range
	want Manifest // what identifies this run, without entries
	comp Compression
	mem  memory.Allocator
	lock *dirLock

	mu       sync.Mutex
	manifest Manifest
	writers  map[*Writer]struct{}
	closed   bool
}

// Open prepares dir, which it creates where needed, for the given plan.
//
//   - Without a manifest in dir the run starts afresh, with Resume or without; files that are none of the run's are left
//     alone, but part files without a manifest are [ErrForeignFiles].
//   - A manifest of another run is [ErrOtherRun], and the error says what differs.
//   - A manifest of the same run: without Resume it is [ErrExists] if a shard of this task is finished. With Resume,
//     shards of this task whose files are missing or have not the listed size are made again; the content is not read
//     (see [Verify]).
//   - A manifest that cannot be understood is [ErrManifest]; it is never overwritten.
//
// Temporary files left behind by killed processes are removed; those of living ones are recognised by their lock and
// stay. The caller calls Close.
func Open(dir string, plan *Plan, opt Options) (*Run, error) {
	if opt.Tasks == 0 {
		opt.Tasks = 1
	}
	if opt.Task < 0 || opt.Task >= opt.Tasks {
		return nil, fmt.Errorf("shard: task %d of %d", opt.Task, opt.Tasks)
	}
	if _, err := ParseCompression(opt.Compression.String()); err != nil {
		return nil, err
	}
	r := &Run{
		dir: dir, plan: plan, task: plan.Task(opt.Task, opt.Tasks), comp: opt.Compression, mem: opt.Allocator,
		want: Manifest{
			Format: formatVersion, Tool: opt.Tool, Fingerprint: plan.Fingerprint, Compression: opt.Compression.String(),
			Items: len(plan.Items), Shards: len(plan.Shards),
		},
		writers: make(map[*Writer]struct{}),
	}
	if r.mem == nil {
		r.mem = memory.DefaultAllocator
	}
	if opt.Config != nil {
		config, err := canonicalJSON(opt.Config)
		if err != nil {
			return nil, fmt.Errorf("shard: configuration: %w", err)
		}
		r.want.Config = config
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("shard: %w", err)
	}
	var err error
	if r.lock, err = openLock(filepath.Join(dir, lockName)); err != nil {
		return nil, err
	}
	if err := r.lock.hold(func() error { return r.start(opt.Resume) }); err != nil {
		r.lock.close()
		return nil, err
	}
	return r, nil
}

// start runs under the lock.
func (r *Run) start(resume bool) error {
	m, err := ReadManifest(r.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := refuseForeign(r.dir); err != nil {
			return err
		}
		fresh := r.want.clone()
		m = &fresh
		if err := r.replaceManifest(m); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		if err := sameRun(m, &r.want); err != nil {
			return fmt.Errorf("shard: %s: %w", r.dir, err)
		}
	}
	if err := r.checkDone(m, resume); err != nil {
		return err
	}
	for _, dir := range []string{r.dir, filepath.Join(r.dir, failuresDir)} {
		if err := removeStale(dir); err != nil {
			return err
		}
	}
	r.manifest = *m
	return nil
}

// refuseForeign says whether a directory without a manifest holds part files.
func refuseForeign(dir string) error {
	for _, d := range []string{dir, filepath.Join(dir, failuresDir)} {
		entries, err := os.ReadDir(d)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("shard: %w", err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "part-") && strings.HasSuffix(e.Name(), ".arrow") {
				return fmt.Errorf("shard: %s: %w", filepath.Join(d, e.Name()), ErrForeignFiles)
			}
		}
	}
	return nil
}

// checkDone looks at the finished shards of this task, and forgets those whose files are not as listed.
func (r *Run) checkDone(m *Manifest, resume bool) error {
	mine := make(map[int]bool, len(r.task))
	for _, s := range r.task {
		mine[s.Index] = true
	}
	var done []int
	var lost []int
	for _, e := range m.Entries {
		if !mine[e.Index] {
			continue
		}
		done = append(done, e.Index)
		if !hasSize(r.dir, e.File, e.Bytes) || !hasSize(r.dir, e.FailuresFile, e.FailuresBytes) {
			lost = append(lost, e.Index)
		}
	}
	if !resume && len(done) > 0 {
		return fmt.Errorf("shard: %s: %w (%d of %d): resume, or choose another directory", r.dir, ErrExists, len(done), len(r.task))
	}
	if len(lost) == 0 {
		return nil
	}
	m.Entries = slices.DeleteFunc(m.Entries, func(e Entry) bool { return slices.Contains(lost, e.Index) })
	return r.replaceManifest(m)
}

// hasSize reports whether the named file is there with that size. No name, no file to look for.
func hasSize(dir, name string, size int64) bool {
	if name == "" {
		return true
	}
	st, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil && st.Mode().IsRegular() && st.Size() == size
}

// replaceManifest runs under the lock.
func (r *Run) replaceManifest(m *Manifest) error {
	t, err := m.stage(r.dir)
	defer t.abort()
	if err != nil {
		return err
	}
	if err := t.rename(); err != nil {
		return err
	}
	return syncDir(r.dir)
}

// Pending returns the shards of this task that are not finished, in order. Shards that another run finished meanwhile are
// known after the next Commit or Finish of this one.
func (r *Run) Pending() []Range {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Range
	for _, s := range r.task {
		if _, done := r.manifest.Entry(s.Index); !done {
			out = append(out, s)
		}
	}
	return out
}

// Manifest returns the manifest as of the last Open, Commit or Finish of this run. The caller owns it.
func (r *Run) Manifest() Manifest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.manifest.clone()
}

// Plan returns the plan of the run.
func (r *Run) Plan() *Plan { return r.plan }

// Close gives up the writers that are still open and frees the run's resources. Finished shards stay. It may be called more
// than once.
func (r *Run) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	open := slices.Collect(maps.Keys(r.writers))
	r.mu.Unlock()
	for _, w := range open {
		w.Abort()
	}
	if err := r.lock.close(); err != nil {
		return fmt.Errorf("shard: %w", err)
	}
	return nil
}
