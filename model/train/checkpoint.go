package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"vidcsl/model"
	"vidcsl/model/nn"
	"vidcsl/model/op"
	"vidcsl/pipeline/config"
)

// checkpointPath is the file of the checkpoint after a step.
func (t *Trainer) checkpointPath(step int) string {
	return filepath.Join(t.checkpointDir(), fmt.Sprintf("step-%06d.safetensors", step))
}

func (t *Trainer) checkpointDir() string { return filepath.Join(t.dir, "checkpoints") }

// checkpoint writes where the run is, and removes what is older than the newest that are to be kept. After an error, the checkpoints
// before are as they were.
func (t *Trainer) checkpoint() error {
	path := t.checkpointPath(t.step)
	s, err := t.snapshot()
	if err == nil {
		err = t.write(path, s)
	}
	t.unwritable = err != nil
	var diverged *DivergedError
	if errors.As(err, &diverged) {
		return err
	}
	if err != nil {
		return fmt.Errorf("train: checkpoint of step %d: %w", t.step, err)
	}
	t.saved = t.step
	list, err := t.checkpoints()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(step int) bool { return step > t.step })
	for _, step := range list[min(t.config.Checkpoint.Keep, len(list)):] {
		if err := os.Remove(t.checkpointPath(step)); err != nil {
			return fmt.Errorf("train: an old checkpoint: %w", err)
		}
	}
	return nil
}

// checkpoints returns the steps of the run's checkpoints, the newest first.
func (t *Trainer) checkpoints() ([]int, error) {
	list, err := os.ReadDir(t.checkpointDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("train: %w", err)
	}
	var steps []int
	for _, e := range list {
		var step int
		if _, err := fmt.Sscanf(e.Name(), "step-%d.safetensors", &step); err == nil && t.checkpointPath(step) == filepath.Join(t.checkpointDir(), e.Name()) {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	slices.Reverse(steps)
	return steps, nil
}

// Resume goes to where the newest sound checkpoint of the run's folder was written, so that [Trainer.Run] goes on from there as if it
// had never ended. Checkpoints that are damaged are named in the log and passed over. The error is an fs.ErrNotExist if there is no
// checkpoint; or it names the file and what of it is damaged, or of another configuration, data set or network.
func (t *Trainer) Resume() error {
	if t.dir == "" {
		return errors.New("train: resume: the run has no folder")
	}
	s, path, err := t.newest(func(path string, cause error) {
		t.log.Warn("a checkpoint is damaged; the one before it is tried", "file", path, "cause", cause)
	})
	if err != nil {
		return err
	}
	if err := t.restore(s, path); err != nil {
		return err
	}
	t.saved = t.step
	return nil
}

// newest reads the newest sound checkpoint in the folder of the run. passed is told of those that are damaged, whose errors are returned if none is
// sound; the error is an fs.ErrNotExist if there is none at all.
func (t *Trainer) newest(passed func(path string, cause error)) (s *snapshot, path string, err error) {
	steps, err := t.checkpoints()
	if err != nil {
		return nil, "", err
	}
	if len(steps) == 0 {
		return nil, "", fmt.Errorf("train: no checkpoint in %s: %w", t.checkpointDir(), fs.ErrNotExist)
	}
	var damaged []error
	for _, step := range steps {
		path := t.checkpointPath(step)
		s, err := readSnapshot(path)
		if err == nil {
			return s, path, nil
		}
		damaged = append(damaged, err)
		passed(path, err)
	}
	return nil, "", errors.Join(damaged...)
}

// restore takes over a snapshot, all or nothing.
func (t *Trainer) restore(s *snapshot, path string) error {
	stored := Default() // what the run knew nothing of was so
	if err := config.Overlay(path, []byte(s.Config), &stored); err != nil {
		return fmt.Errorf("train: %s: %w", path, err)
	}
	if d := differences(stored, t.config); d != "" {
		return fmt.Errorf("train: %s is of another configuration: %s", path, d)
	}
	if d := stateOf(t.info).differs(s.Data); d != "" {
		return fmt.Errorf("train: %s is of another data set: %s", path, d)
	}
	if s.Step < 0 || s.Step > t.total {
		return fmt.Errorf("train: %s is of step %d, want 0 to %d", path, s.Step, t.total)
	}
	values := map[string]op.Tensor{}
	for _, v := range s.tensors {
		values[v.Name] = tensor(v)
	}
	misfit := &nn.MismatchError{Path: path}
	for _, slot := range t.graph.sig.State {
		v, ok := values[slot.Name]
		if want := op.TypeOf(slot.In); !ok {
			misfit.Missing = append(misfit.Missing, slot.Name)
		} else if !v.Equal(want) {
			misfit.Differing = append(misfit.Differing, fmt.Sprintf("%s %v, want %v", slot.Name, v.Type, want))
		}
	}
	if len(values) > len(t.graph.sig.State)-len(misfit.Missing) {
		for _, v := range s.tensors {
			if !slices.ContainsFunc(t.graph.sig.State, func(slot model.Slot) bool { return slot.Name == v.Name }) {
				misfit.Unexpected = append(misfit.Unexpected, v.Name)
			}
		}
	}
	if len(misfit.Missing)+len(misfit.Unexpected)+len(misfit.Differing) > 0 {
		return fmt.Errorf("train: %w", misfit)
	}
	for name, v := range values {
		if err := t.program.Set(name, v); err != nil {
			return fmt.Errorf("train: %s: %w", path, err)
		}
	}
	t.step, t.cursor = s.Step, s.Cursor
	return nil
}
