package eval

import (
	"context"
	"fmt"
	"slices"

	"vidcsl/model"
	"vidcsl/model/op"
)

// probeRows is how many samples go through the graph of the loss at once.
const probeRows = 16384

// probeLoss is the objective of a linear probe as a function of the weights.
type probeLoss struct {
	x        op.Tensor
	labels   []int32
	penalty  float64 // 1 / (C N)
	classes  int
	program  model.Program
	rows     int // of the graph
	from     int // the sample that the program's first row is; -1 before the first
	weights  []float64
	loss     float64
	gradient []float64
	err      error // of the program: the loss is not to be used
}

// newProbeLoss compiles the loss for at most so many samples at once.
func newProbeLoss(e model.Engine, x op.Tensor, labels []int32, classes int, c float64, most int) (*probeLoss, error) {
	n, h := x.Shape[0], x.Shape[1]
	l := &probeLoss{x: x, labels: labels, classes: classes, penalty: 1 / (c * float64(n)), rows: evenly(n, most), from: -1}
	l.gradient = make([]float64, classes*h+classes)
	g := op.NewGraph()
	in, of := op.Input(g, "x", op.Of(op.F32, l.rows, h)), op.Input(g, "labels", op.Of(op.I32, l.rows))
	w, b := op.Input(g, "w", op.Of(op.F32, classes, h)), op.Input(g, "b", op.Of(op.F32, classes))
	var losses, sum *op.Node
	err := op.Build(func() {
		losses = op.Apply(op.CrossEntropy{}, op.Apply(op.AddBias{}, op.Apply(op.MatMul{TransB: true}, in, w), b), of)
		sum = op.Apply(op.Sum{}, losses)
	})
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	grads, err := op.Grad(sum, w, b)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	l.program, err = e.Compile(model.Signature{
		Inputs: []*op.Node{w, b},
		State: []model.Slot{
			{Name: "x", In: in, First: op.NewTensor(op.TypeOf(in))},
			{Name: "labels", In: of, First: op.NewTensor(op.TypeOf(of))},
		},
		Metrics: []*op.Node{losses, grads[0], grads[1]},
	})
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	return l, nil
}

func (l *probeLoss) close() { l.program.Close() }

// at returns the loss and leaves its gradient in the field; it is computed once for weights that are asked for again. Products are in
// f32, sums over samples and the penalty in float64.
func (l *probeLoss) at(ctx context.Context, weights []float64) float64 {
	if l.err != nil || slices.Equal(weights, l.weights) {
		return l.loss
	}
	l.weights = append(l.weights[:0], weights...)
	v := newWeights(weights, l.classes)
	n, sum := len(weights)-l.classes, 0.0
	clear(l.gradient)
	for from := 0; from < len(l.labels); from += l.rows {
		if l.err = l.show(from); l.err != nil {
			return 0
		}
		m, err := l.program.Run(ctx, v.w, op.From(v.b, l.classes))
		if err != nil {
			l.err = fmt.Errorf("eval: linear probe: %w", err)
			return 0
		}
		for _, loss := range op.Data[float32](m[0]) {
			sum += float64(loss)
		}
		for i, g := range op.Data[float32](m[1]) {
			l.gradient[i] += float64(g)
		}
		for i, g := range op.Data[float32](m[2]) {
			l.gradient[n+i] += float64(g)
		}
	}
	l.loss = sum / float64(len(l.labels))
	for i := range l.gradient {
		l.gradient[i] /= float64(len(l.labels))
		if i < n {
			l.gradient[i] += l.penalty * weights[i]
			l.loss += l.penalty / 2 * weights[i] * weights[i]
		}
	}
	return l.loss
}

// show puts samples before the graph, from one on; rows beyond the last sample have no label and so no loss.
func (l *probeLoss) show(from int) error {
	if l.from == from {
		return nil
	}
	l.from = from
	labels := slices.Repeat([]int32{-1}, l.rows)
	copy(labels, l.labels[from:])
	if err := l.program.Set("x", rowsOf(l.x, from, l.rows)); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	if err := l.program.Set("labels", op.From(labels, l.rows)); err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	return nil
}
