package synth

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asticode/go-astiav"
)

// tiny is the smallest set worth looking at: 0.4 s of 32x32.
func tiny(classes, perClass int) Options {
	o := DefaultOptions()
	o.Classes, o.VideosPerClass, o.Seconds, o.Size = classes, perClass, 0.4, 32
	return o
}

// tree reads all files under dir, by relative path.
func tree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(rel)], err = os.ReadFile(p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func render(t *testing.T, o Options) (string, []Video) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	videos, err := Render(context.Background(), dir, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, videos
}

func TestSameBytesAtAnyWorkerCount(t *testing.T) {
	o := tiny(3, 3)
	o.Workers = 1
	dir, _ := render(t, o)
	want := tree(t, dir)
	if len(want) != 10 {
		t.Fatalf("%d files, want 9 videos and labels.csv", len(want))
	}
	for _, workers := range []int{2, 8, 0} {
		o.Workers = workers
		dir, _ := render(t, o)
		for name, got := range tree(t, dir) {
			if !bytes.Equal(got, want[name]) {
				t.Errorf("%d workers: %s differs", workers, name)
			}
		}
	}
	o.Seed++
	dir, _ = render(t, o)
	for name, got := range tree(t, dir) {
		if name != LabelsFile && bytes.Equal(got, want[name]) {
			t.Errorf("%s is the same with another seed", name)
		}
	}
}

func TestSmallerSetIsPartOfLarger(t *testing.T) {
	dir, _ := render(t, tiny(2, 1))
	small := tree(t, dir)
	dir, _ = render(t, tiny(4, 2))
	large := tree(t, dir)
	for name, want := range small {
		if name != LabelsFile && !bytes.Equal(large[name], want) {
			t.Errorf("%s differs in the larger set", name)
		}
	}
}

func TestLayoutAndBalance(t *testing.T) {
	o := tiny(10, 2)
	dir, videos := render(t, o)
	f, err := os.Open(filepath.Join(dir, LabelsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 21 || len(videos) != 20 || rows[0][0] != "path" || rows[0][1] != "label" {
		t.Fatalf("%d rows, %d videos, header %v", len(rows), len(videos), rows[0])
	}
	count := map[string]int{}
	for i, v := range videos {
		if rows[i+1][0] != v.Path || rows[i+1][1] != v.Class || Classes()[v.Label] != v.Class || filepath.Dir(v.Path) != v.Class {
			t.Errorf("row %v does not match %+v", rows[i+1], v)
		}
		if _, err := os.Stat(filepath.Join(dir, v.Path)); err != nil {
			t.Error(err)
		}
		count[v.Class]++
	}
	for c, n := range count {
		if n != o.VideosPerClass {
			t.Errorf("%d videos of %s, want %d", n, c, o.VideosPerClass)
		}
	}
	if n := len(tree(t, dir)); n != 21 {
		t.Errorf("%d files, want 21: something temporary is left", n)
	}
}

func TestBadOptions(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Options)
	}{
		{"option Classes is 0: want 1 to 40", func(o *Options) { o.Classes = 0 }},
		{"option Classes is 41: want 1 to 40", func(o *Options) { o.Classes = 41 }},
		{"option VideosPerClass is -1: want 1 to 100000", func(o *Options) { o.VideosPerClass = -1 }},
		{"option Seconds is 0: want more than 0, at most 3600", func(o *Options) { o.Seconds = 0 }},
		{"option Seconds is NaN: want", func(o *Options) { o.Seconds = math.NaN() }},
		{"option Seconds is +Inf: want", func(o *Options) { o.Seconds = math.Inf(1) }},
		{"option Seconds is 0.01: want at least one frame, 0.04 at 25 frames/s", func(o *Options) { o.Seconds = 0.01 }},
		{"option Size is 33: want an even number from 32 to 1024", func(o *Options) { o.Size = 33 }},
		{"option Size is 30: want 32 to 1024", func(o *Options) { o.Size = 30 }},
		{"option FPS is -5: want 1 to 240", func(o *Options) { o.FPS = -5 }},
		{"option GOP is 601: want 1 to 600", func(o *Options) { o.GOP = 601 }},
		{"option Workers is -1: want 0 to 1024", func(o *Options) { o.Workers = -1 }},
	} {
		o := DefaultOptions()
		c.change(&o)
		dir := filepath.Join(t.TempDir(), "set")
		_, err := Render(context.Background(), dir, o, nil)
		var bad *OptionError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%q: the directory was made", c.want)
		}
	}
	if err := (Options{Classes: 1, VideosPerClass: 1, Seconds: 1, Size: 32}).Check(); err != nil {
		t.Errorf("zero FPS, GOP and Workers: %v", err)
	}
}

func TestRefusesWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "mine.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Render(context.Background(), dir, tiny(1, 1), nil)
	if !errors.Is(err, ErrNotEmpty) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "mine.txt") {
		t.Errorf("got %v", err)
	}
	if len(tree(t, dir)) != 1 {
		t.Error("the directory was touched")
	}
	if _, err := Render(context.Background(), mine, tiny(1, 1), nil); err == nil || !strings.Contains(err.Error(), mine) {
		t.Errorf("a file as directory: got %v", err)
	}
}

func TestOddPathNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "http:", "a b%d 'ü' #?")
	if _, err := Render(context.Background(), dir, tiny(1, 1), nil); err != nil {
		t.Fatal(err)
	}
	if n := len(tree(t, dir)); n != 2 {
		t.Errorf("%d files, want 2", n)
	}
}

func TestCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	cause := errors.New("enough")
	o := DefaultOptions()
	o.Size, o.Seconds = 512, 60
	for _, existed := range []bool{false, true} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "set")
		if existed {
			dir = parent
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		var at time.Time
		time.AfterFunc(300*time.Millisecond, func() { at = time.Now(); cancel(cause) })
		_, err := Render(ctx, dir, o, nil)
		if took := time.Since(at); !errors.Is(err, cause) || took > 10*time.Second { // the promise is 1 s; the machine may be busy
			t.Errorf("got %v after %v", err, took)
		}
		if left, err := os.ReadDir(parent); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Render(ctx, t.TempDir(), o, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: got %v", err)
	}
	checkGoroutines(t, before)
}

func TestFailureTakesBack(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	o := tiny(3, 2)
	o.Workers = 1
	broken := filepath.Join(dir, Classes()[1])
	_, err := Render(context.Background(), dir, o, func(done, _ int) {
		if done == 2 { // the first class is complete, the second not begun
			if err := os.Remove(broken); err != nil {
				t.Error(err)
			}
		}
	})
	var avErr astiav.Error
	if !errors.As(err, &avErr) || !strings.Contains(err.Error(), filepath.Join(broken, "video-000.mp4")) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	checkGoroutines(t, before)
}

func TestProgress(t *testing.T) {
	last := 0
	_, err := Render(context.Background(), t.TempDir(), tiny(2, 3), func(done, total int) {
		if done != last+1 || total != 6 {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil || last != 6 {
		t.Errorf("last progress %d, error %v", last, err)
	}
}

func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, were %d", runtime.NumGoroutine(), before)
}
