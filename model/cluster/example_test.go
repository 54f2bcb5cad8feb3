package cluster_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"vidcsl/model/cluster"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

func Example() {
	points := op.From([]float32{0, 0, 0, 1, 9, 9, 9, 8}, 4, 2)
	k, err := cluster.NewKMeans(cpu.New(cpu.Options{}), 4, 2, cluster.KMeansOptions{K: 2, Iterations: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer k.Close()
	c, err := k.Fit(context.Background(), points, op.Tensor{}, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Sizes, c.Inertia, c.Converged, cluster.NMI(op.Data[int32](c.Assign), []int32{7, 7, 3, 3}))
	// Output:
	// [2 2] 1 true 1
}

// Two clips of a class differ in what says nothing of it: the detector learns what that is from how a clip's features change.
func ExampleNeighbors() {
	const n, h = 60, 8
	rng := rand.New(rand.NewPCG(1, 1))
	mean, residual, seen := op.NewTensor(op.Of(op.F32, n, h)), op.NewTensor(op.Of(op.F32, n, h)), make([]bool, n)
	for i := range n {
		seen[i] = true
		for j := range h {
			spread := 0.2
			if j >= 4 { // the background: large, and different from view to view
				spread = 3
			}
			if j < 4 && i%4 == j {
				op.Data[float32](mean)[i*h+j] = 1
			}
			op.Data[float32](mean)[i*h+j] += float32(spread * rng.NormFloat64())
			op.Data[float32](residual)[i*h+j] = float32(spread * rng.NormFloat64())
		}
	}
	f, err := cluster.NewNeighbors(cpu.New(cpu.Options{}), cluster.NeighborsOptions{Samples: n, Features: h, Partners: n, Dims: 6, Neighbors: 12})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	partners, _, report, err := f.Find(context.Background(), mean, residual, seen, 0.2, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	right, all := 0, 0
	for at, j := range op.Data[int32](partners) {
		if j >= 0 {
			all++
			if int32(at/n)%4 == j%4 {
				right++
			}
		}
	}
	fmt.Println(report.Seen, all == 2*report.Pairs, float64(right)/float64(all) > 0.9)
	// Output:
	// 60 true true
}
