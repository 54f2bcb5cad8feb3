package cluster

import (
	"errors"
	"fmt"
	"math"

	"vidcsl/model"
	"vidcsl/model/op"
)

var minusInf = float32(math.Inf(-1))

// compile returns a program of f over values that stay in it, under the name rows, and values that every run is given.
func compile(e model.Engine, rows *op.Type, in []op.Type, f func(rows *op.Node, in []*op.Node) []*op.Node) (model.Program, error) {
	g := op.NewGraph()
	var sig model.Signature
	var kept *op.Node
	if rows != nil {
		kept = op.Input(g, "rows", *rows)
		sig.State = []model.Slot{{Name: "rows", In: kept, First: op.NewTensor(*rows)}}
	}
	for i, t := range in {
		sig.Inputs = append(sig.Inputs, op.Input(g, fmt.Sprint("in", i), t))
	}
	if err := op.Build(func() { sig.Metrics = f(kept, sig.Inputs) }); err != nil {
		return nil, err
	}
	return e.Compile(sig)
}

// compile makes the programs; those that could not be made are nil.
func (f *Neighbors) compile(e model.Engine) error {
	o := f.o
	every, block := op.Of(op.F32, o.Samples, o.Features), op.Of(op.F32, f.rows, o.Features)
	white, lists := op.Of(op.F32, o.Samples, o.Dims), op.Of(op.I32, o.Samples, o.Neighbors)
	unit := func(_ *op.Node, in []*op.Node) []*op.Node {
		return []*op.Node{op.Apply(op.L2Normalize{Eps: 1e-12}, op.Apply(op.MatMul{}, in[0], in[1]))}
	}
	var errs [6]error
	f.gram, errs[0] = compile(e, nil, []op.Type{block, block}, func(_ *op.Node, in []*op.Node) []*op.Node {
		return []*op.Node{op.Apply(op.Gram{}, in[0], in[1])}
	})
	f.turn, errs[1] = compile(e, nil, []op.Type{block, op.Of(op.F32, o.Features, o.Features)}, unit)
	f.reduce, errs[2] = compile(e, nil, []op.Type{block, op.Of(op.F32, o.Features, o.Dims)}, unit)
	f.sum, errs[3] = compile(e, &every, []op.Type{op.Of(op.I32, f.rows, o.Partners)}, func(rows *op.Node, in []*op.Node) []*op.Node {
		return []*op.Node{op.Apply(op.GatherSum{}, rows, in[0])}
	})
	f.nearest, errs[4] = compile(e, nil, []op.Type{white, op.Of(op.F32, o.Samples)}, func(_ *op.Node, in []*op.Node) []*op.Node {
		return []*op.Node{op.Apply(op.Nearest{K: o.Neighbors, NotSelf: true}, in[0], in[0], in[1])}
	})
	f.shared, errs[5] = compile(e, nil, []op.Type{lists, white, op.Of(op.F32, 1)}, func(_ *op.Node, in []*op.Node) []*op.Node {
		partners := op.Apply(op.SharedNeighbors{Partners: o.Partners, Weight: weight}, in...)
		return []*op.Node{partners, op.Apply(op.SharedScore{Weight: weight}, in[0], in[1], partners)}
	})
	return errors.Join(errs[:]...)
}

// Close gives the programs back.
func (f *Neighbors) Close() error {
	var errs []error
	for _, p := range []model.Program{f.gram, f.turn, f.reduce, f.sum, f.nearest, f.shared} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}
