package cpu_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// TestLogSumExp compares with the references: rows of all lengths, large and small numbers, infinities, NaN and rows that are masked.
func TestLogSumExp(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {7, 15}, {5, 16}, {6, 100}, {3, 5000}, {2, 0}} {
		n, k := size[0], size[1]
		g := op.NewGraph()
		x, m, gy := op.Input(g, "x", op.Of(op.F32, n, k)), op.Input(g, "m", op.Of(op.U8, n, k)), op.Input(g, "gy", op.Of(op.F32, n))
		y := op.Apply(op.MaskedLogSumExp{}, x, m)
		inputs, outputs := []*op.Node{x, m, gy}, []*op.Node{y, op.Apply(op.MaskedLogSumExpGrad{}, x, m, y, gy)}
		p, err := cpu.New(cpu.Options{Threads: 3}).Compile(model.Signature{Inputs: inputs, Metrics: outputs})
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(8) {
			rng := rand.New(rand.NewPCG(seed, 6))
			v, mask, gv := random(rng, n, k), op.NewTensor(op.Of(op.U8, n, k)), random(rng, n)
			spread := []float64{1, 5, 40, 1000}[seed%4]
			for i := range op.Data[float32](v) {
				op.Data[float32](v)[i] *= float32(spread)
				op.Data[uint8](mask)[i] = uint8(rng.IntN(3))
				if rng.IntN(500) == 0 {
					op.Data[float32](v)[i] = []float32{float32(math.Inf(-1)), float32(math.NaN()), float32(math.Inf(1))}[rng.IntN(3)]
				}
			}
			clear(op.Data[uint8](mask)[:k]) // nothing is left of the first row
			in := []op.Tensor{v, mask, gv}
			want, err := op.Interpret(outputs, map[*op.Node]op.Tensor{x: v, m: mask, gy: gv})
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Run(context.Background(), in...)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range want {
				for j, b := range op.Data[float32](w) {
					a := op.Data[float32](got[i])[j]
					x, y := float64(a), float64(b)
					// the gradient knows a result of this size to a few units in its last place
					if same := x == y || math.IsNaN(x) && math.IsNaN(y); !same && !(math.Abs(x-y) <= 2e-6*max(1, math.Abs(y), 2*spread)) {
						t.Fatalf("%v, seed %d: result %d, element %d is %v, want %v", size, seed, i, j, a, b)
					}
				}
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
