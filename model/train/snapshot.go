package train

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"vidcsl/model"
	"vidcsl/model/op"
	"vidcsl/model/safetensors"
)

// snapshot is all of a run between two steps: what a checkpoint holds.
type snapshot struct {
	position
	tensors []safetensors.Tensor // the state of the program
}

// position is the part of a snapshot beside the tensors. It is stored as JSON in the metadata of the file, so that a checkpoint is
// one file and appears at once.
type position struct {
	Format  int               `json:"format"`
	Version string            `json:"version"` // of the program that wrote it
	Step    int               `json:"step"`    // steps that are done
	Cursor  model.Cursor      `json:"cursor"`  // where the data go on
	Seed    uint64            `json:"seed"`
	Config  string            `json:"config"` // canonical YAML
	Data    dataState         `json:"data"`
	Sums    map[string]string `json:"sums"` // SHA-256 of the elements of each tensor
}

// The format of checkpoints, and the key of the metadata that holds the position.
const (
	snapshotFormat = 1
	snapshotKey    = "vidcsl.train"
)

// snapshot copies the state of the run.
func (t *Trainer) snapshot() (*snapshot, error) {
	text, err := t.config.YAML()
	if err != nil {
		return nil, err
	}
	s := &snapshot{position: position{Format: snapshotFormat, Version: version(), Step: t.step, Cursor: t.cursor, Seed: t.config.Seed,
		Config: string(text), Data: stateOf(t.info), Sums: map[string]string{}}}
	for _, slot := range t.graph.sig.State {
		v, err := t.program.Get(slot.Name)
		if err != nil {
			return nil, err
		}
		if x, bad := firstBad(v); bad {
			return nil, &DivergedError{Step: t.step, What: slot.Name, Value: x, Try: t.remedies()}
		}
		s.tensors = append(s.tensors, safetensors.Tensor{Name: slot.Name, Shape: v.Shape, Data: v.Data})
		if s.Sums[slot.Name], err = sum(v.Data); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// version is that of the program.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}

func sum(data any) (string, error) {
	h := sha256.New()
	err := binary.Write(h, binary.LittleEndian, data)
	return hex.EncodeToString(h.Sum(nil)), err
}

// writeSnapshot writes a file under a temporary name, syncs it and renames it.
func writeSnapshot(path string, s *snapshot) error {
	text, err := json.Marshal(s.position)
	if err != nil {
		return err
	}
	return safetensors.Write(path, s.tensors, map[string]string{snapshotKey: string(text)})
}

// readSnapshot reads a file and checks that it is whole.
func readSnapshot(path string) (*snapshot, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fail := func(format string, args ...any) (*snapshot, error) {
		return nil, fmt.Errorf("train: %s: %w", path, fmt.Errorf(format, args...))
	}
	s := &snapshot{}
	text, ok := f.Metadata()[snapshotKey]
	if !ok {
		return fail("it is not a checkpoint: no %s in its metadata", snapshotKey)
	}
	if err := json.Unmarshal([]byte(text), &s.position); err != nil {
		return fail("%s: %w", snapshotKey, err)
	}
	if s.Format != snapshotFormat {
		return fail("format %d, want %d", s.Format, snapshotFormat)
	}
	for _, info := range f.Tensors() {
		v, err := f.Read(info.Name)
		if err != nil {
			return nil, err
		}
		got, err := sum(v.Data)
		if err != nil {
			return fail("tensor %s: %w", info.Name, err)
		}
		if want := s.Sums[info.Name]; got != want {
			return fail("tensor %s is damaged: SHA-256 %s, want %q", info.Name, got, want)
		}
		s.tensors = append(s.tensors, v)
	}
	return s, nil
}

// tensor is a stored tensor as a value of an engine.
func tensor(v safetensors.Tensor) op.Tensor {
	t := op.Type{Shape: v.Shape}
	switch v.Data.(type) {
	case []float64:
		t.DType = op.F64
	case []int32:
		t.DType = op.I32
	case []uint8:
		t.DType = op.U8
	}
	return op.Tensor{Type: t, Data: v.Data}
}
