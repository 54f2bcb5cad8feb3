package robustness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"vidcsl/pipeline/durable"
	"vidcsl/robust"
)

// made is what a cell depends on. Cells that differ in it lie in different folders.
type made struct {
	Version string `json:"version"` // of the program
	FFmpeg  string `json:"ffmpeg"`  // of libavcodec
	Weights string `json:"weights"` // digest of the file of the encoder
	Config  string `json:"config"`  // digest of the configuration of the training
	Test    string `json:"test"`    // digest of the data, and of how views are taken
	Train   string `json:"train"`   // likewise
	Head    string `json:"head"`
	Seed    uint64 `json:"seed"`
}

// cellFile is a cell as it is stored.
type cellFile struct {
	Made    made    `json:"made"`
	Attack  string  `json:"attack,omitempty"` // its settings, and how many videos were attacked
	Threads int     `json:"threads"`          // of the engine: with another number, sums are rounded otherwise
	Seconds float64 `json:"seconds"`
	*robust.Cell
}

// look finds out whether a cell is there. One that was made with something else, or is damaged, is not.
func (t *tested) look(w *work) error {
	if w.done != nil {
		return nil
	}
	text, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var f cellFile
	err = json.Unmarshal(text, &f)
	switch {
	case err == nil && f.Cell == nil:
		err = errors.New("it holds no cell")
	case err == nil && (f.Made != t.made || f.Attack != w.settings || f.Condition != w.condition):
		err = errors.New("it was made with something else")
	case err == nil:
		err = f.Check()
	}
	if err != nil {
		t.job.Log.Warn("a cell is made anew", "file", w.path, "error", err)
		return nil
	}
	w.done = f.Cell
	return nil
}

// write writes a cell as a whole.
func (t *tested) write(w *work, c *robust.Cell, took time.Duration) error {
	if err := os.MkdirAll(t.dir, 0o777); err != nil {
		return err
	}
	threads := t.job.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	f := cellFile{Made: t.made, Attack: w.settings, Threads: threads, Seconds: took.Seconds(), Cell: c}
	err := durable.Write(w.path, func(file io.WriteSeeker) error {
		return json.NewEncoder(file).Encode(f)
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", w.path, err)
	}
	return nil
}
