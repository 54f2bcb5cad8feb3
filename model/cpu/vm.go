package cpu

import (
	"context"
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vidcsl/model"
	"vidcsl/model/op"
)

// VM runs a program behind Gorgonia's interface: RunAll makes one step with the values that gorgonia.Let bound to the inputs of the
// signature. State and metrics are the program's, not the nodes': read them with [model.Program.Get] and [VM.Metrics].
type VM struct {
	program model.Program
	inputs  []*op.Node
	metrics []op.Tensor
}

// NewVM returns the machine of a program that was compiled from a signature with these inputs. The machine closes the program.
func NewVM(p model.Program, inputs []*op.Node) *VM { return &VM{program: p, inputs: inputs} }

// RunAll implements gorgonia.VM.
func (v *VM) RunAll() error {
	list := make([]op.Tensor, len(v.inputs))
	for i, n := range v.inputs {
		t, err := valueOf(n)
		if err != nil {
			return err
		}
		list[i] = t
	}
	metrics, err := v.program.Run(context.Background(), list...)
	if err != nil {
		return err
	}
	v.metrics = metrics
	return nil
}

// Metrics returns what the last RunAll computed; it is valid until the next.
func (v *VM) Metrics() []op.Tensor { return v.metrics }

// Reset implements gorgonia.VM. There is nothing to do between runs.
func (v *VM) Reset() {}

// Close implements gorgonia.VM.
func (v *VM) Close() error { return v.program.Close() }

// valueOf returns the tensor that is bound to a node.
func valueOf(n *op.Node) (op.Tensor, error) {
	t := op.Tensor{Type: op.TypeOf(n)}
	switch v := n.Value().(type) {
	case nil:
		return t, fmt.Errorf("cpu: input %s has no value", n.Name())
	case *tensor.Dense:
		if !v.DataOrder().IsContiguous() || v.DataOrder().IsColMajor() {
			return t, fmt.Errorf("cpu: input %s is not row-major", n.Name())
		}
		t.Data = v.Data()
	case gorgonia.Scalar:
		switch d := v.Data().(type) {
		case float32:
			t.Data = []float32{d}
		case float64:
			t.Data = []float64{d}
		case int32:
			t.Data = []int32{d}
		case uint8:
			t.Data = []uint8{d}
		}
	}
	if t.Data == nil || len(raw(t)) != t.Len()*t.DType.Size() {
		return t, fmt.Errorf("cpu: input %s holds a %T, want %v", n.Name(), n.Value(), t.Type)
	}
	return t, nil
}

var _ gorgonia.VM = (*VM)(nil)
