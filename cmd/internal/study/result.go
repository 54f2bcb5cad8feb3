package study

import (
	"encoding/json"
	"path/filepath"
	"runtime"
	"strconv"

	"vidcsl/cmd/internal/robustness"
	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/config"
)

// What a study found, in its folder: all of it, and a page for people.
const (
	ResultFile = "study.json"
	PageFile   = "report.html"
)

// Result is all that a study found, and what of.
type Result struct {
	Answer   string             `json:"answer"`
	Findings []string           `json:"findings,omitempty"` // the answer by every measure
	Version  string             `json:"version"`
	Command  []string           `json:"command"` // that makes it again
	Threads  int                `json:"threads"` // of the engine: with another number, sums are rounded otherwise
	Config   json.RawMessage    `json:"config"`  // every field
	Data     map[string]string  `json:"data"`    // digests of train, val and test
	Ways     []WayResult        `json:"ways"`
	Notes    []string           `json:"notes,omitempty"` // what is left out, and why
	Choices  []Choice           `json:"choices,omitempty"`
	Report   *robustness.Report `json:"report"`            // of all runs at their end
	Matched  *MatchedResult     `json:"matched,omitempty"` // nil: it was not asked for, or the baseline has no run
}

// WayResult is one way of training.
type WayResult struct {
	Name       string    `json:"name"`
	Role       string    `json:"role,omitempty"`
	Runs       []string  `json:"runs"`
	Seeds      []uint64  `json:"seeds"`
	Validation []float64 `json:"validation"`       // accuracy of each run at its end
	Failed     []Failure `json:"failed,omitempty"` // those of its trainings that diverged; a way all of whose did is in no comparison
}

// Command is what one can type to make the study, by whichever processes it was made.
func (s *Study) Command() []string {
	return []string{"vidcsl", "study", "--config", s.File, "--data", s.Data, "--output", s.Output, "--threads", strconv.Itoa(s.threads())}
}

func (s *Study) threads() int {
	if s.Threads > 0 {
		return s.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// finish fills in what the result is of and writes it. Several tasks write the same.
func (s *Study) finish(r *Result, list []training, failed map[int][]Failure) (err error) {
	r.Version, r.Command, r.Threads, r.Data = s.Version, s.Command(), s.threads(), s.data
	if r.Config, err = config.MarshalJSON(s.Config); err != nil {
		return err
	}
	for i, w := range s.Config.Ways {
		r.Ways = append(r.Ways, WayResult{Name: w.Name, Role: w.Role, Failed: failed[i]})
	}
	for _, t := range list {
		w := &r.Ways[t.way]
		v, err := s.validated(t, 0)
		if err != nil {
			return err
		}
		w.Runs, w.Seeds, w.Validation = append(w.Runs, t.folder), append(w.Seeds, t.seed), append(w.Validation, v)
	}
	r.Notes = append(append(r.failures(), s.lacking(list)...), r.Matched.early()...)
	page := s.page(r, list)
	r.Answer, r.Findings = page.Answer, page.Findings
	if s.Task == 0 { // the other tasks have no pictures
		if err := page.WriteFile(filepath.Join(s.Output, PageFile)); err != nil {
			return err
		}
	}
	return runs.WriteJSON(filepath.Join(s.Output, ResultFile), r)
}
