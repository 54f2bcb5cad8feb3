package contrast

import (
	"fmt"

	"vidcsl/model/op"
)

// stored reads values of a state. The first error stays.
type stored struct {
	get func(name string) (op.Tensor, error)
	err error
}

func (s *stored) tensor(name string, d op.DType) op.Tensor {
	if s.err != nil {
		return op.Tensor{}
	}
	v, err := s.get(name)
	if err == nil && (v.DType != d || len(v.Shape) == 0 || v.Data == nil) {
		err = fmt.Errorf("%s is %v, want %v with at least one dimension", name, v.Type, d)
	}
	s.err = err
	return v
}

// inside reports whether a tensor has a row, and sets the error if not.
func (s *stored) inside(name string, v op.Tensor, row int) bool {
	if s.err == nil && (row < 0 || row >= v.Shape[0]) {
		s.err = fmt.Errorf("%s is %v, want a row %d", name, v.Type, row)
	}
	return s.err == nil
}

// numbers returns integers, none after an error.
func (s *stored) numbers(name string) []int32 {
	if v := s.tensor(name, op.I32); s.err == nil {
		return op.Data[int32](v)
	}
	return nil
}

// at returns integers at some places, none after an error.
func (s *stored) at(name string, at []int) []int32 {
	v := s.tensor(name, op.I32)
	for _, i := range at {
		if !s.inside(name, v, i) {
			return make([]int32, len(at))
		}
	}
	if s.err != nil {
		return make([]int32, len(at))
	}
	return pick(op.Data[int32](v), at)
}

// rows returns rows of a matrix at some places, the zero tensor if there are none.
func (s *stored) rows(name string, at []int) op.Tensor {
	v := s.tensor(name, op.F32)
	for _, i := range at {
		if !s.inside(name, v, i) {
			return op.Tensor{}
		}
	}
	if s.err != nil || len(at) == 0 {
		return op.Tensor{}
	}
	return takeRows(op.Data[float32](v), v.Len()/v.Shape[0], at)
}

// pick returns numbers at some places.
func pick(list []int32, at []int) []int32 {
	out := make([]int32, len(at))
	for k, i := range at {
		out[k] = list[i]
	}
	return out
}
