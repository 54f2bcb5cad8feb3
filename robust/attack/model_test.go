package attack_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/robust/attack"
)

// asks is an attack that asks what a test wants.
type asks func(ctx context.Context, s *attack.Sample, net attack.Network) error

func (asks) Name() string { return "asks" }

func (f asks) Perturb(ctx context.Context, s *attack.Sample, net attack.Network, _ *rand.Rand) ([]float32, error) {
	return s.X, f(ctx, s, net)
}

// The gradients of all losses are those of central differences, whatever the others in the batch ask.
func TestGradients(t *testing.T) {
	net := toy(5)
	m := open(t, exact, net, 3)
	losses := []attack.Loss{{Kind: attack.CrossEntropy, Label: 1}, {Kind: attack.DLR, Label: 2}, {Kind: attack.DLRTargeted, Label: 0, Target: 3},
		{Kind: attack.Weighted, Vector: []float32{1, -2, 0, 0, 0.5}}, {Kind: attack.Distance, Vector: []float32{3, 1, -1, 2, 0}}}
	list := noise(t, m, 2*len(losses))
	run(t, m, asks(func(ctx context.Context, s *attack.Sample, n attack.Network) error {
		var i int
		fmt.Sscanf(s.Key, "clip %d", &i)
		loss := losses[i%len(losses)]
		a, err := n.Gradient(ctx, s.X, loss)
		if err != nil {
			return err
		}
		value, grad := float64(a.Loss), append([]float32(nil), a.Grad...)
		z := append([]float32(nil), a.Logits...)
		if want := lossOf(loss, z); math.Abs(want-value) > 1e-5*(1+math.Abs(want)) {
			t.Errorf("%s: %v, want %v", loss.Kind, value, want)
		}
		largest := 0.0
		for _, g := range grad {
			largest = max(largest, math.Abs(float64(g)))
		}
		if largest == 0 {
			t.Errorf("%s: no gradient", loss.Kind)
		}
		for j := 0; j < len(grad); j += 17 {
			var side [2]float64
			var h float64
			for k, by := range []float32{2e-3, -2e-3} {
				moved := append([]float32(nil), s.X...)
				moved[j] += by
				h += math.Abs(float64(moved[j]) - float64(s.X[j]))
				z, err := n.Logits(ctx, moved)
				if err != nil {
					return err
				}
				side[k] = lossOf(loss, z)
			}
			if d := (side[0] - side[1]) / h; math.Abs(d-float64(grad[j])) > 0.05*largest {
				t.Errorf("%s: derivative in %d is %v, want %v of at most %v", loss.Kind, j, grad[j], d, largest)
			}
		}
		return nil
	}), list, attack.Options{})
}

// lossOf is a loss, as its comment has it.
func lossOf(l attack.Loss, z []float32) float64 {
	at := func(i int) float64 { return float64(z[i]) }
	sorted := append([]float32(nil), z...)
	for i := range sorted {
		for j := i; j > 0 && sorted[j] > sorted[j-1]; j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	other := sorted[0]
	if l.Label >= 0 && z[l.Label] == sorted[0] {
		other = sorted[1]
	}
	sum, dot, zz, vv := 0.0, 0.0, 0.0, 0.0
	for i := range z {
		sum += math.Exp(at(i))
		if l.Vector != nil {
			v := float64(l.Vector[i])
			dot, zz, vv = dot+at(i)*v, zz+at(i)*at(i), vv+v*v
		}
	}
	switch l.Kind {
	case attack.CrossEntropy:
		return math.Log(sum) - at(l.Label)
	case attack.DLR:
		return -(at(l.Label) - float64(other)) / float64(sorted[0]-sorted[2])
	case attack.DLRTargeted:
		return -(at(l.Label) - at(l.Target)) / (float64(sorted[0]) - float64(sorted[2]+sorted[3])/2)
	case attack.Weighted:
		return dot
	}
	return 1 - dot/math.Sqrt(zz*vv)
}
