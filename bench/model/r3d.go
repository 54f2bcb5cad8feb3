package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"vidcsl/model"
	"vidcsl/model/op"
)

// net is a graph that gets its parameters as it grows.
type net struct {
	g      *op.Graph
	rng    *rand.Rand
	params []model.Slot
}

func (n *net) param(first op.Tensor) *op.Node {
	name := fmt.Sprint("p", len(n.params))
	in := op.Input(n.g, name, first.Type)
	n.params = append(n.params, model.Slot{Name: name, In: in, First: first})
	return in
}

func (n *net) conv(x *op.Node, out int, kernel, stride, pad [3]int) *op.Node {
	in := op.TypeOf(x).Shape[1]
	deviation := math.Sqrt(2 / float64(out*kernel[0]*kernel[1]*kernel[2]))
	w := n.param(normal(n.rng, deviation, out, in, kernel[0], kernel[1], kernel[2]))
	return op.Apply(op.Conv3D{Stride: stride, Pad: pad, Dilation: [3]int{1, 1, 1}, Groups: 1}, x, w)
}

func (n *net) norm(x *op.Node) *op.Node {
	gamma := op.NewTensor(op.Of(op.F32, op.TypeOf(x).Shape[1]))
	for i := range op.Data[float32](gamma) {
		op.Data[float32](gamma)[i] = 1
	}
	beta := op.NewTensor(gamma.Type)
	return op.Apply(op.BNApply{Groups: 1}, x, op.Apply(op.BNStats{Eps: 1e-5, Groups: 1}, x), n.param(gamma), n.param(beta))
}

func (n *net) block(x *op.Node, out, stride int) *op.Node {
	k, s, one := [3]int{3, 3, 3}, [3]int{stride, stride, stride}, [3]int{1, 1, 1}
	y := op.Apply(op.ReLU{}, n.norm(n.conv(x, out, k, s, one)))
	y = n.norm(n.conv(y, out, k, one, one))
	if stride > 1 {
		x = n.norm(n.conv(x, out, one, s, [3]int{}))
	}
	return op.Apply(op.ReLU{}, op.Apply(op.Add{}, y, x))
}

// r3d18 returns a training step: the mean square of 128 features goes down.
func r3d18(batch, frames, size int) (sig model.Signature, err error) {
	n := &net{g: op.NewGraph(), rng: rand.New(rand.NewPCG(2, 2))}
	var gradErr error
	err = op.Build(func() {
		x := op.Input(n.g, "x", op.Of(op.F32, batch, 3, frames, size, size))
		y := op.Apply(op.ReLU{}, n.norm(n.conv(x, 64, [3]int{3, 7, 7}, [3]int{1, 2, 2}, [3]int{1, 3, 3})))
		for _, b := range [][2]int{{64, 1}, {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}} {
			y = n.block(y, b[0], b[1])
		}
		y = op.Apply(op.MatMul{}, op.Apply(op.GlobalAvgPool{}, y), n.param(normal(n.rng, 0.05, 512, 128)))
		loss := op.Apply(op.Scale{Factor: 1 / float64(batch*128)}, op.Apply(op.Sum{}, op.Apply(op.Square{}, y)))
		sig.Inputs, sig.Metrics = []*op.Node{x}, []*op.Node{loss}
		wrt := make([]*op.Node, len(n.params))
		for i, p := range n.params {
			wrt[i] = p.In
		}
		grads, e := op.Grad(loss, wrt...)
		if gradErr = e; e != nil {
			return
		}
		lr := op.Input(n.g, "lr", op.Of(op.F32))
		sig.State = append(sig.State, model.Slot{Name: "lr", In: lr, First: op.From([]float32{0.01})})
		for i, p := range n.params {
			v := op.Input(n.g, p.Name+".v", p.First.Type)
			next := op.Apply(op.SGDMomentum{Momentum: 0.9, WeightDecay: 1e-4}, p.In, grads[i], v)
			p.Out = op.Apply(op.SGDApply{}, p.In, next, lr)
			sig.State = append(sig.State, p, model.Slot{Name: p.Name + ".v", In: v, Out: next, First: op.NewTensor(p.First.Type)})
		}
	})
	return sig, errors.Join(err, gradErr)
}
