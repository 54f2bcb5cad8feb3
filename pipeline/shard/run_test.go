package shard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, dir string, p *Plan, opt Options) *Run {
	t.Helper()
	r, err := Open(dir, p, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestRunWritesEverything(t *testing.T) {
	for _, c := range []Compression{Raw, LZ4, Zstd} {
		t.Run(c.String(), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "deep", "out")
			p := testPlan(t, 33)
			fillAll(t, dir, p, Options{Compression: c, Tool: "test 1", Config: map[string]any{"seed": 1}})
			report := wantVerified(t, dir)
			if report.Failures == 0 || report.Rows == 0 || report.Tool != "test 1" {
				t.Errorf("%+v", report)
			}
			m, err := ReadManifest(dir)
			if err != nil {
				t.Fatal(err)
			}
			e, ok := m.Entry(1) // the shard with nothing but failures
			if !ok || e.File != "" || e.Rows != 0 || e.Failures != 5 || e.Group != "train" {
				t.Errorf("entry 1: %+v", e)
			}
			failures, err := ReadFailures(filepath.Join(dir, failuresName))
			if err != nil || int64(len(failures)) != report.Failures {
				t.Errorf("%d failures, %v", len(failures), err)
			}
			for name := range files(t, dir) {
				if strings.Contains(name, tempMark) {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}

func TestRunWithoutItems(t *testing.T) {
	dir := t.TempDir()
	p, err := NewPlan(nil, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	fillAll(t, dir, p, Options{})
	wantVerified(t, dir)
	if list, err := ReadFailures(filepath.Join(dir, failuresName)); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestOpenSecondTime(t *testing.T) {
	dir := t.TempDir()
	p := testPlan(t, 33)
	fillAll(t, dir, p, Options{Task: 0, Tasks: 2})
	_, err := Open(dir, p, Options{Task: 0, Tasks: 2})
	wantError(t, err, dir, "resume")
	if !errors.Is(err, ErrExists) {
		t.Errorf("%v is not ErrExists", err)
	}
	open(t, dir, p, Options{Task: 1, Tasks: 2}) // nothing of this task is done
	r := open(t, dir, p, Options{Task: 0, Tasks: 2, Resume: true})
	if got := r.Pending(); len(got) != 0 {
		t.Errorf("pending %v", got)
	}
}

func TestOpenOtherRun(t *testing.T) {
	dir := t.TempDir()
	p := testPlan(t, 33)
	config := map[string]any{"seed": 1, "view": map[string]any{"size": 112, "frames": 16}, "gone": true}
	opt := Options{Config: config, Tool: "test 1", Resume: true}
	fillAll(t, dir, p, opt)
	before := files(t, dir)

	check := func(p *Plan, opt Options, parts ...string) {
		t.Helper()
		_, err := Open(dir, p, opt)
		wantError(t, err, append(parts, dir)...)
		if !errors.Is(err, ErrOtherRun) {
			t.Errorf("%v is not ErrOtherRun", err)
		}
	}
	other := opt
	other.Config = map[string]any{"seed": 2, "view": map[string]any{"size": 112, "frames": 8}, "new": "x"}
	check(p, other, "config.seed: 1 then, 2 now", "config.view.frames: 16 then, 8 now", "config.gone: true then, absent now",
		`config.new: absent then, "x" now`)
	other = opt
	other.Config = nil
	check(p, other, "config.seed: 1 then, absent now")
	other = opt
	other.Tool = "test 2"
	check(p, other, "tool: test 1 then, test 2 now")
	other = opt
	other.Compression = Zstd
	check(p, other, "compression: raw then, zstd now")
	check(testPlan(t, 43), opt, "items: 33 then, 43 now", "shards: 8 then, 10 now")
	items := append([]Item(nil), p.Items...)
	items[0].Key = "another"
	q, err := NewPlan(items, 5, "test")
	if err != nil {
		t.Fatal(err)
	}
	check(q, opt, "the items, their order")
	if len(before) != len(files(t, dir)) {
		t.Error("the directory was changed")
	}
}

func TestOpenDirectory(t *testing.T) {
	p := testPlan(t, 9)
	t.Run("foreign files", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "notes.txt"), "mine")
		open(t, dir, p, Options{}) // allowed
		dir = t.TempDir()
		write(t, filepath.Join(dir, "part-00000-of-00009.arrow"), "not ours")
		_, err := Open(dir, p, Options{Resume: true})
		wantError(t, err, "part-00000-of-00009.arrow", "no manifest")
		if !errors.Is(err, ErrForeignFiles) {
			t.Errorf("%v is not ErrForeignFiles", err)
		}
	})
	t.Run("resume of nothing", func(t *testing.T) {
		r := open(t, t.TempDir(), p, Options{Resume: true})
		if len(r.Pending()) != len(p.Shards) {
			t.Errorf("pending %v", r.Pending())
		}
	})
	t.Run("a file in the way", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "out")
		write(t, path, "")
		_, err := Open(path, p, Options{})
		wantError(t, err, path)
	})
	t.Run("bad task", func(t *testing.T) {
		_, err := Open(t.TempDir(), p, Options{Task: 3, Tasks: 3})
		wantError(t, err, "task 3 of 3")
	})
	t.Run("bad configuration", func(t *testing.T) {
		_, err := Open(t.TempDir(), p, Options{Config: func() {}})
		wantError(t, err, "configuration")
	})
	t.Run("bad compression", func(t *testing.T) {
		_, err := Open(t.TempDir(), p, Options{Compression: 9})
		wantError(t, err, "compression")
	})
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestCorruptManifest(t *testing.T) {
	dir := t.TempDir()
	p := testPlan(t, 9)
	fillAll(t, dir, p, Options{})
	path := filepath.Join(dir, manifestName)
	good := files(t, dir)[manifestName]
	for name, content := range map[string]string{
		"empty":     "",
		"truncated": good[:len(good)/2],
		"not json":  "hello",
		"newer":     strings.Replace(good, `"format": 1`, `"format": 2`, 1),
		"unknown":   strings.Replace(good, `"format": 1`, `"format": 1, "what": 2`, 1),
		"path":      strings.Replace(good, `"file": "part-0`, `"file": "../part-0`, 1),
		"order":     strings.Replace(good, `"index": 0`, `"index": 1`, 1),
		"count":     strings.Replace(good, `"items": 9`, `"items": -9`, 1),
		"sum":       strings.Replace(good, `"rows": 4`, `"rows": 3`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if content == good {
				t.Fatal("the case changes nothing")
			}
			write(t, path, content)
			for _, resume := range []bool{false, true} {
				_, err := Open(dir, p, Options{Resume: resume})
				wantError(t, err, manifestName)
				if !errors.Is(err, ErrManifest) {
					t.Errorf("%v is not ErrManifest", err)
				}
			}
			if _, err := Verify(dir); !errors.Is(err, ErrManifest) {
				t.Errorf("verify: %v", err)
			}
			if got := files(t, dir)[manifestName]; got != content {
				t.Error("the manifest was overwritten")
			}
		})
	}
}
