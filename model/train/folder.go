package train

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
)

// open prepares the run's folder.
func (t *Trainer) open() error {
	if t.dir == "" || t.files != nil {
		return nil
	}
	if err := os.MkdirAll(t.checkpointDir(), 0o777); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	steps, err := t.checkpoints()
	if err != nil {
		return err
	}
	if t.saved < 0 && len(steps) > 0 {
		return fmt.Errorf("train: %s holds a run of %d steps: resume it, or choose another folder", t.dir, steps[0])
	}
	if err := t.removeLeft(); err != nil {
		return err
	}
	text := t.described
	if text == nil {
		if text, err = t.config.YAML(); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(t.dir, "config.yaml"), text, 0o666); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return t.openFiles()
}

// openFiles opens the files of metrics.
func (t *Trainer) openFiles() error {
	lines, err := OpenJSONL(filepath.Join(t.dir, "metrics.jsonl"), t.step)
	if err != nil {
		return err
	}
	events, err := OpenTensorBoard(filepath.Join(t.dir, "tensorboard"), t.step)
	if err != nil {
		return errors.Join(err, lines.Close())
	}
	t.files = []Observer{lines, events}
	return nil
}

func (t *Trainer) closeFiles() error {
	var errs []error
	for _, f := range t.files {
		errs = append(errs, f.(io.Closer).Close())
	}
	t.files = nil
	return errors.Join(errs...)
}

// SaveEncoder writes the weights and running statistics of the encoder, as they are now, to a safetensors file with the names that
// [nn.Params.Load] and, where it has the architecture, torchvision know. The metadata say which network it is.
func (t *Trainer) SaveEncoder(path string) error {
	meta := maps.Clone(t.graph.meta)
	meta["step"] = strconv.Itoa(t.step)
	return t.graph.params.Sub("encoder").Save(path, t.program.Get, meta)
}

// metadata says which network an encoder is.
func (e Encoder) metadata(classes int) map[string]string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return map[string]string{"arch": e.Arch, "width": number(e.Width), "depth": number(e.Depth), "stem": e.Stem, "classes": strconv.Itoa(classes)}
}
