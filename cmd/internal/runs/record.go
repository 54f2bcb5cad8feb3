package runs

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"vidcsl/pipeline/config"
	"vidcsl/pipeline/durable"
)

// File is the name of what a run says about itself, in its folder.
const File = "run.json"

// Record is what a run says about itself.
type Record struct {
	Version string  `json:"version"` // of the program
	Engine  string  `json:"engine"`
	Threads int     `json:"threads"`       // of the engine: with another number, the bits are others
	Data    string  `json:"data"`          // the training data, an absolute path
	Val     string  `json:"val,omitempty"` // the held-out data
	Config  Config  `json:"config"`
	Result  *Result `json:"result,omitempty"` // once it is done
	Step    int     `json:"-"`                // of the snapshot that is looked at; 0: the end
}

// ReadRecord reads what a run says about itself. The error is an fs.ErrNotExist where there is no run.
func ReadRecord(run string) (*Record, error) {
	path := filepath.Join(run, File)
	text, err := os.ReadFile(path)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("%s is no folder", run)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is no run of vidcsl train: %w", run, err)
	}
	r := &Record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// write replaces the record of a run, as a whole.
func (r *Record) write(run string) error { return WriteJSON(filepath.Join(run, File), r) }

// WriteJSON writes v to a file that is there as a whole or, after an error, as it was.
func WriteJSON(path string, v any) error {
	err := durable.Write(path, func(w io.WriteSeeker) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// record describes the run, and makes sure that a run which goes on is the same.
func (t *Training) record() (*Record, error) {
	r := &Record{Version: t.Version, Engine: "cpu", Threads: cmp.Or(t.Threads, runtime.GOMAXPROCS(0)), Config: t.Config}
	var err error
	if r.Data, err = filepath.Abs(t.Data); err != nil {
		return nil, err
	}
	if t.Val != "" {
		if r.Val, err = filepath.Abs(t.Val); err != nil {
			return nil, err
		}
	}
	if output, err := filepath.Abs(t.Output); err != nil || output == r.Data || output == r.Val {
		return nil, errors.Join(err, fmt.Errorf("output %s is a folder of data, want one of its own", t.Output))
	}
	old, err := ReadRecord(t.Output)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r, nil
	case err != nil:
		return nil, fmt.Errorf("output: %w", err)
	case !t.Resume:
		return nil, fmt.Errorf("output %s holds a run: go on with it by --resume, or choose another folder", t.Output)
	}
	d, err := differences(old.Config, t.Config)
	if err != nil {
		return nil, err
	}
	if d != "" {
		return nil, fmt.Errorf("output %s holds a run of another configuration: %s", t.Output, d)
	}
	switch {
	case t.Threads == 0:
		r.Threads = old.Threads
	case t.Threads != old.Threads:
		t.Log.Warn("the run goes on with another number of threads: from here on its bits are others", "was", old.Threads, "is", t.Threads)
	}
	r.Result = old.Result
	return r, nil
}

// differences names the fields in which a run that is to go on differs from what it was; "" without any. What changes no step may
// change: when checkpoints, lines of the log and tests are made, how many clips may fail, and what the encoder started from.
func differences(was, is Config) (string, error) {
	was.Checkpoint, was.LogEvery, was.Encoder.Weights, was.KNN, was.Data.MaxFailures =
		is.Checkpoint, is.LogEvery, is.Encoder.Weights, is.KNN, is.Data.MaxFailures
	return config.Differences(was, is)
}
