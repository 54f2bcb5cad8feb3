package attack_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/nn"
	"vidcsl/model/op"
	"vidcsl/robust/attack"
)

// exact computes every sample as if it were alone, bit for bit.
var exact = cpu.New(cpu.Options{Reference: true})

var toyShape = [4]int{3, 3, 6, 6}

// toy is a small network: a convolution, ReLU, the mean over time and place, a linear map.
func toy(classes int) attack.Net {
	return attack.Net{Shape: toyShape, Classes: classes, Build: func(p *nn.Params, x *op.Node) (z *op.Node, err error) {
		err = op.Build(func() {
			y := p.Conv("conv", x, nn.Conv{Out: 8, Kernel: [3]int{2, 3, 3}, Stride: [3]int{1, 2, 2}, Init: nn.Normal(0.5)})
			y = op.Apply(op.GlobalAvgPool{}, op.Apply(op.ReLU{}, p.BatchNorm("bn", y, nn.BatchNorm{Eps: 1e-5})))
			z = p.Linear("fc", y, max(classes, 5), nn.Normal(1), nil)
		})
		return z, err
	}}
}

func open(t testing.TB, e model.Engine, net attack.Net, batch int) *attack.Model {
	t.Helper()
	m, err := attack.Open(e, net, batch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// noise returns n samples of random numbers, some of them 0 or 1, with the labels that a network gives them.
func noise(t testing.TB, m *attack.Model, n int) []*attack.Sample {
	t.Helper()
	list := make([]*attack.Sample, n)
	for i := range list {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		s := &attack.Sample{Key: fmt.Sprintf("clip %d", i), Shape: m.Shape(), Label: -1}
		s.X = make([]float32, s.Shape[0]*s.Shape[1]*s.Shape[2]*s.Shape[3])
		for j := range s.X {
			s.X[j] = float32(min(max(1.2*r.Float64()-0.1, 0), 1))
		}
		list[i] = s
	}
	if m.Classes() == 0 {
		return list
	}
	for i, r := range run(t, m, still{}, list, attack.Options{}) {
		list[i].Label = r.Clean
	}
	return list
}

// still is no attack.
type still struct{}

func (still) Name() string { return "still" }

func (still) Perturb(_ context.Context, s *attack.Sample, _ attack.Network, _ *rand.Rand) ([]float32, error) {
	return append([]float32(nil), s.X...), nil
}

func run(t testing.TB, m *attack.Model, a attack.Attack, list []*attack.Sample, o attack.Options) []*attack.Result {
	t.Helper()
	var results []*attack.Result
	err := m.Run(t.Context(), a, all(list), o, func(r *attack.Result) error { results = append(results, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(list) {
		t.Fatalf("%d results for %d samples", len(results), len(list))
	}
	for i, r := range results {
		if r.Key != list[i].Key {
			t.Fatalf("result %d is of %q, want %q", i, r.Key, list[i].Key)
		}
	}
	return results
}

func all(list []*attack.Sample) iter.Seq2[*attack.Sample, error] {
	return func(yield func(*attack.Sample, error) bool) {
		for _, s := range list {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// tiny is a program of one operation, to ask what the engine computes with.
func tiny() model.Signature {
	g := op.NewGraph()
	x := op.Input(g, "x", op.Of(op.F32, 4))
	return model.Signature{Inputs: []*op.Node{x}, Metrics: []*op.Node{op.Apply(op.ReLU{}, x)}}
}
