package study

import (
	"context"
	"fmt"
	"time"
)

// part is a piece of work that one task does.
type part struct {
	name string
	turn int         // the task that makes it, modulo the number of tasks
	done func() bool // by what files are there
	make func(ctx context.Context, at func(share float64, note string)) error
}

// Progress says how far a study is.
type Progress struct {
	Phase string
	Done  int           // parts of the phase; those that were there count
	Parts int           // of this task
	Now   string        // what is being made
	Note  string        // how far that is; "": it is just being begun
	Left  time.Duration // of the phase, judged by what this process has made of it; 0: not known yet
}

// clock judges how long a phase still takes.
type clock struct {
	progress Progress
	begun    time.Time
	had      float64 // parts that were done when it began
}

// enter begins a phase.
func (s *Study) enter(phase string, done, parts int) {
	s.clock = clock{progress: Progress{Phase: phase, Done: done, Parts: parts}, begun: time.Now(), had: float64(done)}
}

// show tells where the work is: after so many parts, and a share of the next one.
func (s *Study) show(done int, share float64, now, note string) {
	p := &s.clock.progress
	p.Done, p.Now, p.Note, p.Left = done, now, note, 0
	if made := float64(done) + share - s.clock.had; made > 0 {
		p.Left = time.Duration(float64(time.Since(s.clock.begun)) / made * (float64(p.Parts) - float64(done) - share))
	}
	if s.Show != nil {
		s.Show(*p)
	}
}

// do makes the parts of a phase that are this task's and not done, and waits until others have made theirs.
func (s *Study) do(ctx context.Context, phase string, parts []part) error {
	var mine []part
	done := 0
	for _, p := range parts {
		switch {
		case p.turn%max(s.Tasks, 1) != s.Task:
			continue
		case p.done():
			done++
		default:
			mine = append(mine, p)
		}
	}
	s.enter(phase, done, done+len(mine))
	for i, p := range mine {
		s.show(done+i, 0, p.name, "")
		err := p.make(ctx, func(share float64, note string) { s.show(done+i, share, p.name, note) })
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return s.await(ctx, phase, func() (missing []string) {
		for _, p := range parts {
			if !p.done() {
				missing = append(missing, p.name)
			}
		}
		return missing
	})
}
