package cpu

import (
	"fmt"
	"slices"

	"vidcsl/model"
	"vidcsl/model/op"
)

// compile makes a program that is ready to run, on the thread that will: what kernels prepare depends on its threads.
func (pr *Program) compile(sig model.Signature) (err error) {
	p := &plan{converted: map[conversion]int{}}
	if p.backend, err = pr.options.kernels(); err != nil {
		return err
	}
	pr.backend = p.backend
	if pr.backend != nil {
		if err := pr.backend.start(); err != nil {
			return err
		}
	}
	if err := pr.lower(p, sig); err != nil {
		return err
	}
	held := make([]int, 0, len(pr.metrics)+len(pr.finish))
	for _, m := range pr.metrics {
		held = append(held, m.value)
	}
	for _, f := range pr.finish {
		held = append(held, f.from)
	}
	settled := pr.settle(p, sig, held)
	if pr.memory, err = newMemory(p.memoryOf(held)); err != nil {
		return err
	}
	pr.binding = binding{base: pr.memory.base(), values: p.values}
	for _, s := range p.steps {
		run, err := s.bind(&pr.binding)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		pr.calls = append(pr.calls, call{step: s, run: run})
	}
	pr.stale = slices.Repeat([]bool{true}, settled)
	for i, s := range sig.State {
		if err := pr.set(&pr.state[i], s.First); err != nil {
			return err
		}
	}
	return nil
}

// settle finds the steps that need not run each time, and which of them a value of the state makes run again. It returns their number.
func (pr *Program) settle(p *plan, sig model.Signature, held []int) (n int) {
	var fixed []int
	for i, s := range sig.State {
		if unchanged(s) {
			fixed = append(fixed, pr.state[i].value)
		}
	}
	after := len(p.steps) - pr.commit // which change the state, or follow those that do
	n = p.settle(fixed, held)
	pr.commit = max(n, len(p.steps)-after)
	for i, s := range sig.State {
		if unchanged(s) {
			pr.state[i].dependents = p.dependents(pr.state[i].value, n)
		}
	}
	return n
}

// unchanged reports whether a step leaves a value of the state as it is.
func unchanged(s model.Slot) bool { return s.Out == nil || s.Out == s.In }

// lower fills the plan with the steps of a signature, and the program with the values at its border.
func (pr *Program) lower(p *plan, sig model.Signature) error {
	outputs := append([]*op.Node{}, sig.Metrics...)
	for _, s := range sig.State {
		if s.Out != nil {
			outputs = append(outputs, s.Out)
		}
	}
	list, at, err := op.Schedule(outputs)
	if err != nil {
		return err
	}
	values := make([]int, len(list)) // of every instruction
	for i := range values {
		values[i] = -1
	}
	ins, outs, err := pr.border(p, sig, list, values, at[len(sig.Metrics):])
	if err != nil {
		return err
	}
	var late []update
	if !pr.options.CheckNaN { // which has to find it before the state changes
		late = updates(list, ins, outs, at[:len(sig.Metrics)])
	}
	deferred := map[int]bool{}
	for _, u := range late {
		deferred[u.at] = true
	}
	dead := map[int]bool{}
	if p.backend != nil && !pr.options.CheckNaN {
		fixed := make([]bool, len(list))
		for i, s := range sig.State {
			if ins[i] >= 0 {
				fixed[ins[i]] = unchanged(s)
			}
		}
		dead = fuse(list, at, fixed)
	}
	lower := func(i int) error {
		in := make([]int, len(list[i].In))
		for k, v := range list[i].In {
			in[k] = values[v]
		}
		v, err := p.lower(list[i].Spec, in, list[i].Type)
		if err != nil {
			return fmt.Errorf("%s %v: %w", list[i].Spec.Kind(), list[i].Type, err)
		}
		values[i] = v
		return nil
	}
	for _, i := range op.Arrange(list, at, dead) {
		if list[i].Spec == nil || deferred[i] || dead[i] {
			continue
		}
		if err := lower(i); err != nil {
			return err
		}
	}
	for _, i := range at[:len(sig.Metrics)] {
		v, err := p.lasting(values[i])
		if err != nil {
			return err
		}
		pr.metrics = append(pr.metrics, metric{v, op.NewTensor(list[i].Type)})
		pr.results = append(pr.results, pr.metrics[len(pr.metrics)-1].tensor)
	}
	for s, out := range outs {
		if out < 0 || out == ins[s] || deferred[out] {
			continue
		}
		v, err := p.lasting(values[out])
		if err != nil {
			return err
		}
		pr.finish = append(pr.finish, transfer{from: v, to: pr.state[s].value})
	}
	pr.commit = len(p.steps)
	for _, u := range late {
		if err := lower(u.at); err != nil {
			return err
		}
		v := values[u.at]
		if p.values[v].format == p.values[values[u.over]].format {
			p.values[v].same = values[u.over]
			continue
		}
		if v, err = p.as(v, format{}); err != nil {
			return err
		}
		pr.finish = append(pr.finish, transfer{from: v, to: values[u.over]})
	}
	return nil
}

// lasting returns a row-major value that no update writes over.
func (p *plan) lasting(v int) (int, error) {
	v, err := p.as(v, format{})
	if err == nil && p.values[p.root(v)].home == state {
		v = p.copyStep(v)
	}
	return v, err
}

// border adds the values that come from outside, and finds for each slot the places of its old and new value in the schedule.
func (pr *Program) border(p *plan, sig model.Signature, list []op.Instr, values, at []int) (ins, outs []int, err error) {
	place := make(map[*op.Node]int, len(list))
	for i, in := range list {
		place[in.Node] = i
	}
	known := make(map[*op.Node]bool)
	for _, n := range sig.Inputs {
		t := op.TypeOf(n)
		in := input{name: n.Name(), typ: t, value: -1}
		if known[n] {
			return nil, nil, fmt.Errorf("input %s is there twice", n.Name())
		}
		known[n] = true
		if i, ok := place[n]; ok {
			in.value = p.add(value{name: n.Name(), typ: t, home: fed})
			values[i] = in.value
		}
		pr.inputs = append(pr.inputs, in)
	}
	next := 0
	for i, s := range sig.State {
		t := op.TypeOf(s.In)
		if _, twice := pr.slots[s.Name]; twice || known[s.In] {
			return nil, nil, fmt.Errorf("state %s is there twice", s.Name)
		}
		known[s.In] = true
		pr.slots[s.Name] = i
		v := p.add(value{name: s.Name, typ: t, home: state})
		pr.state = append(pr.state, input{name: s.Name, typ: t, value: v})
		in, ok := place[s.In]
		if !ok {
			in = -1
		} else {
			values[in] = v
		}
		out := -1
		if s.Out != nil {
			out = at[next]
			next++
			if !list[out].Type.Equal(t) {
				return nil, nil, fmt.Errorf("state %s is %v, its new value %v", s.Name, t, list[out].Type)
			}
		}
		ins, outs = append(ins, in), append(outs, out)
	}
	for _, in := range list {
		if in.Spec == nil && !known[in.Node] {
			return nil, nil, fmt.Errorf("input %s is neither fed nor state", in.Node.Name())
		}
	}
	return ins, outs, nil
}
