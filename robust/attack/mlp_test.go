package attack_test

import (
	"context"
	"math"
	"slices"

	"vidcsl/robust/attack"
)

// mlp is a network of two layers with ReLU between. It is safe for concurrent use.
type mlp struct {
	weight [2][][]float32
	bias   [2][]float32
}

func (m *mlp) Classes() int { return len(m.bias[1]) }

func (m *mlp) forward(x []float32) (hidden, logits []float32) {
	for layer := range m.weight {
		y := slices.Clone(m.bias[layer])
		for r, row := range m.weight[layer] {
			y[r] += dot(row, x)
			if layer == 0 {
				y[r] = max(y[r], 0)
			}
		}
		hidden, x = x, y
	}
	return hidden, x
}

func dot(a, b []float32) float32 {
	var s [4]float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s[0] += a[i] * b[i]
		s[1] += a[i+1] * b[i+1]
		s[2] += a[i+2] * b[i+2]
		s[3] += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s[0] += a[i] * b[i]
	}
	return s[0] + s[1] + s[2] + s[3]
}

func (m *mlp) Logits(ctx context.Context, x []float32) ([]float32, error) {
	_, z := m.forward(x)
	return z, context.Cause(ctx)
}

func (m *mlp) Gradient(ctx context.Context, x []float32, loss attack.Loss) (attack.Answer, error) {
	hidden, z := m.forward(x)
	a := attack.Answer{Loss: float32(loss.Of(z)), Logits: z, Grad: make([]float32, len(x))}
	wrt := derivative(loss, z)
	for j, h := range hidden {
		if h == 0 {
			continue
		}
		var g float32
		for k, row := range m.weight[1] {
			g += wrt[k] * row[j]
		}
		for i, w := range m.weight[0][j] {
			a.Grad[i] += g * w
		}
	}
	return a, context.Cause(ctx)
}

// derivative is that of a loss in the logits.
func derivative(l attack.Loss, z []float32) []float32 {
	if l.Kind == attack.Weighted {
		return l.Vector
	}
	d, order := make([]float32, len(z)), attack.Ranked(z)
	if l.Kind == attack.CrossEntropy {
		value := l.Of(z)
		for k := range z {
			d[k] = float32(math.Exp(float64(z[k]) - float64(z[l.Label]) - value))
		}
		d[l.Label]--
		return d
	}
	below := make([]float32, len(z)) // a loss -a/b
	below[order[0]]++
	below[order[2]]--
	other := order[0]
	if other == l.Label {
		other = order[1]
	}
	if l.Kind == attack.DLRTargeted {
		other = l.Target
		below[order[2]] += 0.5
		below[order[3]] -= 0.5
	}
	above := make([]float32, len(z))
	above[l.Label]++
	above[other]--
	a, b := dot(above, z), dot(below, z)
	for k := range d {
		d[k] = (a*below[k] - above[k]*b) / (b * b)
	}
	return d
}
