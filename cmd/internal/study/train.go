package study

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"vidcsl/cmd/internal/runs"
	"vidcsl/model/eval"
	"vidcsl/model/train"
)

// trainOne makes a run, or what is missing of it.
func (s *Study) trainOne(ctx context.Context, t training, at func(share float64, note string)) error {
	if r, err := runs.ReadRecord(t.folder); err == nil && r.Result != nil {
		return nil
	}
	job := &runs.Training{
		Config: t.config, Data: s.train(), Val: s.val(), Output: t.folder, Threads: s.Threads, Workers: s.Workers, Resume: true, Version: s.Version, Log: s.Log,
		Show: func(p train.Progress, _ *train.Record) {
			at(0.95*float64(p.Step)/float64(p.Steps), fmt.Sprintf("step %d of %d", p.Step, p.Steps))
		},
	}
	_, err := job.Run(ctx)
	return err
}

// validation is how an encoder does on the validation data.
type validation struct {
	Probe    string        `json:"probe"`
	Accuracy eval.Accuracy `json:"accuracy"`
}

// validationFile is where that of a run after a step is kept; of the end with step 0.
func (s *Study) validationFile(t training, step int) string {
	name := "end"
	if step > 0 {
		name = fmt.Sprintf("step-%06d", step)
	}
	return filepath.Join(t.folder, "validation", name+".json")
}

// validate tests the encoder of a run after a step on the validation data, unless that is done.
func (s *Study) validate(ctx context.Context, t training, step int) error {
	path := s.validationFile(t, step)
	if s.tested(t, step) {
		return nil
	}
	e := &runs.Evaluation{Data: s.val(), Train: s.train(), Probes: []string{s.Config.Select.Probe}, Threads: s.Threads, Workers: s.Workers, Version: s.Version, Log: s.Log}
	list, err := e.Compare(ctx, []string{runs.At(t.folder, step)})
	if err != nil {
		return err
	}
	v := validation{Probe: s.Config.Select.Probe}
	if r := list[0].Report; v.Probe == "knn" {
		v.Accuracy = r.KNN.Top1
	} else {
		v.Accuracy = r.Linear.Top1
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return runs.WriteJSON(path, v)
}

// tested reports whether validate has found what it would find.
func (s *Study) tested(t training, step int) bool {
	_, err := s.validated(t, step)
	return err == nil
}

// validated returns the accuracy that validate found.
func (s *Study) validated(t training, step int) (float64, error) {
	path := s.validationFile(t, step)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var v validation
	if err := json.Unmarshal(text, &v); err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	if v.Probe != s.Config.Select.Probe {
		return 0, fmt.Errorf("%s is by %s, want by %s", path, v.Probe, s.Config.Select.Probe)
	}
	return v.Accuracy.Value, nil
}

// part is a run and its tests on the validation data, at its end and after these steps. It is done as well if the training diverged.
func (s *Study) part(t training, turn int, steps ...int) part {
	p := part{turn: turn, name: fmt.Sprintf("%s%s, seed %d", s.Config.Ways[t.way].Name, t.suffix(", "), t.seed)}
	p.done = func() bool {
		return s.failure(t) != nil || s.tested(t, 0) && !slices.ContainsFunc(s.there(t, steps), func(step int) bool { return !s.tested(t, step) })
	}
	p.make = func(ctx context.Context, at func(share float64, note string)) error {
		err := s.trainOne(ctx, t, at)
		var diverged *train.DivergedError
		if errors.As(err, &diverged) && ctx.Err() == nil { // of what was interrupted more may be wrong
			return s.fail(t, diverged)
		}
		if err != nil {
			return err
		}
		for _, step := range append([]int{0}, s.there(t, steps)...) {
			at(0.95, "testing "+filepath.Base(s.validationFile(t, step)))
			if err := s.validate(ctx, t, step); err != nil {
				return err
			}
		}
		return nil
	}
	return p
}

// trainAll makes the runs of all ways. For matched accuracy, their snapshots are tested on the validation data, but for those of the baseline, of
// which the end counts.
func (s *Study) trainAll(ctx context.Context, list []training) error {
	var parts []part
	baseline, nth := s.Config.role("baseline"), map[int]int{}
	for _, t := range list {
		var steps []int
		if t.way != baseline {
			steps = s.kept(t)
		}
		parts = append(parts, s.part(t, t.way+nth[t.way], steps...))
		nth[t.way]++
	}
	return s.do(ctx, "trainings", parts)
}

// kept returns the steps of a run before its last after which snapshots are kept, rising.
func (s *Study) kept(t training) (steps []int) {
	last := s.last(t)
	for _, step := range s.Config.Matched.Steps {
		if step < last {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

// there returns those of the steps of which a run that is done has snapshots. One that was trained while other steps were asked for may lack some.
func (s *Study) there(t training, steps []int) (list []int) {
	for _, step := range steps {
		if _, err := os.Stat(train.EncoderAt(t.folder, step)); err == nil {
			list = append(list, step)
		}
	}
	return list
}

// last returns how many steps a run has.
func (s *Study) last(t training) int {
	schedule := t.config.Schedule
	return cmp.Or(schedule.Steps, schedule.Epochs*(s.samples/t.config.Batch))
}
