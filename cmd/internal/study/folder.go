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
	"syscall"

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
	if err = s.fits(); err == nil {
		err = s.keepConfig() // first, since a folder is known by it
	}
	if err == nil {
		err = s.keepData()
	}
	if err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// fits makes sure that what the folder holds is of this study, and writes nothing.
func (s *Study) fits() error {
	if err := s.checkRuns(); err != nil {
		return err
	}
	return s.sameData()
}

// checkFolder makes sure that the folder can be written, and is not one of something else. It writes nothing.
func (s *Study) checkFolder() error {
	there := s.Output // or the nearest folder above it that is there
	st, err := os.Stat(there)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(there) != there {
		there = filepath.Dir(there)
		st, err = os.Stat(there)
	}
	switch {
	case err != nil:
		return fmt.Errorf("output: %w", err)
	case !st.IsDir():
		return fmt.Errorf("output %s is a file, want a folder", s.Output)
	}
	const write = 2 // W_OK of access(2)
	if err := syscall.Access(there, write); err != nil {
		return fmt.Errorf("output %s: nothing can be written in %s: %w", s.Output, there, err)
	}
	if there != s.Output {
		return nil
	}
	list, err := os.ReadDir(s.Output)
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	other := ""
	for _, e := range list {
		if e.Name() == runs.File {
			return fmt.Errorf("output %s is the folder of a training (it has %s), want one of its own: choose another folder", s.Output, runs.File)
		}
	}
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

// keepData stores the digests of the data, unless there are runs, of which they are stored already.
func (s *Study) keepData() error {
	path := filepath.Join(s.Output, dataFile)
	if _, err := os.Stat(path); err == nil && s.trained() {
		return nil
	}
	return runs.WriteJSON(path, s.data)
}

// sameData makes sure, once there are runs, that the digests of the data are those that are stored.
func (s *Study) sameData() error {
	path := filepath.Join(s.Output, dataFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !s.trained() {
		return nil
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
