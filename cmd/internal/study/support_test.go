package study

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vidcsl/decode/synth"
	"vidcsl/pipeline/config"
	"vidcsl/robust/corrupt/reencode"
)

// The data of the tests are made once.
var (
	scratch string
	data    = sync.OnceValue(func() error { return render(scratch) })
)

func TestMain(m *testing.M) {
	reencode.Register()
	var err error
	if scratch, err = os.MkdirTemp("", "study"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

func render(dir string) error {
	for seed, part := range []string{"train", "val", "test"} {
		o := synth.DefaultOptions()
		o.Classes, o.VideosPerClass, o.Seconds, o.Size, o.Seed, o.Difficulty = 3, 4, 0.5, 32, uint64(seed), synth.Easy
		if _, err := synth.Render(context.Background(), filepath.Join(dir, part), o, nil); err != nil {
			return err
		}
	}
	return nil
}

const tiny = `base:
  encoder: {arch: tiny3d, width: 0.25, stem: small}
  head: {dim: 16}
  queue: 16
  batch: 5
  schedule: {epochs: 0, steps: 6}
  checkpoint: {every: 2}
  data: {frames: 4, stride: 2, size: 32, augment: [horizontal_flip]}
  knn: {k: 3}
seeds: [3, 4]
ways:
  - {name: supervised, role: supervised, train: {objective: supervised, head: {kind: none}}, seeds: [3]}
  - {name: csl, role: baseline, train: {}}
  - name: topk
    train: {removal: {detector: topk, warmup: 0.2, ramp: 0}}
    grid:
      - removal: {topk: 1}
      - {removal: {topk: 4}, optimizer: {lr: 0.1}}
select: {probe: knn, seeds: [4]}
test: {suite: all, head: linear, corruptions: [brightness], severities: [3], attacks: [fgsm], epsilons: [2/255], clips: 6}
matched: {steps: [2, 4, 6], within: 0.5}
`

// parse reads a configuration, tiny with changes of pairs of old and new text.
func parse(t *testing.T, changes ...string) (Config, error) {
	t.Helper()
	text := tiny
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("%q is not in\n%s", changes[i], text)
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	c := Default()
	return c, config.Overlay("study.yaml", []byte(text), &c)
}

// study is one of the tiny configuration with changes. It lies in out.
func study(t *testing.T, out string, changes ...string) *Study {
	t.Helper()
	if err := data(); err != nil {
		t.Fatal(err)
	}
	c, err := parse(t, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return &Study{
		Config: c, File: "study.yaml", Data: scratch, Output: out, Threads: 1, Workers: 2, Version: "test", Log: slog.New(slog.DiscardHandler),
		patience: time.Millisecond,
	}
}

// files returns the files of a folder by name, without those that say when something was, or that only lock.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".lock") {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		all[strings.TrimPrefix(path, dir+"/")] = fmt.Sprint(st.ModTime().UnixNano(), st.Size())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
