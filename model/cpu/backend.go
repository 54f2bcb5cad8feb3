package cpu

import (
	"fmt"

	"vidcsl/model/op"
)

// backend computes operations better than their references do.
type backend interface {
	// lower adds steps for an operation to a plan and returns the value of its result; ok is false if it has no kernel for it.
	lower(p *plan, s op.Spec, in []int, out op.Type) (v int, ok bool, err error)
	// convert adds a step that changes the format of a value, which is the same numbers otherwise.
	convert(p *plan, v int, to format) (int, error)
	// bytes returns the memory that a value takes in a format.
	bytes(t op.Type, f format) int
	// start prepares the thread that lowers, binds and executes. It is called first.
	start() error
	// close frees what the backend holds. It is called on that thread.
	close()
}

// plan is a program while it is compiled.
type plan struct {
	backend   backend
	values    []value
	steps     []step
	converted map[conversion]int
}

type conversion struct {
	value int
	to    format
}

// add appends a value.
func (p *plan) add(v value) int {
	v.same = len(p.values)
	if v.bytes == 0 {
		v.bytes = p.size(v.typ, v.format)
	}
	p.values = append(p.values, v)
	return v.same
}

func (p *plan) size(t op.Type, f format) int {
	if f.plain() {
		return t.Len() * t.DType.Size()
	}
	return p.backend.bytes(t, f)
}

// emit appends a step and the value that it makes.
func (p *plan) emit(s step, t op.Type, f format) int {
	s.out = p.add(value{name: s.name, typ: t, format: f})
	p.steps = append(p.steps, s)
	return s.out
}

// as returns the value in a format, converted once for all who ask.
func (p *plan) as(v int, f format) (int, error) {
	if p.values[v].format == f {
		return v, nil
	}
	key := conversion{v, f}
	if c, ok := p.converted[key]; ok {
		return c, nil
	}
	c, err := p.backend.convert(p, v, f)
	if err != nil {
		return 0, fmt.Errorf("the layout of %s: %w", p.values[v].name, err)
	}
	p.converted[key] = c
	p.converted[conversion{c, p.values[v].format}] = v
	return c, nil
}

// rowMajor returns the values row-major, each converted once for all who ask.
func (p *plan) rowMajor(in []int) ([]int, error) {
	list := make([]int, len(in))
	for i, v := range in {
		var err error
		if list[i], err = p.as(v, format{}); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// lower adds the steps of an operation.
func (p *plan) lower(s op.Spec, in []int, out op.Type) (int, error) {
	if isView(s) {
		x, err := p.as(in[0], format{})
		if err != nil {
			return 0, err
		}
		v := p.add(value{name: s.Kind(), typ: out})
		p.values[v].same = p.values[x].same
		p.values[v].home = p.values[x].home
		return v, nil
	}
	if p.backend != nil {
		if v, ok, err := p.backend.lower(p, s, in, out); ok || err != nil {
			return v, err
		}
	}
	return p.reference(s, in, out)
}

// reference adds the step that computes an operation by its reference.
func (p *plan) reference(s op.Spec, in []int, out op.Type) (int, error) {
	list, err := p.rowMajor(in)
	if err != nil {
		return 0, err
	}
	at := len(p.values)
	bind := func(b *binding) (func() error, error) {
		operands := make([]op.Tensor, len(list))
		for i, v := range list {
			operands[i] = b.tensor(v)
		}
		result := b.tensor(at)
		return func() error { return s.Reference(result, operands) }, nil
	}
	return p.emit(step{name: s.Kind(), class: s.Kind(), in: list, spare: -1, reuse: overwrites(s, len(in)), bind: bind}, out, format{}), nil
}

// copyStep adds a step that copies a value as it is.
func (p *plan) copyStep(v int) int {
	x := p.values[v]
	at := len(p.values)
	bind := func(b *binding) (func() error, error) {
		to, from := b.bytes(at), b.bytes(v)
		return func() error { copy(to, from); return nil }, nil
	}
	return p.emit(step{name: "copy of " + x.name, class: "copy", in: []int{v}, spare: -1, bind: bind}, x.typ, x.format)
}
