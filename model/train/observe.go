package train

import (
	"time"

	"vidcsl/model"
	"vidcsl/model/contrast"
)

// Observer is told of every step.
type Observer interface {
	// Observe is called after each step, in order, by the goroutine that trains: the next step waits for it. r is borrowed. What is
	// appended to its metrics, such as an evaluation of the trainer's weights, the observers after this one and the files of the run
	// see, too. An error ends the run, after the other observers were told of the step.
	Observe(r *Record) error
}

// Record is what is known of a step.
type Record struct {
	Step    int              // steps that are done, this one included
	Steps   int              // steps of the run
	Cursor  model.Cursor     // where the data go on
	Samples int              // of the step
	Metrics []Metric         // lr, loss, grad_norm and so on, in the same order at every step
	Refresh *contrast.Report // of the detector before the step; nil: there was none
	Took    time.Duration
	Waited  time.Duration // for the batch, of what the step took
	Time    time.Time     // when it ended
}

// Metric is a number of a step, such as loss.
type Metric struct {
	Name  string
	Value float64
}

// Value returns a metric by its name.
func (r *Record) Value(name string) (v float64, ok bool) {
	for _, m := range r.Metrics {
		if m.Name == name {
			return m.Value, true
		}
	}
	return 0, false
}

// Progress is how a run goes.
type Progress struct {
	Step, Steps, Epoch int
	Loss               float64
	ClipsPerSecond     float64       // over the last steps
	Waiting            float64       // share of that time in which the step waited for data
	Left               time.Duration // until the last step, at this pace
}

// Live returns an observer that calls f after every step. Its pace is a moving average in which a step counts for a twentieth, and the
// first, which takes longer, not at all once there is another.
func Live(f func(Progress)) Observer { return &live{f: f} }

type live struct {
	f            func(Progress)
	steps        int
	took, waited float64 // seconds of a step
}

// Observe implements [Observer].
func (l *live) Observe(r *Record) error {
	took, waited := r.Took.Seconds(), r.Waited.Seconds()
	l.steps++
	counts := 1 / float64(min(20, max(1, l.steps-1)))
	l.took += (took - l.took) * counts
	l.waited += (waited - l.waited) * counts
	loss, _ := r.Value("loss")
	p := Progress{Step: r.Step, Steps: r.Steps, Epoch: r.Cursor.Epoch, Loss: loss}
	if l.took > 0 {
		p.ClipsPerSecond, p.Waiting = float64(r.Samples)/l.took, l.waited/l.took
	}
	p.Left = time.Duration(float64(r.Steps-r.Step) * l.took * float64(time.Second))
	l.f(p)
	return nil
}
