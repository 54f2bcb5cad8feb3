//go:build cgo && !nodnnl

package cpu

import (
	"math"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// fold is a batch normalisation by fixed statistics that becomes part of the convolution before it: its operands.
type fold struct {
	weights, mean, variance, gamma, beta int
	eps                                  float64
}

// convNorm adds a convolution with what follows it. Its weights and bias are computed once, see [plan.settle].
func (k *kernels) convNorm(p *plan, s convNorm, in []int, out op.Type) (int, error) {
	x, w := p.values[in[0]].typ.Shape, p.values[in[1]].typ.Shape
	c, err := k.conv(dnn.Result, s.Conv, [5]int(x), [5]int(w), dnn.After{Bias: true, Sum: s.Add, ReLU: s.ReLU})
	if err != nil {
		return 0, err
	}
	weights, bias, err := k.folded(p, fold{in[1], in[2], in[3], in[4], in[5], s.Eps})
	if err != nil {
		return 0, err
	}
	f, err := k.packOf(c.prim, w, c.Groups)
	if err != nil {
		return 0, err
	}
	step := step{name: s.Kind(), class: s.Kind(), in: []int{in[0], weights, bias}, spare: -1}
	formats := []format{{Block: c.XBlock, BF16: c.BF16}, f, {}}
	y := format{Block: c.YBlock, BF16: c.BF16}
	if s.Add {
		step.in, formats = append(step.in, in[6]), append(formats, y)
	}
	for i, v := range step.in {
		if step.in[i], err = p.as(v, formats[i]); err != nil {
			return 0, err
		}
	}
	if s.Add && p.root(step.in[0]) != p.root(step.in[3]) { // the sum grows where the addend lies, if nobody needs that any more
		step.reuse = []int{3}
	}
	if n := c.prim.Scratch(); n > 0 {
		step.spare = p.add(value{name: "scratch of " + step.name, typ: op.Of(op.U8, n)})
	}
	at := len(p.values)
	step.bind = func(b *binding) (func() error, error) {
		x, w, bias, y := b.pointer(step.in[0]), b.pointer(step.in[1]), b.pointer(step.in[2]), b.pointer(at)
		var to, from []byte
		if s.Add && b.pointer(step.in[3]) != y {
			to, from = b.bytes(at), b.bytes(step.in[3])
		}
		scratch := b.spare(step)
		return func() error { copy(to, from); return c.prim.Run(x, w, bias, y, scratch) }, nil
	}
	return p.emit(step, out, y), nil
}

// folded returns the weights and the bias that make a convolution normalise its result, row-major:
//
//	w * gamma/sqrt(variance+eps)  and  beta - mean*gamma/sqrt(variance+eps)
func (k *kernels) folded(p *plan, f fold) (weights, bias int, err error) {
	if v, ok := k.folds[f]; ok {
		return v[0], v[1], nil
	}
	scale := func(gamma, variance []float32, c int) float64 {
		return float64(gamma[c]) / math.Sqrt(float64(variance[c])+f.eps)
	}
	weights, err = p.plainStep("fold", []int{f.weights, f.variance, f.gamma}, p.values[f.weights].typ, func(out []float32, in [][]float32) {
		n := len(out) / len(in[1])
		for i, w := range in[0] {
			out[i] = float32(float64(w) * scale(in[2], in[1], i/n))
		}
	})
	if err != nil {
		return 0, 0, err
	}
	bias, err = p.plainStep("fold", []int{f.mean, f.variance, f.gamma, f.beta}, p.values[f.mean].typ, func(out []float32, in [][]float32) {
		for c, mean := range in[0] {
			out[c] = float32(float64(in[3][c]) - float64(mean)*scale(in[2], in[1], c))
		}
	})
	k.folds[f] = [2]int{weights, bias}
	return weights, bias, err
}

// plainStep adds a step that Go computes from row-major f32.
func (p *plan) plainStep(name string, in []int, out op.Type, f func(out []float32, in [][]float32)) (int, error) {
	list, err := p.rowMajor(in)
	if err != nil {
		return 0, err
	}
	at := len(p.values)
	bind := func(b *binding) (func() error, error) {
		operands := make([][]float32, len(list))
		for i, v := range list {
			operands[i] = op.Data[float32](b.tensor(v))
		}
		result := op.Data[float32](b.tensor(at))
		return func() error { f(result, operands); return nil }, nil
	}
	return p.emit(step{name: name, class: name, in: list, spare: -1, bind: bind}, out, format{}), nil
}
