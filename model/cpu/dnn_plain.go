//go:build cgo && !nodnnl

package cpu

import (
	"fmt"
	"math"
	"unsafe"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// rowMajor adds an operation on f32 in the row-major layout.
func (k *kernels) rowMajor(p *plan, s op.Spec, in []int, out op.Type) (v int, ok bool, err error) {
	sizes := make([]int, len(in))
	for i, v := range in {
		sizes[i] = p.values[v].typ.Len()
	}
	var run func(m []unsafe.Pointer) error // m: the operands, the result
	switch s := s.(type) {
	case op.MatMul:
		run = matMul(s, p.values[in[0]].typ.Shape, out.Shape)
	case op.AddBias:
		run = addBias(out.Shape[0], out.Shape[1])
	case op.SumChannels:
		run = sumColumns(p.values[in[0]].typ.Shape[0], out.Len())
	default:
		run = vectors(s, sizes, out.Len())
	}
	if run == nil {
		return 0, false, nil
	}
	v, err = k.kernel(p, s, in, make([]format, len(in)), out, format{}, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
		return func() error { return run(m) }
	})
	return v, true, err
}

// matMul returns what computes a matrix product; nil if it is a sum of nothing.
func matMul(s op.MatMul, a, out []int) func(m []unsafe.Pointer) error {
	inner := a[1]
	if s.TransA {
		inner = a[0]
	}
	if inner == 0 {
		return nil
	}
	return func(m []unsafe.Pointer) error {
		return dnn.MatMul(s.TransA, s.TransB, out[0], out[1], inner, m[0], m[1], m[2])
	}
}

func floats(p unsafe.Pointer, n int) []float32 { return unsafe.Slice((*float32)(p), n) }

// addBias returns what computes [op.AddBias] of a matrix.
func addBias(rows, columns int) func(m []unsafe.Pointer) error {
	return func(m []unsafe.Pointer) error {
		x, bias, y := floats(m[0], rows*columns), floats(m[1], columns), floats(m[2], rows*columns)
		for r := range rows {
			for c, b := range bias {
				y[r*columns+c] = x[r*columns+c] + b
			}
		}
		return nil
	}
}

// sumColumns returns what computes [op.SumChannels] of a matrix.
func sumColumns(rows, columns int) func(m []unsafe.Pointer) error {
	return func(m []unsafe.Pointer) error {
		x, y := floats(m[0], rows*columns), floats(m[1], columns)
		for c := range y {
			sum := 0.0
			for at := c; at < len(x); at += columns {
				sum += float64(x[at])
			}
			y[c] = float32(sum)
		}
		return nil
	}
}

// vectors returns what computes an operation on vectors of n numbers, of which optimisers are made; nil if there is no kernel for it.
func vectors(s op.Spec, sizes []int, n int) func(m []unsafe.Pointer) error {
	number := func(p unsafe.Pointer) float64 { return float64(*(*float32)(p)) }
	void := func(f func(m []unsafe.Pointer)) func([]unsafe.Pointer) error {
		return func(m []unsafe.Pointer) error { f(m); return nil }
	}
	switch s := s.(type) {
	case op.SGDMomentum:
		return void(func(m []unsafe.Pointer) {
			dnn.Momentum(m[0], m[1], m[2], float32(s.Momentum), 1, float32(s.WeightDecay), m[3], n)
		})
	case op.LARSMomentum:
		return void(func(m []unsafe.Pointer) {
			local, lp, lg := 1.0, math.Sqrt(dnn.SquareSum(m[0], n)), math.Sqrt(dnn.SquareSum(m[1], n))
			if lp != 0 && lg != 0 {
				local = s.Trust * lp / (lg + s.WeightDecay*lp + s.Eps)
			}
			dnn.Momentum(m[0], m[1], m[2], float32(s.Momentum), float32(number(m[3])*local), float32(s.WeightDecay), m[4], n)
		})
	case op.SGDApply:
		return void(func(m []unsafe.Pointer) { dnn.Axpby(m[0], m[1], 1, float32(-number(m[2])), m[3], n) })
	case op.EMA:
		return void(func(m []unsafe.Pointer) { dnn.Axpby(m[0], m[1], float32(s.Decay), float32(1-s.Decay), m[2], n) })
	case op.AdamMoment1:
		return void(func(m []unsafe.Pointer) { dnn.Axpby(m[0], m[1], float32(s.Beta), float32(1-s.Beta), m[2], n) })
	case op.AdamMoment2:
		return void(func(m []unsafe.Pointer) { dnn.MixSquares(m[0], m[1], float32(s.Beta), float32(1-s.Beta), m[2], n) })
	case op.AdamWApply:
		return func(m []unsafe.Pointer) error {
			step, lr := *(*int32)(m[3]), number(m[4])
			if step < 1 {
				return fmt.Errorf("step %d, want at least 1", step)
			}
			rate := lr / (1 - math.Pow(s.Beta1, float64(step)))
			root := 1 / math.Sqrt(1-math.Pow(s.Beta2, float64(step)))
			dnn.AdamW(m[0], m[1], m[2], float32(1-lr*s.WeightDecay), float32(rate), float32(root), float32(s.Eps), m[5], n)
			return nil
		}
	case op.Scale:
		return void(func(m []unsafe.Pointer) { dnn.Scale(m[0], float32(s.Factor), m[1], n) })
	case op.MulScalar:
		return void(func(m []unsafe.Pointer) { dnn.Scale(m[0], float32(number(m[1])), m[2], n) })
	case op.GlobalNorm:
		return void(func(m []unsafe.Pointer) {
			sum := 0.0
			for i, n := range sizes {
				sum += dnn.SquareSum(m[i], n)
			}
			*(*float32)(m[len(sizes)]) = float32(math.Sqrt(sum))
		})
	}
	return nil
}
