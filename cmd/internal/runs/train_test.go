package runs

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"vidcsl/decode/synth"
	"vidcsl/model/train"
)

// tiny is a training of 6 steps that take a moment.
func tiny(t *testing.T) *Training {
	t.Helper()
	dir := t.TempDir()
	o := synth.DefaultOptions()
	o.Classes, o.VideosPerClass, o.Seconds, o.Size = 2, 4, 1, 48
	if _, err := synth.Render(t.Context(), filepath.Join(dir, "videos"), o, nil); err != nil {
		t.Fatal(err)
	}
	c := Default()
	c.Encoder.Arch, c.Encoder.Width, c.Encoder.Stem, c.Head.Dim, c.Queue, c.Batch = "tiny3d", 0.25, "small", 16, 8, 4
	c.Schedule.Epochs, c.Schedule.Steps, c.Checkpoint.Every, c.KNN.Every, c.KNN.K = 0, 6, 2, 3, 3
	c.Data.Views, c.Data.Frames, c.Data.Size = 2, 4, 32
	return &Training{Config: c, Data: filepath.Join(dir, "videos"), Val: filepath.Join(dir, "videos"), Output: filepath.Join(dir, "run"), Threads: 1, Log: slog.New(slog.DiscardHandler)}
}

// Where nothing is said of views, a sample has as many as the objective uses, and the record says so.
func TestViewsOfObjective(t *testing.T) {
	for objective, want := range map[string]int{"moco": 2, "supervised": 1} {
		j := tiny(t)
		j.Config.Objective, j.Config.Data.Views, j.Config.Schedule.Steps, j.Val = objective, 0, 1, ""
		if _, err := j.Run(t.Context()); err != nil {
			t.Fatalf("%s: %v", objective, err)
		}
		if r, err := ReadRecord(j.Output); err != nil || r.Config.Data.Views != want {
			t.Errorf("%s: %+v, %v, want %d views", objective, r, err, want)
		}
	}
}

// An interrupt while the held-out clips are tested leaves out the test and nothing else.
func TestInterruptedTest(t *testing.T) {
	j := tiny(t)
	ctx, cancel := context.WithCancel(t.Context())
	data, err := j.open(ctx, j.Data, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	n, err := j.neighbors(ctx, data, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	tr, err := j.trainer(ctx, data, n, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	r := &train.Record{Step: 3, Steps: 6}
	if err := j.observe(ctx, n, tr, r); err != nil || len(r.Metrics) != 1 || n.last == nil {
		t.Errorf("metrics %v, %v", r.Metrics, err)
	}
	r.Metrics = nil
	cancel()
	if err := j.observe(ctx, n, tr, r); err != nil || len(r.Metrics) != 0 || n.last != nil {
		t.Errorf("after an interrupt: metrics %v, %v", r.Metrics, err)
	}
}

// A run that was interrupted in its last test makes that when it goes on, and no step.
func TestLastTestIsMadeUp(t *testing.T) {
	j := tiny(t)
	ctx, cancel := context.WithCancel(t.Context())
	j.Show = func(p train.Progress, _ *train.Record) {
		if p.Step == 5 {
			cancel()
		}
	}
	if _, err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	record, err := ReadRecord(j.Output)
	if err != nil || record.Result != nil {
		t.Fatalf("%+v, %v", record, err)
	}
	j.Val, j.Resume, j.Show = "", true, nil
	if _, err := j.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if record, err = ReadRecord(j.Output); err != nil { // as if the test was to come yet
		t.Fatal(err)
	}
	record.Result = nil
	if err := record.write(j.Output); err != nil {
		t.Fatal(err)
	}
	j.Val = j.Data
	j.Show = func(p train.Progress, _ *train.Record) { t.Errorf("step %d is made again", p.Step) }
	r, err := j.Run(t.Context())
	if err != nil || r.KNN == nil || r.KNN.N != 8 || r.Steps != 6 || len(r.Metrics) == 0 || !(r.ClipsPerS > 0) {
		t.Errorf("%+v, %v", r, err)
	}
}

// A run goes on with the threads that it was begun with, unless others are asked for.
func TestThreadsAreKept(t *testing.T) {
	j := tiny(t)
	j.Threads = 3
	r, err := j.record()
	if err != nil || os.MkdirAll(j.Output, 0o777) != nil || r.write(j.Output) != nil {
		t.Fatal(err)
	}
	j.Resume = true
	for asked, want := range map[int]int{0: 3, 2: 2, 3: 3} {
		j.Threads = asked
		if r, err = j.record(); err != nil || r.Threads != want {
			t.Errorf("--threads %d: %+v, %v, want %d threads", asked, r, err, want)
		}
	}
}

// What changes no step may change.
func TestDifferences(t *testing.T) {
	a := Default()
	b := a
	b.Checkpoint.Every, b.LogEvery, b.KNN.K, b.Data.MaxFailures, b.Encoder.Weights = 7, 7, 7, 0.5, "weights"
	if d, err := differences(a, b); d != "" || err != nil {
		t.Error(d, err)
	}
	b.Seed, b.Removal.Clusters = 1<<63+1, []int{4, 8}
	a.Seed = 1 << 63 // the same as a float64
	want := "removal.clusters was [100], is [4,8], seed was 9223372036854775808, is 9223372036854775809"
	if d, err := differences(a, b); d != want || err != nil {
		t.Error(d, err)
	}
}

// Where the file system is full, the last good checkpoint stays, and the run goes on from it.
func TestFullFileSystem(t *testing.T) {
	j := tiny(t)
	if err := os.Mkdir(j.Output, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", j.Output, "tmpfs", 0, "size=640k"); err != nil { // a checkpoint has 185 kB
		t.Skip("no file system to fill:", err)
	}
	defer func() {
		if err := syscall.Unmount(j.Output, 0); err != nil {
			t.Error(err)
		}
	}()
	j.Val, j.Config.Checkpoint.Keep = "", 10
	_, err := j.Run(t.Context())
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v", err)
	}
	t.Log(err)
	if err := syscall.Mount("", j.Output, "", syscall.MS_REMOUNT, "size=10m"); err != nil {
		t.Fatal(err)
	}
	j.Resume = true
	if r, err := j.Run(t.Context()); err != nil || r.Steps != 6 {
		t.Errorf("%+v, %v", r, err)
	}
}
