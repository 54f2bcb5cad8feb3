// Package op is the operations that training graphs are made of. Each is a [Spec]: a struct whose fields are all of its
// attributes, with the rule for its result's type, a plain-Go reference, and, where there is one, its gradient as more operations. Gorgonia
// holds the graph and differentiates it; none of its own operations are used, but for the sum of two gradients and the seed of one.
//
//	package main
//
//	import (
//		"fmt"
//
//		"vidcsl/model/op"
//	)
//
//	func main() {
//		g := op.NewGraph()
//		x, w := op.Input(g, "x", op.Of(op.F32, 1, 2)), op.Input(g, "w", op.Of(op.F32, 2, 1))
//		loss := op.Apply(op.Sum{}, op.Apply(op.Square{}, op.Apply(op.MatMul{}, x, w)))
//		grads, err := op.Grad(loss, w)
//		if err != nil {
//			panic(err)
//		}
//		out, err := op.Interpret([]*op.Node{loss, grads[0]}, map[*op.Node]op.Tensor{
//			x: op.From([]float32{1, 2}, 1, 2), w: op.From([]float32{3, -1}, 2, 1),
//		})
//		fmt.Println(out, err)
//	}
//
// A graph is data: [Schedule] lists what it takes to compute some of its nodes, and an engine (package model) does so with kernels of its own. [Interpret]
// computes with the references, for tests and for small things.
package op
