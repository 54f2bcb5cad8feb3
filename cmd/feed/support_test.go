package feed

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/decode/synth"
	"vidcsl/model"
	"vidcsl/model/op"
)

// The data of the tests is rendered once.
var (
	scratch string // removed at the end
	once    sync.Map
)

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "feed"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// made returns a folder that is filled once for all tests.
func made(t testing.TB, name string, fill func(dir string) error) string {
	t.Helper()
	dir := filepath.Join(scratch, name)
	f, _ := once.LoadOrStore(name, sync.OnceValue(func() error { return fill(dir) }))
	if err := f.(func() error)(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return dir
}

// clean is 11 videos of 24 frames of 48x48 in 4 classes.
func clean(t testing.TB) string {
	return made(t, "clean", func(dir string) error {
		o := synth.DefaultOptions()
		o.Classes, o.VideosPerClass, o.Size, o.Seconds = 4, 3, 48, 24.0/25
		videos, err := synth.Render(context.Background(), dir, o, nil)
		if err != nil {
			return err
		}
		return os.Remove(filepath.Join(dir, videos[4].Path))
	})
}

// hurt is the same with two files among them that cannot be decoded.
func hurt(t testing.TB) string {
	from := clean(t)
	return made(t, "hurt", func(dir string) error {
		if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
			return err
		}
		for _, name := range []string{"disc-up/bad.mp4", "square-up/bad.mp4"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("text"), 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

// run is a run of preprocess over the clean videos: 8 frames of 32x32 each.
func run(t testing.TB, name string, change func(*preprocess.Job)) string {
	from := clean(t)
	return made(t, name, func(dir string) error {
		j := preprocess.Job{Config: preprocess.Default(), Input: from, Output: dir, Workers: 2, Version: "test", Log: slog.New(slog.DiscardHandler)}
		j.Config.Frames, j.Config.Size = 8, 32
		if change != nil {
			change(&j)
		}
		_, err := j.Run(context.Background())
		return err
	})
}

func shardsOf(t testing.TB, how string) string {
	return run(t, "store-"+how, func(j *preprocess.Job) { j.Config.Store = how })
}

// options are for batches of 4 samples of two views of 6 frames of 16x16.
func options() Options {
	o := Options{Config: Default(), Batch: 4, Seed: 3, Workers: 2}
	o.Frames, o.Stride, o.Size, o.MaxFailures = 6, 1, 16, 0.5
	return o
}

func recipe(t testing.TB, name string) augment.Pipeline {
	t.Helper()
	p, err := augment.Recipe(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, path string, o Options) *Dataset {
	t.Helper()
	d, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// seen is what is kept of a batch.
type seen struct {
	Digest string
	Index  string
	Next   model.Cursor
}

func look(b *model.Batch) seen {
	h := sha256.New()
	for _, v := range b.Views {
		fmt.Fprint(h, v.Type)
		h.Write(op.Data[uint8](v))
	}
	fmt.Fprint(h, b.Labels)
	return seen{fmt.Sprintf("%x", h.Sum(nil)[:8]), fmt.Sprint(b.Index), b.Next}
}

// take looks at the next n batches, or at all where n is 0.
func take(t testing.TB, seq iter.Seq2[*model.Batch, error], n int) (all []seen) {
	t.Helper()
	for b, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, look(b)); len(all) == n {
			break
		}
	}
	return all
}

// fails returns how many batches come before the error that they end with; it fails the test after too many batches without one.
func fails(t testing.TB, seq iter.Seq2[*model.Batch, error]) (batches int, err error) {
	t.Helper()
	for _, err := range seq {
		if err != nil {
			return batches, err
		}
		if batches++; batches > 100 {
			t.Fatal("no error in 100 batches")
		}
	}
	return batches, nil
}

// noGoroutineLeft fails t if there are more goroutines at its end than now.
func noGoroutineLeft(t testing.TB) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		t.Helper()
		var n int
		for range 400 {
			if n = runtime.NumGoroutine(); n <= before {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines left:\n%s", n-before, buf[:runtime.Stack(buf, true)])
	})
}
