package robustness

import (
	"vidcsl/cmd/feed"
	"vidcsl/cmd/internal/runs"
	"vidcsl/robust/corrupt"
)

// Check returns an error of what can be wrong with a job without looking at runs and data.
func (j *Job) Check() error { return j.check() }

// Cells returns how many cells [Job.Run] makes of a run on data, without one: an error is what it would refuse of the job or the data, before there is
// anything to test.
func (j *Job) Cells(train, test *feed.Dataset) (int, error) {
	if err := j.check(); err != nil {
		return 0, err
	}
	corrupt.Register()
	t := &tested{job: j, Subject: &runs.Subject{Train: train, Test: test, TrainPath: j.Train, TestPath: j.Data}}
	if err := t.plan(); err != nil {
		return 0, err
	}
	return len(t.work), nil
}
