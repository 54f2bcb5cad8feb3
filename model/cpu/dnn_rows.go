//go:build cgo && !nodnnl

package cpu

import (
	"unsafe"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// rows adds an operation on rows of f32 matrices, whose result may be indices.
func (k *kernels) rows(p *plan, s op.Spec, in []int, out op.Type) (v int, ok bool, err error) {
	shapes := make([][]int, len(in))
	for i, v := range in {
		t := p.values[v].typ
		if t.DType != op.F32 && t.DType != op.I32 || t.Len() == 0 {
			return 0, false, nil
		}
		shapes[i] = t.Shape
	}
	if out.Len() == 0 {
		return 0, false, nil
	}
	run, scratch := k.rowKernel(s, shapes, out.Shape)
	if run == nil {
		return 0, false, nil
	}
	v, err = k.kernel(p, s, in, make([]format, len(in)), out, format{}, scratch, func(m []unsafe.Pointer, scratch unsafe.Pointer) func() error {
		return func() error { return run(m, scratch) }
	})
	return v, true, err
}

// rowKernel returns what computes an operation from the operands and to the result in m, and how much scratch memory it wants; nil if
// there is no kernel for it.
func (k *kernels) rowKernel(s op.Spec, in [][]int, out []int) (run func(m []unsafe.Pointer, scratch unsafe.Pointer) error, scratch int) {
	tasks := min(k.options.Threads, 256)
	switch s := s.(type) {
	case op.Nearest:
		q := dnn.Search{N: in[0][0], M: in[1][0], D: in[0][1], K: s.K, NotSelf: s.NotSelf, Tasks: tasks}
		return func(m []unsafe.Pointer, scratch unsafe.Pointer) error {
			var bias unsafe.Pointer
			if len(in) == 3 {
				bias = m[2]
			}
			return q.Run(m[0], m[1], bias, m[len(in)], scratch)
		}, q.Scratch()
	case op.Similarity:
		return func(m []unsafe.Pointer, _ unsafe.Pointer) error {
			return dnn.Similarity(in[0][0], in[1][0], in[0][1], in[2][1], s.Distance, m[0], m[1], m[2], m[3])
		}, 0
	case op.ScatterAdd:
		row := op.Type{Shape: in[0][1:]}.Len()
		return func(m []unsafe.Pointer, _ unsafe.Pointer) error {
			return dnn.ScatterAdd(in[0][0], row, out[0], m[0], m[1], m[2])
		}, 0
	case op.GatherSum:
		return func(m []unsafe.Pointer, _ unsafe.Pointer) error {
			return dnn.GatherSum(in[1][0], in[0][0], in[0][1], in[1][1], m[0], m[1], m[2])
		}, 0
	case op.Gram:
		return func(m []unsafe.Pointer, _ unsafe.Pointer) error {
			return dnn.Gram(in[0][0], in[0][1], in[1][1], m[0], m[1], m[2])
		}, 0
	case op.SharedNeighbors:
		g := dnn.Shared{N: in[0][0], K: in[0][1], D: in[1][1], M: s.Partners, Weight: float32(s.Weight), Tasks: tasks}
		return func(m []unsafe.Pointer, scratch unsafe.Pointer) error {
			var least unsafe.Pointer
			if len(in) == 3 {
				least = m[2]
			}
			return g.Partners(m[0], m[1], least, m[len(in)], scratch)
		}, g.Scratch()
	case op.SharedScore:
		g := dnn.Shared{N: in[0][0], K: in[0][1], D: in[1][1], M: in[2][1], Weight: float32(s.Weight), Tasks: tasks}
		return func(m []unsafe.Pointer, scratch unsafe.Pointer) error {
			return g.Scores(m[0], m[1], m[2], m[3], scratch)
		}, g.Scratch()
	}
	return nil, 0
}
