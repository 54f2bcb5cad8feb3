package feed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/store"
	"vidcsl/model"
	"vidcsl/pipeline/config"
	"vidcsl/pipeline/shard"
)

// Each clip that is left out is reported once, with what is wrong with it.
func TestFailuresAreReported(t *testing.T) {
	o := options()
	var lost []Failure
	o.OnFailure = func(f Failure) { lost = append(lost, f) }
	d := open(t, hurt(t), o)
	if all := take(t, d.Clips(t.Context(), 1), 0); len(all) != 3 {
		t.Errorf("%d batches", len(all))
	}
	if len(lost) != 2 || lost[0].Key != "disc-up/bad.mp4#0" || lost[1].Key != "square-up/bad.mp4#0" {
		t.Fatalf("failures %+v", lost)
	}
	var de *decode.Error
	if f := lost[0]; f.Stage != "probe" || f.Epoch != 0 || !errors.As(f.Err, &de) || de.Reason != decode.Invalid {
		t.Errorf("failure %+v", f)
	}
}

// What fails is made up for by the next clips of the order, those left over at the end of the epoch too: the batches are those of
// an order without the clips that fail.
func TestFailuresAreMadeUpFor(t *testing.T) {
	for _, size := range []int{1, 2, 3, 4, 5, 6, 11} {
		o := options()
		o.Batch = size
		d := open(t, hurt(t), o)
		var want []string
		for e := 0; len(want) < 12; e++ {
			at := order{data: d.data, seed: o.Seed}.epoch(e)
			var good []int32
			for i := range 13 {
				if row, _ := at(i); !strings.Contains(d.Info().Keys[row], "bad") {
					good = append(good, int32(row))
				}
			}
			for b := range slices.Chunk(good, size) {
				if len(b) == size {
					want = append(want, fmt.Sprint(b))
				}
			}
		}
		for k, b := range take(t, d.Batches(t.Context(), model.Cursor{}), 12) {
			if b.Index != want[k] {
				t.Errorf("batches of %d: number %d has %s, want %s", size, k, b.Index, want[k])
			}
		}
	}
}

func TestTooManyFailures(t *testing.T) {
	o := options()
	o.MaxFailures = 0.05 // of 13: one
	d := open(t, hurt(t), o)
	for name, seq := range map[string]func() (int, error){
		"batches": func() (int, error) { return fails(t, d.Batches(t.Context(), model.Cursor{})) },
		"clips":   func() (int, error) { return fails(t, d.Clips(t.Context(), 1)) },
	} {
		_, err := seq()
		var lost *LostError
		if !errors.As(err, &lost) || lost.Lost != 2 || lost.Clips != 13 || lost.Epoch != 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, part := range []string{"2 of 13 clips of epoch 0 failed: more than 1", "0.05", "bad.mp4#0, stage probe:"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not say %q", name, err, part)
			}
		}
	}
	o.MaxFailures = 0.5
	o.Batch = 12
	if n, err := fails(t, open(t, hurt(t), o).Batches(t.Context(), model.Cursor{})); n > 0 || err == nil || !strings.Contains(err.Error(), "do not fill a batch of 12") {
		t.Errorf("%d batches of 12 of 11 clips, and then %v", n, err)
	}
}

// Where everything fails, that is the error, and soon.
func TestAllFail(t *testing.T) {
	noGoroutineLeft(t)
	dir := made(t, "nonsense", func(dir string) error {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		for _, n := range []string{"a", "b", "c", "d", "e"} {
			if err := os.WriteFile(filepath.Join(dir, n+".mp4"), []byte("text"), 0o644); err != nil {
				return err
			}
		}
		return nil
	})
	o := options()
	o.MaxFailures = 1
	d := open(t, dir, o)
	for _, seq := range []func() (int, error){
		func() (int, error) { return fails(t, d.Batches(t.Context(), model.Cursor{})) },
		func() (int, error) { return fails(t, d.Clips(t.Context(), 1)) },
	} {
		n, err := seq()
		var lost *LostError
		if n > 0 || !errors.As(err, &lost) || !strings.Contains(err.Error(), "every one that was tried") {
			t.Errorf("%d batches, and then %v", n, err)
		}
	}
}

// A row of a shard that cannot be decoded is left out and named; the others come.
func TestDamagedRow(t *testing.T) {
	path := run(t, "damaged-row", func(j *preprocess.Job) { j.Config.Store = "h264" })
	key := spoil(t, path)
	o := options()
	var lost []Failure
	o.OnFailure = func(f Failure) { lost = append(lost, f) }
	d := open(t, path, o)
	n := 0
	for b, err := range d.Clips(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		n += len(b.Index)
	}
	var re *store.RowError
	if n != 10 || len(lost) != 1 || lost[0].Stage != "read" || !errors.As(lost[0].Err, &re) || re.Key != key {
		t.Errorf("%d clips, failures %+v; want 10, and %s", n, lost, key)
	}
}

// A shard that loses its end while it is open: what is gone is left out, and named with the file.
func TestShardCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(path, os.DirFS(shardsOf(t, "raw"))); err != nil {
		t.Fatal(err)
	}
	o := options()
	o.MaxFailures = 1
	var lost []Failure
	o.OnFailure = func(f Failure) { lost = append(lost, f) }
	d := open(t, path, o)
	file := d.data.(*shards).files[0].path
	if err := os.Truncate(file, 600); err != nil {
		t.Fatal(err)
	}
	n := 0
	for b, err := range d.Clips(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		n += len(b.Index)
	}
	if len(lost) == 0 || n+len(lost) != 11 || !errors.Is(lost[0].Err, shard.ErrDamaged) || !strings.Contains(lost[0].Err.Error(), file) {
		t.Errorf("%d clips, failures %+v", n, lost)
	}
}

// spoil overwrites the pixels of the first row of a run in place and returns its key.
func spoil(t *testing.T, run string) string {
	t.Helper()
	m, err := shard.ReadManifest(run)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(run, m.Entries[0].File)
	r, err := shard.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	a, err := r.Access()
	if err != nil {
		t.Fatal(err)
	}
	rec, err := a.Columns(0, "key", "view_0")
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	coded := rec.Column(1).(*store.ClipArray).Files(0)[0]
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(b), string(coded))
	for i := range coded {
		b[at+i] = 'x'
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return rec.Column(0).(*array.String).Value(0)
}

func TestOpenErrors(t *testing.T) {
	empty, text, odd := t.TempDir(), t.TempDir(), t.TempDir()
	put := func(dir, name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put(text, "notes.txt", "notes")
	put(odd, "manifest.json", `{"name": "an app"}`)
	half := run(t, "half", func(j *preprocess.Job) { j.Task, j.Tasks = 0, 2 })
	lost := made(t, "lost", func(dir string) error {
		in := filepath.Join(scratch, "lost-videos")
		if err := os.Mkdir(in, 0o755); err != nil {
			return err
		}
		put(in, "a.mp4", "text")
		j := preprocess.Job{Config: preprocess.Default(), Input: in, Output: dir, Version: "test", Log: options().filled().Log}
		_, err := j.Run(t.Context())
		return err
	})
	short := made(t, "short", func(dir string) error {
		if err := os.CopyFS(dir, os.DirFS(shardsOf(t, "raw"))); err != nil {
			return err
		}
		return os.Truncate(filepath.Join(dir, shard.PartName(0, parts(t, dir))), 1000)
	})
	native := run(t, "native", func(j *preprocess.Job) { j.Config.Size, j.Config.Views = 0, 2 })
	crop, err := augment.NewPipeline(named(t, "center_crop", 40)) // of clips of 32 pixels
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path   string
		change func(*Options)
		says   []string
	}{
		"empty folder":     {empty, nil, []string{empty, "neither a run of preprocess", "nor videos"}},
		"no videos":        {text, nil, []string{text, "neither a run of preprocess", "1 other file"}},
		"no such folder":   {filepath.Join(empty, "gone"), nil, []string{"gone", "no such file"}},
		"another manifest": {odd, nil, []string{"manifest"}},
		"unfinished run":   {half, nil, []string{half, "shards are there", "--resume"}},
		"all failed":       {lost, nil, []string{lost, "no rows", "all 1 clips failed"}},
		"truncated shard":  {short, nil, []string{"part-00000", "damaged file", "1000 bytes, the manifest says"}},
		"too few frames":   {shardsOf(t, "raw"), func(o *Options) { o.Stride = 2 }, []string{shardsOf(t, "raw"), "8 frames", "6 at stride 2 need 11"}},
		"too few views":    {native, func(o *Options) { o.Views = 3 }, []string{"2 views of each clip are stored, want 3"}},
		"too small":        {shardsOf(t, "raw"), func(o *Options) { o.Size, o.Augment = 40, crop }, []string{"32x32 pixels", "smaller than the square of 40"}},
		"no batch":         {clean(t), func(o *Options) { o.Batch = 0 }, []string{"batches of 0 samples"}},
		"bad sampler":      {clean(t), func(o *Options) { o.Sampler = "best" }, []string{`sampler is "best", want random, regular or uniform`}},
		"bad share":        {clean(t), func(o *Options) { o.MaxFailures = 2 }, []string{"max_failures is 2, want 0 to 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			if c.change != nil {
				c.change(&o)
			}
			d, err := Open(t.Context(), c.path, o)
			if err == nil {
				d.Close()
				t.Fatal("no error")
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func parts(t *testing.T, dir string) int {
	t.Helper()
	m, err := shard.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m.Shards
}

// named returns a transform that only takes a size.
func named(t *testing.T, name string, size int) augment.Transform {
	t.Helper()
	tr, err := augment.Default().New(name, map[string]any{"size": size})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestBatchErrors(t *testing.T) {
	o := options()
	o.Batch = 12
	d := open(t, clean(t), o)
	if n, err := fails(t, d.Batches(t.Context(), model.Cursor{})); n > 0 || err == nil || !strings.Contains(err.Error(), "batches of 12 samples, but an epoch has only 11") {
		t.Errorf("%v", err)
	}
	for _, at := range []model.Cursor{{Item: 12}, {Epoch: -1}, {Item: -1}} {
		if n, err := fails(t, d.Batches(t.Context(), at)); n > 0 || err == nil || !strings.Contains(err.Error(), "an epoch has 11 items") {
			t.Errorf("%+v: %v", at, err)
		}
	}
	if _, err := fails(t, d.Clips(t.Context(), 0)); err == nil {
		t.Error("0 clips of each video are accepted")
	}
	if all := take(t, d.Clips(t.Context(), 1), 0); len(all) != 1 {
		t.Errorf("evaluation gives %d batches, want one that is shorter", len(all))
	}
}

// What the configuration leaves open is taken from the data.
func TestDefaults(t *testing.T) {
	o := Options{Config: Default(), Batch: 2}
	if s := open(t, clean(t), o).Info().Shape; s != [4]int{16, 112, 112, 3} {
		t.Errorf("from videos %v", s)
	}
	if s := open(t, shardsOf(t, "raw"), o).Info().Shape; s != [4]int{8, 32, 32, 3} {
		t.Errorf("from shards %v", s)
	}
	unlabelled := made(t, "unlabelled", func(dir string) error {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		all, err := clip.List(clean(t))
		if err != nil {
			return err
		}
		for i, it := range all.Items[:2] {
			b, err := os.ReadFile(it.Path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i))+".mp4"), b, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
	if l := open(t, unlabelled, o).Info(); !slices.Equal(l.Labels, []int32{-1, -1}) || len(l.Classes) != 0 {
		t.Errorf("labels %v of %v", l.Labels, l.Classes)
	}
}

// The configuration is YAML like any other: strict, and the same after it is written and read.
func TestConfigYAML(t *testing.T) {
	c := Default()
	c.Size, c.Augment = 16, recipe(t, "mocov2")
	text, err := config.Marshal(&c)
	if err != nil {
		t.Fatal(err)
	}
	back := Default()
	n, err := config.Parse("data.yaml", text)
	if err == nil {
		err = config.Decode(n, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	if again, err := config.Marshal(&back); err != nil || string(again) != string(text) {
		t.Errorf("%s (%v)\nwant %s", again, err, text)
	}
	n, err = config.Parse("data.yaml", []byte("sampler: best\nmax_failures: 3\n"))
	if err == nil {
		err = config.Decode(n, &back)
	}
	if err == nil || !strings.Contains(err.Error(), "random, regular or uniform") || !strings.Contains(err.Error(), "max_failures is 3") {
		t.Errorf("%v", err)
	}
}
