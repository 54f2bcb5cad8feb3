package study

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"vidcsl/cmd/feed"
	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/config"
)

// check makes sure, before hours are spent, that every training can be made of the data and every test too. It sets the digests of the data, and
// returns how many cells there are of a run. Of the test data it reads keys and labels alone.
func (s *Study) check(ctx context.Context) (cells int, err error) {
	if err := config.Check("", s.Config); err != nil {
		return 0, err
	}
	if output, err := filepath.Abs(s.Output); err != nil {
		return 0, err
	} else if data, err := filepath.Abs(s.Data); err != nil || output == data || filepath.Dir(output) == data {
		return 0, errors.Join(err, fmt.Errorf("output %s is a folder of data, want one of its own", s.Output))
	}
	opened := map[string]*opened{}
	defer func() {
		for _, o := range opened {
			err = errors.Join(err, o.close())
		}
	}()
	for w, list := range s.Config.all() {
		for _, c := range list {
			o, err := s.open(ctx, opened, c.config)
			if err == nil {
				err = s.checkTraining(c.config, o)
			}
			if err != nil {
				return 0, fmt.Errorf("way %s%s: %w", s.Config.Ways[w].Name, c.suffix(", "), err)
			}
			cells = o.cells
		}
	}
	o, err := s.open(ctx, opened, s.Config.Base)
	if err != nil {
		return 0, fmt.Errorf("base: %w", err)
	}
	s.data, s.samples = map[string]string{}, len(o.train.Info().Keys)
	for name, d := range map[string]*feed.Dataset{"train": o.train, "val": o.val, "test": o.test} {
		if s.data[name], err = d.Digest(); err != nil {
			return 0, err
		}
	}
	return cells, s.checkSteps()
}

// checkSteps makes sure that there are snapshots to choose from where they are asked for. It needs the number of samples.
func (s *Study) checkSteps() error {
	most := 0
	for way, list := range s.Config.all() {
		for _, c := range list {
			if one := (training{candidate: c}); way != s.Config.role("baseline") {
				if most = max(most, s.last(one)); len(s.kept(one)) > 0 {
					return nil
				}
			}
		}
	}
	if len(s.Config.Matched.Steps) == 0 {
		return nil
	}
	return fmt.Errorf("matched.steps is %v, want some before the last step of a training: beside the baseline the longest has %d", s.Config.Matched.Steps, most)
}

// opened is the data as some trainings see them.
type opened struct {
	train, val, test *feed.Dataset
	cells            int // of a run
}

func (o *opened) close() error {
	var errs []error
	for _, d := range []*feed.Dataset{o.train, o.val, o.test} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(errs...)
}

// open opens the data once for all trainings that see them alike.
func (s *Study) open(ctx context.Context, all map[string]*opened, c runs.Config) (o *opened, err error) {
	if c.Data.Views == 0 {
		c.Data.Views = c.Views()
	}
	text, err := config.Marshal(&c.Data)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%d %s", c.Batch, text)
	if o = all[key]; o != nil {
		return o, nil
	}
	o = &opened{}
	all[key] = o
	for _, part := range []struct {
		to   **feed.Dataset
		path string
	}{{&o.train, s.train()}, {&o.val, s.val()}, {&o.test, s.test()}} {
		if *part.to, err = c.OpenData(ctx, part.path, s.Workers, s.Log); err != nil {
			return nil, err
		}
	}
	j := s.Config.Test.job()
	j.Train, j.Data = s.train(), s.test()
	if o.cells, err = j.Cells(o.train, o.test); err != nil {
		return nil, keyed(err)
	}
	return o, nil
}

// checkTraining makes sure that an encoder can be trained, chosen by its neighbours among the training data, and tested.
func (s *Study) checkTraining(c runs.Config, o *opened) error {
	if err := c.CheckData(o.train, o.val, s.train(), s.val(), []string{"knn", s.Config.Select.Probe}); err != nil {
		return err
	}
	return c.CheckData(o.train, o.test, s.train(), s.test(), []string{s.Config.Test.Head})
}

// suffix names the candidate where there are several, after a separator.
func (c candidate) suffix(separator string) string {
	if c.number < 0 {
		return ""
	}
	return fmt.Sprintf("%scandidate %d", separator, c.number)
}
