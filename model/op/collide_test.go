package op_test

import (
	"testing"

	"vidcsl/model/op"
)

// TestHashesThatCollide: two nodes whose 32-bit hashes are the same stay two nodes, and a node asked for twice stays one.
func TestHashesThatCollide(t *testing.T) {
	g := op.NewGraph()
	a := op.Input(g, "layer6d45e0743d5bfe5b.convd2521d77", op.Of(op.F32, 2))
	b := op.Input(g, "layer96e3f32a28f52039.conve9270361", op.Of(op.F32, 2))
	ra, rb, again := op.Apply(op.ReLU{}, a), op.Apply(op.ReLU{}, b), op.Apply(op.ReLU{}, a)
	if ra == rb {
		t.Error("relu of two inputs is one node")
	}
	if ra != again {
		t.Error("relu of one input is two nodes")
	}
}
