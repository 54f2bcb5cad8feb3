package cpu_test

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// TestVM runs a program as a machine of Gorgonia's.
func TestVM(t *testing.T) {
	g := op.NewGraph()
	x, k, s := op.Input(g, "x", op.Of(op.F32, 2)), op.Input(g, "k", op.Of(op.F32)), op.Input(g, "s", op.Of(op.F32, 2))
	sum := op.Apply(op.Add{}, s, op.Apply(op.MulScalar{}, x, k))
	sig := model.Signature{Inputs: []*op.Node{x, k}, Metrics: []*op.Node{sum},
		State: []model.Slot{{Name: "s", In: s, Out: sum, First: op.From([]float32{1, 2}, 2)}}}
	p, err := cpu.New(cpu.Options{}).Compile(sig)
	if err != nil {
		t.Fatal(err)
	}
	m := cpu.NewVM(p, sig.Inputs)
	var vm gorgonia.VM = m
	if err := vm.RunAll(); err == nil || err.Error() != "cpu: input x has no value" {
		t.Errorf("error %v", err)
	}
	for _, err := range []error{gorgonia.Let(x, tensor.New(tensor.WithBacking([]float32{1, 1}))), gorgonia.Let(k, float32(3))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []op.Tensor{op.From([]float32{4, 5}, 2), op.From([]float32{7, 8}, 2)} {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if far(m.Metrics()[0], want) != 0 {
			t.Errorf("metric %v, want %v", m.Metrics()[0].Data, want.Data)
		}
		vm.Reset()
	}
	if err := vm.Close(); err != nil {
		t.Error(err)
	}
}
