package op

import "fmt"

// Interpret computes the outputs of a graph with the reference of every operation, in the order of [Schedule]. feed holds the value
// of every input that the outputs need. A value is let go after its last use; those returned may be values of feed. It says what the
// numbers have to be, and is as slow as plain Go: checks and fallbacks use it.
func Interpret(outputs []*Node, feed map[*Node]Tensor) ([]Tensor, error) {
	list, at, err := Schedule(outputs)
	if err != nil {
		return nil, err
	}
	last := make([]int, len(list)) // the instruction after which a value is not needed
	for i, instr := range list {
		for _, k := range instr.In {
			last[k] = i
		}
	}
	for _, k := range at {
		last[k] = len(list)
	}
	values := make([]Tensor, len(list))
	for i, instr := range list {
		if instr.Spec == nil {
			v, ok := feed[instr.Node]
			if !ok {
				return nil, fmt.Errorf("op: input %s %v is not fed", instr.Node.Name(), instr.Type)
			}
			if !v.Equal(instr.Type) {
				return nil, fmt.Errorf("op: input %s is fed %v, want %v", instr.Node.Name(), v.Type, instr.Type)
			}
			values[i] = v
			continue
		}
		in := make([]Tensor, len(instr.In))
		for k, from := range instr.In {
			in[k] = values[from]
		}
		values[i] = NewTensor(instr.Type)
		if err := instr.Spec.Reference(values[i], in); err != nil {
			return nil, fmt.Errorf("op: %s: %w", instr.Spec.Kind(), err)
		}
		for _, from := range instr.In {
			if last[from] == i {
				values[from] = Tensor{}
			}
		}
	}
	out := make([]Tensor, len(at))
	for i, k := range at {
		out[i] = values[k]
	}
	return out, nil
}
