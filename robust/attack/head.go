package attack

import (
	"fmt"
	"math"

	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// Head is a linear classifier of features f: its logits are Weight (f - Mean)/Std + Bias.
type Head struct {
	Weight op.Tensor // f32[C,H], or f64
	Bias   []float64 // C
	// Mean and Std are what features are standardised by, as those of a linear probe are, H each; nil: they are not.
	Mean, Std []float64
}

// Linear returns an encoder with a linear classifier on its features, such as a linear probe. Net.Classes is not needed.
func Linear(c EncoderConfig, h Head) (Net, error) {
	t := h.Weight.Type
	if t.Rank() != 2 || !t.DType.Float() {
		return Net{}, fmt.Errorf("attack: the weights of the head are %v, want f32[C H]", t)
	}
	classes, features := t.Shape[0], t.Shape[1]
	switch {
	case len(h.Bias) != classes:
		return Net{}, fmt.Errorf("attack: the head has %d biases, want %d, one for each class", len(h.Bias), classes)
	case (h.Mean != nil || h.Std != nil) && (len(h.Mean) != features || len(h.Std) != features):
		return Net{}, fmt.Errorf("attack: the head has %d means and %d deviations, want %d of each", len(h.Mean), len(h.Std), features)
	}
	weight, bias := h.folded()
	c.Net.Classes = 0
	head := func(p *nn.Params, f *op.Node) *op.Node {
		w := p.Weight("weight", inOrder(weight), classes, features)
		return op.Apply(op.AddBias{}, op.Apply(op.MatMul{TransB: true}, f, w), p.Weight("bias", inOrder(bias), classes))
	}
	return c.with(classes, head), nil
}

// folded returns weights and biases of features that are not standardised.
func (h Head) folded() (weight, bias []float64) {
	features := h.Weight.Shape[1]
	weight, bias = make([]float64, h.Weight.Len()), append([]float64(nil), h.Bias...)
	for i := range weight {
		switch data := h.Weight.Data.(type) {
		case []float32:
			weight[i] = float64(data[i])
		case []float64:
			weight[i] = data[i]
		}
		if h.Mean != nil {
			weight[i] /= h.Std[i%features]
			bias[i/features] -= weight[i] * h.Mean[i%features]
		}
	}
	return weight, bias
}

// Gallery is what a kNN classifier looks for neighbours in.
type Gallery struct {
	X       op.Tensor // f32[M,H]: features
	Labels  []int32   // M, from 0 to Classes-1, of which each has a sample
	Classes int
	// Temperature is tau: a neighbour of similarity s counts exp(s/tau). At least 0.0125, since exp would leave the range of f32.
	Temperature float64
	Center      bool // take the mean of the gallery's features from all
}

// SoftKNN returns an encoder with a kNN classifier that has a gradient: the logit of a class is
//
//	log of the sum over its samples g of exp(cos(f, g) / tau)
//
// for the feature f of a clip. With all of the gallery as neighbours it is that of Wu et al. 2018 (arXiv 1805.01978, section 3.4); where
// only the nearest vote, it is a surrogate to attack it by. Net.Classes is not needed.
func SoftKNN(c EncoderConfig, g Gallery) (Net, error) {
	const coldest = 0.0125
	t := g.X.Type
	switch {
	case t.Rank() != 2 || t.DType != op.F32 || t.Len() == 0:
		return Net{}, fmt.Errorf("attack: the features of the gallery are %v, want f32[M H]", t)
	case len(g.Labels) != t.Shape[0]:
		return Net{}, fmt.Errorf("attack: the gallery has %d labels for %d samples", len(g.Labels), t.Shape[0])
	case !(g.Temperature >= coldest) || math.IsInf(g.Temperature, 0):
		return Net{}, fmt.Errorf("attack: the temperature of the gallery is %v, want at least %v", g.Temperature, coldest)
	case g.Classes < 1:
		return Net{}, fmt.Errorf("attack: the gallery is of %d classes, want at least 1", g.Classes)
	}
	samples, features := t.Shape[0], t.Shape[1]
	member, count := make([]float64, samples*g.Classes), make([]int, g.Classes)
	for i, label := range g.Labels {
		if label < 0 || int(label) >= g.Classes {
			return Net{}, fmt.Errorf("attack: label %d of the gallery is %d, want 0 to %d", i, label, g.Classes-1)
		}
		member[i*g.Classes+int(label)] = 1
		count[label]++
	}
	for class, n := range count {
		if n == 0 {
			return Net{}, fmt.Errorf("attack: class %d has no sample in the gallery", class)
		}
	}
	rows, mean := g.rows()
	c.Net.Classes = 0
	head := func(p *nn.Params, f *op.Node) *op.Node {
		if g.Center {
			f = op.Apply(op.AddBias{}, f, p.Weight("away", inOrder(mean), features))
		}
		unit := op.L2Normalize{Eps: 1e-12}
		gallery := op.Apply(unit, p.Weight("gallery", inOrder(rows), samples, features))
		similarity := op.Apply(op.MatMul{TransB: true}, op.Apply(unit, f), gallery)
		votes := op.Apply(op.Exp{}, op.Apply(op.Scale{Factor: 1 / g.Temperature}, similarity))
		return op.Apply(op.Log{}, op.Apply(op.MatMul{}, votes, p.Weight("member", inOrder(member), samples, g.Classes)))
	}
	return c.with(g.Classes, head), nil
}

// rows returns the features of the gallery, centred where that is asked for, and what is then added to those of a clip.
func (g Gallery) rows() (rows, away []float64) {
	n, width := g.X.Shape[0], g.X.Shape[1]
	rows, away = make([]float64, n*width), make([]float64, width)
	for i, v := range op.Data[float32](g.X) {
		rows[i] = float64(v)
		away[i%width] -= rows[i] / float64(n)
	}
	if g.Center {
		for i := range rows {
			rows[i] += away[i%width]
		}
	}
	return rows, away
}
