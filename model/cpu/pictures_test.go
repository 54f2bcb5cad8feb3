package cpu_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// TestPerturb compares perturbations with the reference, in place and not, of few and of many pixels.
func TestPerturb(t *testing.T) {
	for _, shape := range [][]int{{2, 3, 1, 4, 5}, {4, 3, 2, 64, 65}, {1, 3}} {
		for _, sign := range []bool{true, false} {
			g := op.NewGraph()
			s := op.Perturb{Step: [3]float64{0.1, 0.2, 0.3}, Radius: [3]float64{0.15, 0.2, 3}, Low: [3]float64{-1, -0.5, 0}, High: [3]float64{1, 0.5, 2}, Sign: sign}
			origin, d := op.Input(g, "origin", op.Of(op.F32, shape...)), op.Input(g, "d", op.Of(op.F32, shape...))
			once := op.Apply(s, origin, origin, d)
			twice := op.Apply(s, origin, once, op.Apply(op.Scale{Factor: -0.7}, d))
			run(t, cpu.Options{}, 1e-6, rand.New(rand.NewPCG(1, 5)), []*op.Node{origin, d}, []*op.Node{twice, op.Apply(op.Sum{}, once)})
		}
	}
	g := op.NewGraph()
	d := op.Input(g, "d", op.Of(op.F32, 1, 3, 2))
	y := op.Apply(op.Perturb{Step: [3]float64{1, 1, 1}, Radius: [3]float64{5, 5, 5}, Low: [3]float64{-9, -9, -9}, High: [3]float64{9, 9, 9}, Sign: true}, op.Apply(op.Scale{}, d), op.Apply(op.Scale{}, d), d)
	nan := float32(math.NaN())
	same(t, cpu.Options{}, model.Signature{Inputs: []*op.Node{d}, Metrics: []*op.Node{y}}, 1, 0, func() []op.Tensor {
		return []op.Tensor{op.From([]float32{0, float32(math.Copysign(0, -1)), 1e-40, -1e-40, 3, -7}, 1, 3, 2)}
	})
	p, err := cpu.New(cpu.Options{}).Compile(model.Signature{Inputs: []*op.Node{d}, Metrics: []*op.Node{y}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	out, err := p.Run(t.Context(), op.From([]float32{1, nan, 1, 1, 1, 1}, 1, 3, 2))
	if err != nil || op.Data[float32](out[0])[0] != 1 {
		t.Errorf("%v, %v", out, err)
	}
}

// TestHighPass compares filters with the reference.
func TestHighPass(t *testing.T) {
	for _, shape := range [][]int{{3, 3, 2, 9, 12}, {2, 3, 4, 32, 32}, {1, 1, 7, 40}, {5, 1}} {
		for _, radius := range []float64{0, 0.5, 2.5, 8, 100} {
			t.Run(fmt.Sprint(shape, radius), func(t *testing.T) {
				g := op.NewGraph()
				x := op.Input(g, "x", op.Of(op.F32, shape...))
				s := op.HighPass{Radius: radius}
				y := op.Apply(op.Add{}, op.Apply(s, x), x) // what is left may be nothing
				again := op.Apply(op.Add{}, op.Apply(s, op.Apply(op.Scale{Factor: 2}, x)), x)
				for _, threads := range []int{1, 3} {
					run(t, cpu.Options{Threads: threads}, 1e-5, rand.New(rand.NewPCG(1, 6)), []*op.Node{x}, []*op.Node{y, again})
				}
			})
		}
	}
}
