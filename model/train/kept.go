package train

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// EncoderAt names the file of the encoder as it was after a step that [Checkpoint].Snapshots has, in the folder of a run.
func EncoderAt(run string, step int) string {
	return filepath.Join(run, "snapshots", fmt.Sprintf("step-%06d.safetensors", step))
}

// keepEncoder writes the encoder by itself, where it is asked for after this step. That comes before the step's checkpoint: a run that goes on
// makes all steps after its checkpoint again, and those snapshots with them.
func (t *Trainer) keepEncoder() error {
	if t.dir == "" || !slices.Contains(t.config.Checkpoint.Snapshots, t.step) {
		return nil
	}
	path := EncoderAt(t.dir, t.step)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("train: snapshot of step %d: %w", t.step, err)
	}
	if err := t.SaveEncoder(path); err != nil {
		return fmt.Errorf("train: snapshot of step %d: %w", t.step, err)
	}
	return nil
}

// removeLeft removes what a process that was killed left as it wrote.
func (t *Trainer) removeLeft() error {
	for _, dir := range []string{t.checkpointDir(), filepath.Dir(EncoderAt(t.dir, 0))} {
		left, err := filepath.Glob(filepath.Join(dir, ".step-*.tmp-*"))
		if err != nil {
			return fmt.Errorf("train: %w", err)
		}
		for _, path := range left {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("train: %w", err)
			}
		}
	}
	return nil
}
