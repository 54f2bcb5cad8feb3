package train_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"vidcsl/model/safetensors"
	"vidcsl/model/train"
)

// content returns the tensors of a checkpoint.
func content(t *testing.T, dir string, step int) map[string]any {
	t.Helper()
	f, err := safetensors.Open(checkpoint(dir, step))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string]any{}
	for _, info := range f.Tensors() {
		v, err := f.Read(info.Name)
		if err != nil {
			t.Fatal(err)
		}
		all[info.Name] = v.Data
	}
	return all
}

func checkpoint(dir string, step int) string {
	return filepath.Join(dir, "checkpoints", fmt.Sprintf("step-%06d.safetensors", step))
}

// losses returns the step and all metrics of each line, without times.
func losses(t *testing.T, dir string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		before, _, _ := strings.Cut(line, `,"seconds"`)
		lines = append(lines, before)
	}
	return lines
}

// stopAt cancels a run after a step.
type stopAt struct {
	step   int
	cancel context.CancelFunc
}

// Observe implements [train.Observer].
func (s stopAt) Observe(r *train.Record) error {
	if r.Step == s.step {
		s.cancel()
	}
	return nil
}

// until trains until a step, or to the end.
func until(t *testing.T, d *bars, c train.Config, dir string, resume bool, step int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tr := start(t, d, c, train.Dir(dir), train.Observe(stopAt{step, cancel}))
	if resume {
		if err := tr.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	err := tr.Run(ctx)
	if want := step < c.Schedule.Steps; errors.Is(err, context.Canceled) != want || !want && err != nil {
		t.Fatalf("stopped at step %d with %v", tr.Step(), err)
	}
	if tr.Step() != step {
		t.Fatalf("at step %d, want %d", tr.Step(), step)
	}
}

// A run that was stopped at any steps and gone on with in new trainers is the run that never stopped, bit for bit: its state and its
// metrics.
func TestResumeIsBitForBit(t *testing.T) {
	for name, change := range map[string]func(*train.Config){
		"sgd":   func(c *train.Config) { c.Optimizer.Nesterov, c.Parts = true, 2 },
		"lars":  func(c *train.Config) { c.Optimizer.Kind, c.Optimizer.LR = "lars", 1 },
		"adamw": func(c *train.Config) { c.Optimizer.Kind, c.Optimizer.LR, c.Optimizer.ClipNorm = "adamw", 1e-3, 1 },
		"moco": func(c *train.Config) {
			contrastive(c, "moco")
			c.Parts, c.Encoder.BNGroups, c.Removal.Detector, c.Removal.Warmup = 2, 2, "quantile", 0.1
		},
		"samples": func(c *train.Config) {
			contrastive(c, "supcon")
			c.Bank = "samples"
		},
		"simclr": func(c *train.Config) { contrastive(c, "simclr") },
		"cluster": func(c *train.Config) {
			contrastive(c, "moco")
			c.Removal.Detector, c.Removal.Clusters, c.Removal.Warmup, c.Removal.Refresh = "cluster", []int{4}, 0.3, 3
		},
		"neighbors": func(c *train.Config) {
			contrastive(c, "moco")
			c.Removal.Detector, c.Removal.Warmup, c.Removal.Refresh = "neighbors", 0.3, 5
		},
		"rocl": func(c *train.Config) {
			contrastive(c, "moco")
			c.Adversarial.Kind, c.Adversarial.Steps, c.Parts = "rocl", 2, 2
		},
		"acl": func(c *train.Config) {
			contrastive(c, "simclr")
			c.Adversarial.Kind, c.Adversarial.Steps = "acl", 2
		},
		"advcl": func(c *train.Config) {
			contrastive(c, "moco")
			c.Adversarial.Kind, c.Adversarial.Steps, c.Adversarial.Clusters, c.Adversarial.From = "advcl", 1, 4, 0.5
			c.Removal.Detector, c.Removal.Warmup, c.Removal.Refresh = "neighbors", 0.3, 5
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, c := newBars(72, 16, 2), tiny() // 4 batches in an epoch
			c.Checkpoint.Every = 0
			change(&c)
			whole, parts := t.TempDir(), t.TempDir()
			until(t, d, c, whole, false, 20)
			rng, step := rand.New(rand.NewPCG(1, 1)), 0
			for first := true; step < 20; first = false {
				step = min(20, step+1+rng.IntN(9))
				until(t, d, c, parts, !first, step)
			}
			want, got := content(t, whole, 20), content(t, parts, 20)
			for name := range want {
				if !reflect.DeepEqual(want[name], got[name]) {
					t.Errorf("%s differs", name)
				}
			}
			if want, got := losses(t, whole), losses(t, parts); !reflect.DeepEqual(want, got) || len(want) != 20 {
				t.Errorf("metrics are\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// The newest checkpoints stay; a damaged one is passed over, and the run that goes on from the one before ends as it would have.
func TestDamagedCheckpoints(t *testing.T) {
	d, c, dir, whole := newBars(64, 16, 1), tiny(), t.TempDir(), t.TempDir()
	c.Checkpoint = train.Checkpoint{Every: 4, Keep: 3}
	until(t, d, c, whole, false, 20)
	until(t, d, c, dir, false, 13)
	list, err := os.ReadDir(filepath.Join(dir, "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || list[0].Name() != "step-000008.safetensors" || list[2].Name() != "step-000013.safetensors" {
		t.Fatalf("the folder holds %v", list)
	}
	damage(t, checkpoint(dir, 13), -5)
	if err := os.Truncate(checkpoint(dir, 12), 1000); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "checkpoints", ".step-000016.safetensors.tmp-A") // as a process that was killed leaves it
	if err := os.WriteFile(half, []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	until(t, d, c, dir, true, 20)
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a checkpoint is still there: %v", err)
	}
	if !reflect.DeepEqual(content(t, whole, 20), content(t, dir, 20)) {
		t.Error("the run ended otherwise")
	}
	if got := losses(t, dir); !reflect.DeepEqual(got, losses(t, whole)) {
		t.Errorf("metrics are %s", got)
	}
}

// damage changes one byte, counted from the end if at is negative.
func damage(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[(at+len(b))%len(b)] ^= 0x40
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

// A checkpoint that cannot be written is an error that names it; the one before stays, and the run goes on from it.
func TestFullDisk(t *testing.T) {
	d, c, dir := newBars(64, 16, 1), tiny(), t.TempDir()
	c.Checkpoint.Every = 4
	until(t, d, c, dir, false, 6)
	before := content(t, dir, 6)
	tr := start(t, d, c, train.Dir(dir))
	if err := tr.Resume(); err != nil {
		t.Fatal(err)
	}
	tr.FailWrites(syscall.ENOSPC)
	if err := tr.Run(t.Context()); !errors.Is(err, syscall.ENOSPC) || err.Error() != "train: checkpoint of step 8: no space left on device" {
		t.Errorf("got %v", err)
	}
	if !reflect.DeepEqual(content(t, dir, 6), before) {
		t.Error("the last good checkpoint changed")
	}
	until(t, d, c, dir, true, 20)
}

// The same on a file system that is full.
func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("no file system to fill:", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	d, c := newBars(64, 16, 1), tiny() // of which a checkpoint is 600 kB
	c.Checkpoint.Every, c.Encoder.Width = 4, 0.5
	err := start(t, d, c, train.Dir(dir)).Run(t.Context())
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), checkpoint(dir, 8)) {
		t.Fatalf("got %v", err)
	}
	if len(content(t, dir, 4)) == 0 {
		t.Error("the checkpoint before is empty")
	}
}

func TestResumeRefuses(t *testing.T) {
	d, c, dir := newBars(64, 16, 1), tiny(), t.TempDir()
	if err := start(t, d, c, train.Dir(dir)).Resume(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without checkpoints: %v", err)
	}
	until(t, d, c, dir, false, 3)
	if err := start(t, d, c, train.Dir(dir)).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "holds a run of 3 steps: resume it, or choose another folder") {
		t.Errorf("a new run in the same folder: %v", err)
	}
	other := newBars(64, 16, 1)
	other.info.Keys[5] = "another"
	relabelled := newBars(64, 16, 1)
	relabelled.info.Labels[5] = 3 - relabelled.info.Labels[5]
	for want, change := range map[string]func(c *train.Config) *bars{
		"step-000003.safetensors is of another configuration: encoder.width was 0.25, is 0.5, optimizer.lr was 0.05, is 0.1": func(c *train.Config) *bars {
			c.Encoder.Width, c.Optimizer.LR = 0.5, 0.1
			return d
		},
		"is of another data set: 64 samples, here are 65":   func(*train.Config) *bars { return newBars(65, 16, 1) },
		"is of another data set: samples of other keys":     func(*train.Config) *bars { return other },
		"is of another data set: other labels":              func(*train.Config) *bars { return relabelled },
		"is of another data set: batches of 16 x 1 views [": func(*train.Config) *bars { return newBars(64, 16, 2) },
	} {
		changed := c
		data := change(&changed)
		if err := start(t, data, changed, train.Dir(dir)).Resume(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	c.LogEvery, c.Checkpoint.Keep = 7, 2 // these may change
	if err := start(t, d, c, train.Dir(dir)).Resume(); err != nil {
		t.Error(err)
	}
	damage(t, checkpoint(dir, 3), -5)
	if err := start(t, d, c, train.Dir(dir)).Resume(); err == nil || !strings.Contains(err.Error(), "step-000003.safetensors: tensor ") || !strings.Contains(err.Error(), "is damaged: SHA-256") {
		t.Errorf("damaged: %v", err)
	}
}
