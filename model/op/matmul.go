package op

import "fmt"

// MatMul is the product of two matrices, each of which may be taken transposed:
//
//	y[M,N] = A B   with A[M,K] = a or its transpose, B[K,N] = b or its transpose
type MatMul struct{ TransA, TransB bool }

// Kind implements [Spec].
func (MatMul) Kind() string { return "matmul" }

// Infer implements [Spec].
func (m MatMul) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 2)
	if err != nil {
		return Type{}, err
	}
	if err := wantRank(in, 2, 2); err != nil {
		return Type{}, err
	}
	rows, ka := ends(in[0].Shape, m.TransA)
	kb, columns := ends(in[1].Shape, m.TransB)
	if ka != kb {
		return Type{}, fmt.Errorf("input 0 is %v%s and input 1 is %v%s: the first has %d columns, the second %d rows",
			in[0], transposed(m.TransA), in[1], transposed(m.TransB), ka, kb)
	}
	return Of(d, rows, columns), nil
}

// Reference implements [Spec].
func (m MatMul) Reference(out Tensor, in []Tensor) error {
	_, k := ends(in[0].Shape, m.TransA)
	return floats(out, func(y []float32) { matmul(m, y, Data[float32](in[0]), Data[float32](in[1]), out.Shape, k) },
		func(y []float64) { matmul(m, y, Data[float64](in[0]), Data[float64](in[1]), out.Shape, k) })
}

// Diff implements [Differentiable].
func (MatMul) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (m MatMul) Grad(in []*Node, _, grad *Node) []*Node {
	a, b := in[0], in[1]
	ga := func() *Node { return Apply(MatMul{TransB: !m.TransB}, grad, b) }
	if m.TransA {
		ga = func() *Node { return Apply(MatMul{m.TransB, true}, b, grad) }
	}
	gb := func() *Node { return Apply(MatMul{TransA: !m.TransA}, a, grad) }
	if m.TransB {
		gb = func() *Node { return Apply(MatMul{true, m.TransA}, grad, a) }
	}
	return []*Node{ga(), gb()}
}

func matmul[T float](m MatMul, y, a, b []T, shape []int, k int) {
	rows, columns := shape[0], shape[1]
	if m.TransA {
		a = transpose(a, k, rows)
	}
	if !m.TransB {
		b = transpose(b, k, columns)
	}
	parallel(rows, func(from, to int) {
		for i := from; i < to; i++ {
			dots(y[i*columns:], 1, a[i*k:(i+1)*k], b, columns)
		}
	})
}

// transpose returns the transpose of x[rows,columns].
func transpose[T float](x []T, rows, columns int) []T {
	y := make([]T, len(x))
	for i := range rows {
		for j := range columns {
			y[j*rows+i] = x[i*columns+j]
		}
	}
	return y
}

// ends returns rows and columns.
func ends(shape []int, trans bool) (int, int) {
	if trans {
		return shape[1], shape[0]
	}
	return shape[0], shape[1]
}

func transposed(t bool) string {
	if t {
		return " transposed"
	}
	return ""
}
