package study

import (
	"context"
	"fmt"
	"os"
	"slices"

	"vidcsl/cmd/internal/robustness"
)

// cells tests encoders on the test data, and waits until all tasks have made their part of it. With evidence, the page of the report has pictures.
func (s *Study) cells(ctx context.Context, phase string, list []named, evidence bool) (*robustness.Report, error) {
	j := s.Config.Test.job()
	j.Data, j.Train, j.Task, j.Tasks = s.test(), s.train(), s.Task, s.Tasks
	j.Threads, j.Workers, j.Command, j.Version, j.Log = s.Threads, s.Workers, s.Command(), s.Version, s.Log
	j.Ways, j.Evidence = map[string]string{}, evidence
	for _, n := range list {
		j.Runs = append(j.Runs, n.name)
		j.Ways[n.name] = s.Config.Ways[n.way].Name
		for role, to := range map[string]*string{"baseline": &j.Baseline, "supervised": &j.Supervised} {
			if n.way == s.Config.role(role) && *to == "" {
				*to = n.name
			}
		}
	}
	if j.Baseline == "" { // all its trainings diverged, and there is no gap
		j.Supervised = ""
	}
	begun := false
	j.Show = func(p robustness.Progress) {
		if !begun {
			s.enter(phase, p.Done, p.Cells)
			begun = true
		}
		note := ""
		if p.Clips > 0 {
			note = fmt.Sprintf("%d clips", p.Clips)
		}
		s.show(p.Done, 0, p.Now, note)
	}
	var before []string
	for {
		report, missing, err := j.Run(ctx)
		if err != nil || report != nil {
			return report, err
		}
		if slices.Equal(missing, before) {
			return nil, fmt.Errorf("%s was made by another program or with other settings: remove it", missing[0])
		}
		before = missing
		err = s.await(ctx, phase, func() []string {
			return slices.DeleteFunc(slices.Clone(missing), func(path string) bool {
				_, err := os.Stat(path)
				return err == nil
			})
		})
		if err != nil {
			return nil, err
		}
	}
}
