package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/config"
	"vidcsl/pipeline/durable"
)

// The files that a study is known by, in its folder.
const (
	configFile = "config.yaml"
	dataFile   = "data.json"
)

// begin takes the folder of the study, and makes sure that what it holds fits.
func (s *Study) begin() (unlock func(), err error) {
	if err := s.checkFolder(); err != nil {
		return nil, err
	}
	if unlock, err = s.lock(); err != nil {
		return nil, err
	}
	if err = s.checkRuns(); err == nil {
		err = s.sameData()
	}
	if err == nil {
		err = s.keepConfig()
	}
	if err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// checkFolder makes sure that the folder is not one of something else.
func (s *Study) checkFolder() error {
	list, err := os.ReadDir(s.Output)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	other := ""
	for _, e := range list {
		if e.Name() == configFile {
			return nil
		}
		if !strings.HasPrefix(e.Name(), ".") {
			other = e.Name()
		}
	}
	if other != "" {
		return fmt.Errorf("output %s holds no study but %s: choose another folder", s.Output, other)
	}
	return nil
}

// keepConfig stores the configuration. It may be another one than before, as long as the runs that are there fit it, see [Study.checkRuns].
func (s *Study) keepConfig() error {
	text, err := s.Config.YAML()
	if err != nil {
		return err
	}
	path := filepath.Join(s.Output, configFile)
	old, err := os.ReadFile(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && slices.Equal(old, text):
		return nil
	case err == nil:
		was := Default()
		d := "it cannot be read"
		if config.Overlay(path, old, &was) == nil {
			if d, err = config.Differences(was, s.Config); err != nil {
				return err
			}
		}
		s.Log.Warn("the study goes on with another configuration", "output", s.Output, "differences", d)
	}
	return durable.Write(path, func(w io.WriteSeeker) error {
		_, err := w.Write(text)
		return err
	})
}

// sameData stores the digests of the data, or, once there are runs, makes sure that they are those that are stored.
func (s *Study) sameData() error {
	path := filepath.Join(s.Output, dataFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !s.trained() {
		return runs.WriteJSON(path, s.data)
	}
	if err != nil {
		return err
	}
	was := map[string]string{}
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, name := range []string{"train", "val", "test"} {
		if was[name] != s.data[name] {
			return fmt.Errorf("output %s holds a study of other data: the digest of %s was %s, is %s", s.Output, name, was[name], s.data[name])
		}
	}
	return nil
}
