package op_test

import (
	"testing"

	"vidcsl/model/op"
)

func TestAddGrad(t *testing.T) {
	g := op.NewGraph()
	a, b := op.Input(g, "a", op.Of(op.F32)), op.Input(g, "b", op.Of(op.F32))
	c := op.Apply(op.Add{}, a, b)
	grads, err := op.Grad(op.Apply(op.Add{}, c, a), a, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range grads {
		t.Logf("%v %T %v", n, n.Op(), n.Name())
	}
	t.Log(g.AllNodes())
}
