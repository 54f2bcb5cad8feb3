package cluster

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"vidcsl/model"
	"vidcsl/model/op"
)

// points are rows of numbers, some of which count.
type points struct {
	data []float32
	dim  int
	seen []bool
	n    int       // seen
	mean []float64 // of those seen, what is taken away from them; nil for nothing
}

// newPoints returns the rows of x relative to their mean. what names them in the error if a number is not finite.
func newPoints(what string, x []float32, dim int, seen []bool) (*points, error) {
	p := &points{data: x, dim: dim, seen: seen, mean: make([]float64, dim)}
	for i, yes := range seen {
		if !yes {
			continue
		}
		p.n++
		for j, v := range x[i*dim:][:dim] {
			if v-v != 0 {
				return nil, fmt.Errorf("%s of sample %d holds %v, want finite numbers", what, i, v)
			}
			p.mean[j] += float64(v)
		}
	}
	for j := range p.mean {
		p.mean[j] /= float64(max(1, p.n))
	}
	return p, nil
}

// fill stores the rows from one on in a block: 0 for those that do not count.
func (p *points) fill(block []float32, from int) {
	clear(block)
	for i := from; i < len(p.seen) && (i-from)*p.dim < len(block); i++ {
		if !p.seen[i] {
			continue
		}
		out := block[(i-from)*p.dim:][:p.dim]
		copy(out, p.data[i*p.dim:])
		for j, m := range p.mean {
			out[j] = float32(float64(out[j]) - m)
		}
	}
}

// normalize replaces the rows by what they are relative to the mean, divided by its length.
func (p *points) normalize() {
	row := make([]float32, p.dim)
	for i := range p.seen {
		p.fill(row, i)
		if l := length(row); l > 0 {
			for j, v := range row {
				row[j] = float32(float64(v) / l)
			}
		}
		copy(p.data[i*p.dim:], row)
	}
	p.mean = nil
}

// covariance returns the sum over rows of the outer products of x and of what other stores for the same rows, times scale; of x with itself
// if other is nil.
func (f *Neighbors) covariance(ctx context.Context, x *points, scale float64, other func(block []float32, from int) error) (*mat.SymDense, error) {
	a, b := f.block(), f.block()
	sum := make([]float64, x.dim*x.dim)
	for from := 0; from < f.o.Samples; from += f.rows {
		x.fill(op.Data[float32](a), from)
		if other == nil {
			copy(op.Data[float32](b), op.Data[float32](a))
		} else if err := other(op.Data[float32](b), from); err != nil {
			return nil, err
		}
		out, err := f.gram.Run(ctx, a, b)
		if err != nil {
			return nil, err
		}
		for i, v := range op.Data[float32](out[0]) {
			sum[i] += float64(v)
		}
	}
	c := mat.NewSymDense(x.dim, nil)
	for i := range x.dim {
		for j := i; j < x.dim; j++ {
			c.SetSym(i, j, scale*(sum[i*x.dim+j]+sum[j*x.dim+i])/2)
		}
	}
	return c, nil
}

// block returns room for a block of rows.
func (f *Neighbors) block() op.Tensor { return op.NewTensor(op.Of(op.F32, f.rows, f.o.Features)) }

// project returns the rows of x times t, each divided by its length; 0 for those that do not count.
func (f *Neighbors) project(ctx context.Context, p model.Program, x *points, t op.Tensor) (*points, error) {
	to := t.Shape[1]
	y := &points{data: make([]float32, f.o.Samples*to), dim: to, seen: x.seen, n: x.n}
	b := f.block()
	for from := 0; from < f.o.Samples; from += f.rows {
		x.fill(op.Data[float32](b), from)
		out, err := p.Run(ctx, b, t)
		if err != nil {
			return nil, err
		}
		copy(y.data[from*to:], op.Data[float32](out[0]))
	}
	return y, nil
}

// sphere returns rows of length 1 in which a within-class covariance, plus Ridge of its mean variance in every direction, is that of noise which is
// the same in all directions (within-class covariance normalisation: Hatch, Kajarekar and Stolcke 2006).
func (f *Neighbors) sphere(ctx context.Context, x *points, within *mat.SymDense) (*points, error) {
	h := f.o.Features
	ridge := f.o.Ridge * mat.Trace(within) / float64(h)
	if !(ridge > 0) { // nothing varies within a class: all directions are alike
		ridge = 1
	}
	for i := range h {
		within.SetSym(i, i, within.At(i, i)+ridge)
	}
	// with L L' the covariance, (L')^-1 is what whitens; from its root it differs by a turn of all rows alike
	var l mat.Cholesky
	var lower, inverse mat.TriDense
	if !l.Factorize(within) {
		return nil, fmt.Errorf("a covariance within classes of %d features is singular: the ridge, %v, is too small", h, f.o.Ridge)
	}
	l.LTo(&lower)
	if err := inverse.InverseTri(&lower); err != nil {
		return nil, fmt.Errorf("a covariance within classes of %d features: %w", h, err)
	}
	t := op.NewTensor(op.Of(op.F32, h, h))
	for i := range h {
		for j := i; j < h; j++ {
			op.Data[float32](t)[i*h+j] = float32(inverse.At(j, i))
		}
	}
	return f.project(ctx, f.turn, x, t)
}

// principal returns rows of length 1 of the Dims directions in which x varies most, each divided by the root of its standard deviation.
func (f *Neighbors) principal(ctx context.Context, x *points) (*points, error) {
	x, err := newPoints("whitened feature", x.data, x.dim, x.seen)
	if err != nil {
		return nil, err
	}
	c, err := f.covariance(ctx, x, 1/float64(max(1, x.n)), nil)
	if err != nil {
		return nil, err
	}
	d := f.o.Dims
	values, vectors, err := spectrum(c, d)
	if err != nil {
		return nil, err
	}
	t := op.NewTensor(op.Of(op.F32, f.o.Features, d))
	for j, v := range values {
		if !(v > 1e-9*values[0]) { // as many directions as there are
			break
		}
		for i := range f.o.Features {
			op.Data[float32](t)[i*d+j] = float32(vectors.At(i, j) / math.Pow(v, 0.25))
		}
	}
	return f.project(ctx, f.reduce, x, t)
}
