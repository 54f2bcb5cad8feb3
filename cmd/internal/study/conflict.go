package study

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/config"
)

// checkRuns makes sure that all runs which are there, done or not, were begun with the configuration that they have now. All else that is there is
// checked where it is used.
func (s *Study) checkRuns() error {
	first, more := "", 0
	for way, list := range s.Config.all() {
		seeds := s.Config.seeds(way)
		for _, seed := range s.Config.selecting(way) {
			if !slices.Contains(seeds, seed) {
				seeds = append(slices.Clone(seeds), seed)
			}
		}
		for _, c := range list {
			for _, seed := range seeds {
				t := s.training(c, seed)
				d, err := t.conflict()
				switch {
				case err != nil:
					return fmt.Errorf("output %s: %w", s.Output, err)
				case d != "" && first == "":
					first = fmt.Sprintf("the run %s of another configuration: %s", t.folder, d)
				case d != "":
					more++
				}
			}
		}
	}
	if first == "" {
		return nil
	}
	what := "remove it"
	if more > 0 {
		first, what = fmt.Sprintf("%s (and %d more)", first, more), "remove them"
	}
	return fmt.Errorf("output %s holds %s: %s to train anew, or choose another folder", s.Output, first, what)
}

// conflict names the fields in which a run that is there differs from what it should be; "" if there is none, or it differs in none. What changes no
// weights may differ: snapshots too, of which those that are there are used.
func (t training) conflict() (string, error) {
	record, err := runs.ReadRecord(t.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	was, is := record.Config, t.config
	if is.Data.Views == 0 {
		is.Data.Views = is.Views()
	}
	was.Checkpoint, was.LogEvery, was.KNN.Every, was.Data.MaxFailures = is.Checkpoint, is.LogEvery, is.KNN.Every, is.Data.MaxFailures
	return config.Differences(was, is)
}

// trained reports whether there are runs, of whatever ways.
func (s *Study) trained() bool {
	list, err := os.ReadDir(filepath.Join(s.Output, "runs"))
	return len(list) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist)
}
