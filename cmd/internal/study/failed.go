package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vidcsl/cmd/internal/runs"
	"vidcsl/model/train"
)

// failedFile says, in the folder of a run, that its training diverged. A run that has one is not trained again.
const failedFile = "failed.json"

// Failure is a training that diverged. The study goes on without it.
type Failure struct {
	Run    string `json:"run"`
	Seed   uint64 `json:"seed"`
	Reason string `json:"reason"`
}

// fail records that a training diverged.
func (s *Study) fail(t training, d *train.DivergedError) error {
	s.Log.Warn("a training diverged: the study goes on without it", "run", t.folder, "reason", d, "to train it again", "remove the folder of the run")
	return runs.WriteJSON(filepath.Join(t.folder, failedFile), Failure{Run: t.folder, Seed: t.seed, Reason: d.Error()})
}

// failure returns why a run is none; nil if nothing is known against it.
func (s *Study) failure(t training) *Failure {
	path := filepath.Join(t.folder, failedFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f := &Failure{}
	if err == nil {
		err = json.Unmarshal(text, f)
	}
	if err != nil {
		f.Reason = fmt.Sprintf("%s: %v", path, err)
	}
	f.Run, f.Seed = t.folder, t.seed
	return f
}

// sort parts trainings into those that ended and, by way, those that diverged. It is an error if none ended.
func (s *Study) sort(list []training) (ended []training, failed map[int][]Failure, err error) {
	failed = map[int][]Failure{}
	for _, t := range list {
		if f := s.failure(t); f != nil {
			failed[t.way] = append(failed[t.way], *f)
		} else {
			ended = append(ended, t)
		}
	}
	if len(ended) == 0 {
		f := s.failure(list[0])
		return nil, nil, fmt.Errorf("every training diverged; of %s: %s; to train one again, remove its folder", f.Run, f.Reason)
	}
	return ended, failed, nil
}

// failures returns a sentence for each way, and for each candidate, of which a training diverged.
func (r *Result) failures() (list []string) {
	for _, w := range r.Ways {
		if len(w.Failed) == 0 {
			continue
		}
		first, all := w.Failed[0], len(w.Runs)+len(w.Failed)
		again := fmt.Sprintf("%s: %s. To train it again, remove that folder.", first.Run, first.Reason)
		switch {
		case len(w.Runs) == 0:
			list = append(list, fmt.Sprintf("%s is left out, as all its trainings diverged, %d in number; %s", w.Name, all, again))
		case len(w.Failed) == 1:
			list = append(list, fmt.Sprintf("%s has %d of %d runs, as one training diverged, %s", w.Name, len(w.Runs), all, again))
		default:
			list = append(list, fmt.Sprintf("%s has %d of %d runs, as %d trainings diverged, such as %s", w.Name, len(w.Runs), all, len(w.Failed), again))
		}
	}
	for _, c := range r.Choices {
		for k, one := range c.Candidates {
			if c.Chosen >= 0 && len(one.Failed) > 0 {
				list = append(list, fmt.Sprintf("Candidate %d of %s could not be chosen, as a training diverged, %s: %s.", k, c.Way, one.Failed[0].Run, one.Failed[0].Reason))
			}
		}
	}
	return list
}

// noGap says why there is none to speak of, where a way that is an end of it has no run left; "" otherwise.
func (r *Result) noGap() string {
	var lost []string
	for _, w := range r.Ways {
		if w.Role != "" && len(w.Runs) == 0 {
			lost = append(lost, fmt.Sprintf("%s (%s)", w.Name, w.Role))
		}
	}
	if len(lost) == 0 {
		return ""
	}
	return fmt.Sprintf("The gap is not defined: no run is left of %s, as all trainings diverged. ", strings.Join(lost, " and of "))
}
