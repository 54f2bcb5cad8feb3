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

// begin takes the folder of the study, and makes sure that what it holds is of the same one.
func (s *Study) begin() (unlock func(), err error) {
	if err := s.checkFolder(); err != nil {
		return nil, err
	}
	if unlock, err = s.lock(); err != nil {
		return nil, err
	}
	if err = s.sameConfig(); err == nil {
		err = s.sameData()
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

// sameConfig stores the configuration, or makes sure that it is the one that is stored.
func (s *Study) sameConfig() error {
	text, err := s.Config.YAML()
	if err != nil {
		return err
	}
	path := filepath.Join(s.Output, configFile)
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return durable.Write(path, func(w io.WriteSeeker) error {
			_, err := w.Write(text)
			return err
		})
	}
	if err != nil || slices.Equal(old, text) {
		return err
	}
	was := Default()
	if err := config.Overlay(path, old, &was); err != nil {
		return fmt.Errorf("output %s: %w", s.Output, err)
	}
	d, err := config.Differences(was, s.Config)
	if err != nil || d == "" { // what is stored may be of a version with fewer fields
		return err
	}
	return fmt.Errorf("output %s holds a study of another configuration: %s", s.Output, d)
}

// sameData stores the digests of the data, or makes sure that they are those that are stored.
func (s *Study) sameData() error {
	path := filepath.Join(s.Output, dataFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
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
