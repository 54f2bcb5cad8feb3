package train

import (
	"fmt"

	"vidcsl/model/op"
)

// Stored is the state of a run as one of its checkpoints has it. It is read-only.
type Stored struct {
	Path    string // of the checkpoint
	Step    int    // steps that were done
	Samples int    // of the data
	values  map[string]op.Tensor
}

// Latest reads the newest sound checkpoint of the run in a folder. The error is an fs.ErrNotExist if there is none; otherwise it says what of each is
// damaged, or that it is of a format that this version does not know.
func Latest(run string) (*Stored, error) {
	t := &Trainer{dir: run}
	s, path, err := t.newest(func(string, error) {})
	if err != nil {
		return nil, err
	}
	stored := &Stored{Path: path, Step: s.Step, Samples: s.Data.Samples, values: map[string]op.Tensor{}}
	for _, v := range s.tensors {
		stored.values[v.Name] = tensor(v)
	}
	return stored, nil
}

// Get returns a value of the state by its name, as [Trainer.Get] does: such as bank.keys. It is shared.
func (s *Stored) Get(name string) (op.Tensor, error) {
	v, ok := s.values[name]
	if !ok {
		return op.Tensor{}, fmt.Errorf("train: %s has no %s", s.Path, name)
	}
	return v, nil
}
