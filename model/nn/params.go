package nn

import (
	"fmt"
	"slices"
	"strings"

	"vidcsl/model"
	"vidcsl/model/op"
)

// Param is a parameter, or a buffer: a value that training changes but not by its gradient, such as a running mean.
type Param struct {
	Name   string
	In     *op.Node // the value before the step
	Out    *op.Node // the value after it: what an optimiser sets, and batch normalization for its buffers; nil: unchanged
	Buffer bool

	stored []int // the shape that it has in files, of as many elements
	init   Init
	seed   uint64
	first  op.Tensor
}

// First returns the value at the start: drawn from the seed and the name, or loaded. The caller must not change it.
func (p *Param) First() op.Tensor {
	if p.first.Data == nil {
		p.first = draw(p.seed, p.Name, op.TypeOf(p.In), p.init)
	}
	return p.first
}

// SetFirst replaces the value at the start. The parameter keeps v.
func (p *Param) SetFirst(v op.Tensor) error {
	if want := op.TypeOf(p.In); !v.Equal(want) {
		return fmt.Errorf("nn: parameter %s is set to %v, want %v", p.Name, v.Type, want)
	}
	p.first = v
	return nil
}

// Params are the parameters of a graph, or those of them below a prefix, and how batch normalization goes there. A name that is
// asked for again is the same parameter: two inputs go through one encoder if it is built for both.
type Params struct {
	all    *collection
	prefix string
	groups int    // into so many runs the batch is split for its statistics; 0: running statistics are used
	still  bool   // running statistics stay as they are
	norms  string // what the names of the parameters of batch normalization begin with, in addition
}

type collection struct {
	g    *op.Graph
	d    op.DType
	seed uint64
	list []*Param
	at   map[string]*Param
}

// NewParams returns an empty collection for a graph, of parameters of type F32 or F64, in inference.
func NewParams(g *op.Graph, d op.DType, seed uint64) *Params {
	return &Params{all: &collection{g: g, d: d, seed: seed, at: map[string]*Param{}}}
}

// Sub returns the parameters below a name: those whose names begin with it and a dot.
func (p *Params) Sub(name string) *Params {
	s := *p
	s.prefix += name + "."
	return &s
}

// Training returns the same parameters for layers that train: batch normalization takes the statistics of the batch, of each of
// groups equal runs of it (virtual batches) on its own, and moves the running statistics.
func (p *Params) Training(groups int) *Params {
	if groups < 1 {
		panic(&op.Error{Kind: "params", Err: fmt.Errorf("%d groups, want at least 1", groups)})
	}
	s := *p
	s.groups, s.still = groups, false
	return &s
}

// Tentative is [Params.Training] for passes that only try something out: the running statistics do not move.
func (p *Params) Tentative(groups int) *Params {
	s := p.Training(groups)
	s.still = true
	return s
}

// Norms returns the same parameters, but for those of batch normalization, weights and running statistics, which are others: their
// names begin with name and a dot. So one network has several, each for inputs of one kind (Xie et al. 2020, arXiv 1911.09665).
func (p *Params) Norms(name string) *Params {
	s := *p
	s.norms = name + "."
	return &s
}

// Inference returns the same parameters for layers in which batch normalization uses the running statistics.
func (p *Params) Inference() *Params {
	s := *p
	s.groups = 0
	return &s
}

// Weight returns a trained parameter.
func (p *Params) Weight(name string, init Init, shape ...int) *op.Node {
	return p.param(name, init, false, shape, shape).In
}

func (p *Params) param(name string, init Init, buffer bool, shape, stored []int) *Param {
	name = p.prefix + name
	t := op.Of(p.all.d, shape...)
	if old, ok := p.all.at[name]; ok {
		if got := op.TypeOf(old.In); !got.Equal(t) || old.Buffer != buffer {
			panic(&op.Error{Kind: "parameter", Inputs: []string{name}, Err: fmt.Errorf("it is %v, want %v", got, t)})
		}
		return old
	}
	n := &Param{Name: name, In: op.Input(p.all.g, name, t), Buffer: buffer, stored: stored, init: init, seed: p.all.seed}
	p.all.list = append(p.all.list, n)
	p.all.at[name] = n
	return n
}

// List returns the parameters and buffers in the order in which they were made.
func (p *Params) List() []*Param {
	var list []*Param
	for _, n := range p.all.list {
		if strings.HasPrefix(n.Name, p.prefix) {
			list = append(list, n)
		}
	}
	return list
}

// Trained returns the parameters without the buffers.
func (p *Params) Trained() []*Param {
	return slices.DeleteFunc(p.List(), func(n *Param) bool { return n.Buffer })
}

// Lookup returns a parameter by its name below the prefix.
func (p *Params) Lookup(name string) (*Param, bool) {
	n, ok := p.all.at[p.prefix+name]
	return n, ok
}

// Slots returns the state for an engine, with the first values.
func (p *Params) Slots() []model.Slot {
	var slots []model.Slot
	for _, n := range p.List() {
		slots = append(slots, model.Slot{Name: n.Name, In: n.In, Out: n.Out, First: n.First()})
	}
	return slots
}

// CopyFrom takes the first values of the parameters of the same names below another prefix, as a momentum encoder does. The two
// must have the same names and types.
func (p *Params) CopyFrom(src *Params) error {
	mine, theirs := p.List(), src.List()
	if len(mine) != len(theirs) {
		return fmt.Errorf("nn: %d parameters below %q, but %d below %q", len(mine), p.prefix, len(theirs), src.prefix)
	}
	for _, n := range mine {
		from, ok := src.Lookup(strings.TrimPrefix(n.Name, p.prefix))
		if !ok {
			return fmt.Errorf("nn: %s has no counterpart below %q", n.Name, src.prefix)
		}
		if err := n.SetFirst(from.First()); err != nil {
			return err
		}
	}
	return nil
}
