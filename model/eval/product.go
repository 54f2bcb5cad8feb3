package eval

import (
	"context"
	"fmt"

	"vidcsl/model"
	"vidcsl/model/op"
)

// Blocks of the product of two sets of rows: at most so many of each at a time, 4 MiB of products.
const (
	blockA = 256
	blockB = 4096
)

// block is a part of the products of the rows of a with the rows of b.
type block struct {
	row, rows       int // of a
	column, columns int // rows of b
	stride          int
	y               []float32
}

// of returns the products of row i of the block.
func (b block) of(i int) []float32 { return b.y[i*b.stride:][:b.columns] }

// products calls visit with the inner products of all rows of a with all rows of b, block by block: for a run of rows of b all of
// a, then the next run. A block is valid during the call.
func products(ctx context.Context, e model.Engine, a, b op.Tensor, visit func(block)) error {
	na, nb, h := a.Shape[0], b.Shape[0], a.Shape[1]
	// the last blocks are filled up with zeros: equal parts waste least
	sizeA, sizeB := evenly(na, blockA), evenly(nb, blockB)
	g := op.NewGraph()
	x, w := op.Input(g, "a", op.Of(op.F32, sizeA, h)), op.Input(g, "b", op.Of(op.F32, sizeB, h))
	var y *op.Node
	if err := op.Build(func() { y = op.Apply(op.MatMul{TransB: true}, x, w) }); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	p, err := e.Compile(model.Signature{
		Inputs:  []*op.Node{x},
		State:   []model.Slot{{Name: "b", In: w, First: op.NewTensor(op.TypeOf(w))}},
		Metrics: []*op.Node{y},
	})
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	defer p.Close()
	for j := 0; j < nb; j += sizeB {
		if err := p.Set("b", rowsOf(b, j, sizeB)); err != nil {
			return fmt.Errorf("eval: %w", err)
		}
		for i := 0; i < na; i += sizeA {
			m, err := p.Run(ctx, rowsOf(a, i, sizeA))
			if err != nil {
				return fmt.Errorf("eval: %w", err)
			}
			visit(block{i, min(sizeA, na-i), j, min(sizeB, nb-j), sizeB, op.Data[float32](m[0])})
		}
	}
	return nil
}

// evenly returns the size of equal parts of n, none above most.
func evenly(n, most int) int {
	parts := (n + most - 1) / most
	return (n + parts - 1) / parts
}

// rowsOf returns n rows of a matrix from one on, of zeros where there are no more.
func rowsOf(x op.Tensor, from, n int) op.Tensor {
	k, data := x.Shape[1], op.Data[float32](x)
	if from+n <= x.Shape[0] {
		return op.From(data[from*k:(from+n)*k], n, k)
	}
	y := make([]float32, n*k)
	copy(y, data[from*k:])
	return op.From(y, n, k)
}
