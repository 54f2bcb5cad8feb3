package attack

import (
	"context"
	"errors"
	"fmt"
	"math"

	"vidcsl/model"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// Model is a network under attack, which an engine computes. One goroutine uses it; Close ends it.
type Model struct {
	engine   model.Engine
	net      Net
	batch    int
	outputs  int                  // logits, or features
	values   map[string]op.Tensor // of the parameters
	programs map[bool]*program    // with a gradient, and without
}

// Open prepares a network to be attacked, with up to batch questions answered at once. Programs are compiled when they are needed: two
// at a time are held, one for logits and one for gradients, of batch questions or, towards the end of a run, of fewer.
func Open(e model.Engine, net Net, batch int) (*Model, error) {
	switch s := net.Shape; {
	case batch < 1:
		return nil, fmt.Errorf("attack: a batch of %d, want at least 1", batch)
	case s[0] < 1 || s[1] < 1 || s[2] < 1 || s[3] < 1:
		return nil, fmt.Errorf("attack: clips are %v, want 3, T, H, W", s)
	case net.Classes < 0:
		return nil, fmt.Errorf("attack: %d classes", net.Classes)
	case !net.DType.Float():
		return nil, fmt.Errorf("attack: the network computes in %v, want f32 or f64", net.DType)
	}
	m := &Model{engine: e, net: net, batch: batch, programs: map[bool]*program{}}
	p, _, z, err := m.build(1)
	if err != nil {
		return nil, err
	}
	t := op.TypeOf(z)
	if t.Rank() != 2 || t.Shape[0] != 1 || t.DType != net.DType || net.Classes > 0 && t.Shape[1] != net.Classes {
		want := "K"
		if net.Classes > 0 {
			want = fmt.Sprint(net.Classes)
		}
		return nil, fmt.Errorf("attack: the network gives %v for one clip, want %v[1 %s]", t, net.DType, want)
	}
	if net.Weights != nil {
		if err := net.Weights(p); err != nil {
			return nil, fmt.Errorf("attack: %w", err)
		}
	}
	m.outputs, m.values = t.Shape[1], map[string]op.Tensor{}
	for _, n := range p.List() {
		m.values[n.Name] = n.First()
	}
	return m, nil
}

// Shape returns that of a clip: 3, T, H, W.
func (m *Model) Shape() [4]int { return m.net.Shape }

// Classes returns the number of classes; 0 for an encoder without a head.
func (m *Model) Classes() int { return m.net.Classes }

// Close ends the model.
func (m *Model) Close() error {
	var errs []error
	for gradient, p := range m.programs {
		errs = append(errs, p.Close())
		delete(m.programs, gradient)
	}
	return errors.Join(errs...)
}

// build adds the network to a new graph for n clips, and returns its parameters, the clips and the logits.
func (m *Model) build(n int) (*nn.Params, *op.Node, *op.Node, error) {
	g := op.NewGraph()
	p := nn.NewParams(g, m.net.DType, 0)
	s := m.net.Shape
	x := op.Input(g, "clips", op.Of(m.net.DType, n, s[0], s[1], s[2], s[3]))
	z, err := m.net.Build(p, x)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("attack: %w", err)
	}
	return p, x, z, nil
}

// answer computes the answers of questions of one kind, with a program for at most room of them.
func (m *Model) answer(ctx context.Context, list []*question, room int) error {
	p, err := m.program(list[0].loss != nil, room)
	if err != nil {
		return err
	}
	for i, q := range list {
		p.ask(i, q)
	}
	for i := len(list); i < p.size; i++ {
		p.blank(i)
	}
	results, err := p.Run(ctx, p.inputs...)
	if err != nil {
		return fmt.Errorf("attack: %w", err)
	}
	for i, q := range list {
		q.logits = part(q.logits, results[0], i)
		if q.loss == nil {
			continue
		}
		q.grad = part(q.grad, results[2], i)
		q.value = float32(number(results[1], i))
		if q.loss.Kind == Distance {
			q.value++ // the program leaves out the 1 of 1 - cos
		}
	}
	return nil
}

// program returns the one that answers so many questions: the one that is there, unless it is of another size.
func (m *Model) program(gradient bool, room int) (*program, error) {
	size := 1
	for size < room {
		size *= 2
	}
	size = min(size, m.batch)
	if p := m.programs[gradient]; p != nil {
		if p.size == size {
			return p, nil
		}
		delete(m.programs, gradient)
		if err := p.Close(); err != nil {
			return nil, fmt.Errorf("attack: %w", err)
		}
	}
	p, err := m.compile(gradient, size)
	if err != nil {
		return nil, err
	}
	m.programs[gradient] = p
	return p, nil
}

// part copies row i of a result to y, which is made if it is nil.
func part(y []float32, result op.Tensor, i int) []float32 {
	n := result.Len() / result.Shape[0]
	if y == nil {
		y = make([]float32, n)
	}
	if data, ok := result.Data.([]float32); ok {
		copy(y, data[i*n:])
		return y
	}
	for j := range y {
		y[j] = float32(number(result, i*n+j))
	}
	return y
}

// number returns an element of a float tensor.
func number(t op.Tensor, i int) float64 {
	if data, ok := t.Data.([]float32); ok {
		return float64(data[i])
	}
	return op.Data[float64](t)[i]
}

// fill sets run i of a float tensor to x.
func fill(t op.Tensor, i int, x []float32) {
	if data, ok := t.Data.([]float32); ok {
		copy(data[i*len(x):], x)
		return
	}
	row := op.Data[float64](t)[i*len(x):]
	for j, v := range x {
		row[j] = float64(v)
	}
}

// length returns the Euclidean length.
func length(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}
