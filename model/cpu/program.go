package cpu

import (
	"context"
	"errors"
	"fmt"

	"vidcsl/model"
	"vidcsl/model/op"
)

// ErrClosed is returned by the methods of a closed program.
var ErrClosed = errors.New("cpu: the program is closed")

// Program is a compiled graph. One goroutine uses it at a time; the steps run on a thread of its own until Close.
type Program struct {
	options Options
	backend backend // nil: references alone
	memory  memory
	binding binding
	inputs  []input
	state   []input
	slots   map[string]int
	metrics []metric
	results []op.Tensor
	calls   []call
	stale   []bool     // of the first calls, which run only when state that they depend on was set: they have to run
	commit  int        // the first call that writes over the state
	finish  []transfer // of new state that was computed apart
	jobs    chan context.Context
	done    chan error
	closed  bool
	freeErr error // of giving the memory back
}

// input is a value that comes from outside. value is -1 if nothing reads it.
type input struct {
	name       string
	typ        op.Type
	value      int
	dependents []int // the first calls that have to run when it was set
}

type metric struct {
	value  int
	tensor op.Tensor // on Go's heap: it may outlive the program
}

type transfer struct{ from, to int }

// Bytes returns the memory that the program holds for its values.
func (p *Program) Bytes() int { return len(p.memory) }

// Kernels reports whether operations run on kernels, and not all on their references.
func (p *Program) Kernels() bool { return p.backend != nil }

// Run implements [model.Program]. It returns ctx's error within the time of one operation. The inputs are copied.
func (p *Program) Run(ctx context.Context, inputs ...op.Tensor) ([]op.Tensor, error) {
	if p.closed {
		return nil, ErrClosed
	}
	if len(inputs) != len(p.inputs) {
		return nil, fmt.Errorf("cpu: %d inputs, want %d", len(inputs), len(p.inputs))
	}
	for i := range p.inputs {
		in := &p.inputs[i]
		if !inputs[i].Equal(in.typ) {
			return nil, fmt.Errorf("cpu: input %s is %v, want %v", in.name, inputs[i].Type, in.typ)
		}
		if in.value >= 0 {
			copy(p.binding.bytes(in.value), raw(inputs[i]))
		}
	}
	p.jobs <- ctx
	if err := <-p.done; err != nil {
		return nil, err
	}
	return p.results, nil
}

// Get implements [model.Program].
func (p *Program) Get(name string) (op.Tensor, error) {
	in, err := p.slot(name)
	if err != nil {
		return op.Tensor{}, err
	}
	t := op.NewTensor(in.typ)
	copy(raw(t), p.binding.bytes(in.value))
	return t, nil
}

// Set implements [model.Program].
func (p *Program) Set(name string, v op.Tensor) error {
	in, err := p.slot(name)
	if err != nil {
		return err
	}
	if err := p.set(in, v); err != nil {
		return fmt.Errorf("cpu: %w", err)
	}
	return nil
}

func (p *Program) set(in *input, v op.Tensor) error {
	if !v.Equal(in.typ) {
		return fmt.Errorf("state %s is %v, want %v", in.name, v.Type, in.typ)
	}
	copy(p.binding.bytes(in.value), raw(v))
	for _, i := range in.dependents {
		p.stale[i] = true
	}
	return nil
}

func (p *Program) slot(name string) (*input, error) {
	if p.closed {
		return nil, ErrClosed
	}
	i, ok := p.slots[name]
	if !ok {
		return nil, fmt.Errorf("cpu: there is no state %q", name)
	}
	return &p.state[i], nil
}

// Close ends the program's thread and gives its memory back. Metrics that Run returned stay valid. A second call does nothing.
func (p *Program) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	close(p.jobs)
	<-p.done
	return p.freeErr
}

var _ model.Program = (*Program)(nil)
