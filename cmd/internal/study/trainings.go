package study

import (
	"fmt"
	"path/filepath"

	"vidcsl/cmd/internal/robustness"
	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/config"
	"vidcsl/robust/attack"
)

// candidate is one configuration of a way, whatever its seed.
type candidate struct {
	way    int
	number int // in the grid; -1: the way has none
	config runs.Config
}

// candidates returns the configurations of a way, at least one if there is no error.
func (c Config) candidates(way int) (list []candidate, errs []error) {
	w, base := c.Ways[way], c.Base
	path := fmt.Sprintf("ways[%d].", way)
	if err := w.Train.Over(&base); err != nil {
		return nil, []error{err}
	}
	errs = owned(path+"train", c.Base, base)
	base.Checkpoint.Snapshots = c.Matched.Steps
	if len(w.Grid) == 0 {
		return []candidate{{way, -1, base}}, errs
	}
	for k, part := range w.Grid {
		one := candidate{way, k, base}
		if err := part.Over(&one.config); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, owned(fmt.Sprintf("%sgrid[%d]", path, k), base, one.config)...)
		list = append(list, one)
	}
	return list, errs
}

// owned returns errors of what a training says although a study decides it.
func owned(path string, was, is runs.Config) (errs []error) {
	if is.Seed != was.Seed {
		errs = append(errs, &config.Error{Path: path + ".seed", Value: fmt.Sprint(is.Seed), Want: "none here: seeds are those of the study or of the way"})
	}
	if n := is.Checkpoint.Snapshots; fmt.Sprint(n) != fmt.Sprint(was.Checkpoint.Snapshots) {
		errs = append(errs, &config.Error{Path: path + ".checkpoint.snapshots", Value: fmt.Sprint(n), Want: "none here: matched.steps says which are kept"})
	}
	return errs
}

// all returns the configurations of all ways, by way. The configuration is legal.
func (c Config) all() (list [][]candidate) {
	for i := range c.Ways {
		of, _ := c.candidates(i)
		list = append(list, of)
	}
	return list
}

// seeds returns those of a way.
func (c Config) seeds(way int) []uint64 {
	if s := c.Ways[way].Seeds; len(s) > 0 {
		return s
	}
	return c.Seeds
}

// selecting returns the seeds that candidates of a way are trained with.
func (c Config) selecting(way int) []uint64 {
	if s := c.Select.Seeds; len(s) > 0 {
		return s
	}
	return c.seeds(way)[:1]
}

// role returns the place of the way that has a role; -1 if none has.
func (c Config) role(name string) int {
	for i, w := range c.Ways {
		if w.Role == name {
			return i
		}
	}
	return -1
}

// training is one run.
type training struct {
	candidate
	seed   uint64
	folder string
}

// training returns a candidate's run of a seed.
func (s *Study) training(c candidate, seed uint64) training {
	parts := []string{s.Output, "runs", s.Config.Ways[c.way].Name}
	if c.number >= 0 {
		parts = append(parts, fmt.Sprintf("candidate-%d", c.number))
	}
	c.config.Seed = seed
	return training{c, seed, filepath.Join(append(parts, fmt.Sprintf("seed-%d", seed))...)}
}

// job returns what makes the cells, without runs and data.
func (t Test) job() *robustness.Job {
	j := &robustness.Job{
		Suite: t.Suite, Head: t.Head, Corruptions: t.Corruptions, Severities: t.Severities, Attacks: t.Attacks, Norm: attack.Norm(t.Norm),
		Steps: t.Steps, Clips: t.Clips, Seed: t.Seed, FineTune: runs.FineTune{Epochs: t.FineTune.Epochs, LR: t.FineTune.LR},
	}
	for _, e := range t.Epsilons {
		j.Epsilons = append(j.Epsilons, float64(e))
	}
	return j
}
