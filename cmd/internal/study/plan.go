package study

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"vidcsl/cmd/internal/runs"
)

// WritePlan checks everything and writes what the study is made of, without making or writing any of it. It is an error of the input wherever
// [Study.Run] finds one, but for other processes that are at work on the study.
func (s *Study) WritePlan(ctx context.Context, w io.Writer) error {
	cells, err := s.check(ctx)
	if err != nil {
		return &runs.InputError{Err: err}
	}
	if err = s.checkFolder(); err == nil {
		err = s.fits()
	}
	if err != nil {
		return &runs.InputError{Err: err}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "way\tcandidates\tseeds\ttrainings\tsteps of each\tsnapshots tested\n")
	var notes []string
	trainings, steps, snapshots, ends := 0, 0, 0, 0
	for way, list := range s.Config.all() {
		seeds := s.Config.seeds(way)
		n := len(seeds)
		if len(list) > 1 {
			n = len(list)*len(s.Config.selecting(way)) + s.unselected(way)
		}
		one := s.training(list[0], seeds[0])
		kept := 0
		if way != s.Config.role("baseline") {
			kept = len(seeds) * len(s.kept(one))
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\n", s.Config.Ways[way].Name, len(list), len(seeds), n, s.last(one), kept)
		if n := s.beyond(list); n != "" {
			notes = append(notes, n)
		}
		trainings, steps, snapshots, ends = trainings+n, steps+n*s.last(one), snapshots+kept, ends+len(seeds)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	most := cells * ends
	if len(s.Config.Matched.Steps) > 0 {
		most *= 2
	}
	for _, n := range notes {
		fmt.Fprintln(w, n)
	}
	_, err = fmt.Fprintf(w, "\n%d trainings of %d steps in all, %d tests of snapshots on val, at most %d cells on test (%d for each encoder)\n", trainings, steps, snapshots, most, cells)
	return err
}

// beyond says which of the steps that are asked for the candidates of a way do not reach; "" if they reach all, or are taken at their ends alone.
func (s *Study) beyond(list []candidate) string {
	if list[0].way == s.Config.role("baseline") {
		return ""
	}
	last := s.last(training{candidate: list[0]})
	for _, c := range list {
		last = min(last, s.last(training{candidate: c}))
	}
	var steps []int
	for _, step := range s.Config.Matched.Steps {
		if step > last {
			steps = append(steps, step)
		}
	}
	if len(steps) == 0 {
		return ""
	}
	slices.Sort(steps)
	return fmt.Sprintf("%s: nothing is kept after %s of matched.steps: it ends at step %d", s.Config.Ways[list[0].way].Name, stepList(slices.Compact(steps)), last)
}

// unselected counts the seeds of a way with which no candidate is trained before one is chosen.
func (s *Study) unselected(way int) (n int) {
	had := map[uint64]bool{}
	for _, seed := range s.Config.selecting(way) {
		had[seed] = true
	}
	for _, seed := range s.Config.seeds(way) {
		if !had[seed] {
			n++
		}
	}
	return n
}
