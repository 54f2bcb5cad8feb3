package contrast

import (
	"errors"
	"io"

	"vidcsl/model"
	"vidcsl/model/op"
)

// state reads slots of a program, and keeps what is to be set until all is known. The first error stays.
type state struct {
	p   model.Program
	new []change
	err error
}

type change struct {
	name string
	v    op.Tensor
}

func (s *state) tensor(slot *model.Slot) op.Tensor {
	if s.err != nil {
		return op.NewTensor(slot.First.Type)
	}
	v, err := s.p.Get(slot.Name)
	if s.err = err; err != nil {
		return op.NewTensor(slot.First.Type)
	}
	return v
}

func (s *state) floats(slot *model.Slot) []float32 { return op.Data[float32](s.tensor(slot)) }

func (s *state) numbers(slot *model.Slot) []int32 { return op.Data[int32](s.tensor(slot)) }

func (s *state) set(slot *model.Slot, v op.Tensor) { s.new = append(s.new, change{slot.Name, v}) }

// commit sets what is to be set.
func (s *state) commit() error {
	for _, c := range s.new {
		if err := s.p.Set(c.name, c.v); err != nil {
			return err
		}
	}
	return nil
}

// history is what the memory holds, on the host.
type history struct {
	mean, residual op.Tensor // f32[Samples, Features]: the mean, and the newest less the slow mean
	seen           []bool
	ids, labels    []int32 // of the samples: their own numbers; -1 for those that were not seen
}

// read returns what the memory holds, or sets the error of s.
func (m *memory) read(s *state, d Dims) history {
	newest := s.tensor(m.newest)
	h := history{mean: s.tensor(m.mean), residual: newest, seen: make([]bool, d.Samples), ids: make([]int32, d.Samples), labels: s.numbers(m.labels)}
	residual := op.Data[float32](newest)
	for i, v := range s.floats(m.slow) {
		residual[i] -= v
	}
	for i, step := range s.numbers(m.written) {
		h.ids[i] = -1
		if step >= 0 {
			h.seen[i], h.ids[i] = true, int32(i)
		}
	}
	return h
}

// where returns the places of the numbers of which something holds.
func where(list []int32, is func(int32) bool) []int {
	var at []int
	for i, v := range list {
		if is(v) {
			at = append(at, i)
		}
	}
	return at
}

// takeRows returns the rows of a matrix at some places.
func takeRows(x []float32, row int, at []int) op.Tensor {
	out := make([]float32, 0, len(at)*row)
	for _, i := range at {
		out = append(out, x[i*row:][:row]...)
	}
	return op.From(out, len(at), row)
}

// spread puts numbers at their places among n, the others of which are -1.
func spread(v []int32, at []int, n int) []int32 {
	out := op.Data[int32](filled(-1, n))
	for k, i := range at {
		out[i] = v[k]
	}
	return out
}

// closing closes c and joins what it says with an error before.
func closing(c io.Closer, err error) error { return errors.Join(err, c.Close()) }
