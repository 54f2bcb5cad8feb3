package eval_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"vidcsl/model/eval"
	"vidcsl/model/op"
)

// clusters returns n samples of overlapping classes, drawn from the seed; the centres of the classes are the same for all seeds.
func clusters(seed uint64, n, dim, classes int) eval.Features {
	centres, rng := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(seed, 2))
	centre := make([]float32, classes*dim)
	for i := range centre {
		centre[i] = float32(centres.NormFloat64()) / 4
	}
	f := eval.Features{X: op.NewTensor(op.Of(op.F32, n, dim)), Labels: make([]int32, n)}
	x := op.Data[float32](f.X)
	for i := range n {
		f.Labels[i] = int32(rng.IntN(classes))
		for j := range dim {
			x[i*dim+j] = centre[int(f.Labels[i])*dim+j] + float32(rng.NormFloat64())
		}
	}
	return f
}

// While training: 2,000 and 1,800 samples of 128 dimensions.
func BenchmarkNeighbors(b *testing.B) {
	train, test := clusters(1, 2000, 128, 10), clusters(2, 1800, 128, 10)
	for b.Loop() {
		if _, err := eval.Neighbors(context.Background(), engine, train, test, eval.KNNOptions{K: 200, Temperature: 0.07, Center: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// The size of UCF101's first split.
func BenchmarkLinearProbe(b *testing.B) {
	train, test := clusters(1, 9537, 512, 101), clusters(2, 3783, 512, 101)
	for b.Loop() {
		r, err := eval.LinearProbe(context.Background(), engine, train, test, eval.DefaultProbe())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Steps), "steps")
	}
}
