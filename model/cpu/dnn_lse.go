//go:build cgo && !nodnnl

package cpu

import (
	"unsafe"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// logSumExp adds an operation on masked rows.
func (k *kernels) logSumExp(p *plan, s op.Spec, in []int, out op.Type) (int, bool, error) {
	x := p.values[in[0]].typ
	if x.Len() == 0 {
		return 0, false, nil
	}
	row := x.Shape[x.Rank()-1]
	n := x.Len() / row
	v, err := k.kernel(p, s, in, make([]format, len(in)), out, format{}, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
		if _, ok := s.(op.MaskedLogSumExp); ok {
			return func() error { dnn.LogSumExp(n, row, m[0], m[1], m[2]); return nil }
		}
		return func() error { dnn.LogSumExpGrad(n, row, m[0], m[1], m[2], m[3], m[4]); return nil }
	})
	return v, true, err
}
