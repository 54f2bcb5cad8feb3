package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"vidcsl/model"
	"vidcsl/model/cluster"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// filled is an engine whose programs begin as after some epochs: with a full queue, and a detector that knows clusters.
type filled struct {
	model.Engine
	keys       op.Tensor
	parameters map[string]int // that the step trains
}

// Compile implements model.Engine.
func (e *filled) Compile(sig model.Signature) (model.Program, error) {
	p, err := e.Engine.Compile(sig)
	if err != nil {
		return nil, err
	}
	ids, labels, groups := make([]int32, queue), make([]int32, queue), make([]int32, queue)
	for i := range queue {
		ids[i], labels[i], groups[i] = int32(i%samples), label(i%samples), int32(i%clusters)
	}
	e.keys, e.parameters = directions(queue), map[string]int{}
	values := map[string]op.Tensor{
		"bank.keys":                  e.keys,
		"bank.samples":               op.From(ids, queue),
		"bank.labels":                op.From(labels, queue),
		"detector.level0.centroids":  directions(clusters),
		"detector.level0.least":      op.From([]float32{float32(math.Inf(-1))}), // every key belongs to a cluster
		"detector.level0.assignment": op.From(groups, queue),
	}
	set := 0
	for _, s := range sig.State {
		if name, ok := strings.CutPrefix(s.Name, "optimizer.momentum."); ok {
			e.parameters[name] = s.First.Len()
		}
		v, ok := values[s.Name]
		if !ok {
			continue
		}
		if err := p.Set(s.Name, v); err != nil {
			return nil, fmt.Errorf("step: %w", err)
		}
		set++
	}
	if want := 3; set != want && set != len(values) {
		return nil, fmt.Errorf("step: %d values of the state are known, want %d, or %d with clusters", set, want, len(values))
	}
	return p, nil
}

// directions returns vectors of length 1.
func directions(n int) op.Tensor {
	rng := rand.New(rand.NewPCG(2, uint64(n)))
	x := op.NewTensor(op.Of(op.F32, n, dim))
	for row := op.Data[float32](x); len(row) > 0; row = row[dim:] {
		sum := 0.
		for i := range dim {
			row[i] = float32(rng.NormFloat64())
			sum += float64(row[i]) * float64(row[i])
		}
		for i := range dim {
			row[i] /= float32(math.Sqrt(sum))
		}
	}
	return x
}

// refresh returns the seconds of what detector cluster does once in an epoch: k-means over the keys.
func refresh(e model.Engine, c train.Config, keys op.Tensor) (float64, error) {
	began := time.Now()
	k, err := cluster.NewKMeans(e, queue, dim, cluster.KMeansOptions{K: clusters, Iterations: c.Removal.Iterations, Spherical: true})
	if err != nil {
		return 0, err
	}
	defer k.Close()
	if _, err := k.Fit(context.Background(), keys, op.Tensor{}, rand.New(rand.NewPCG(1, 1))); err != nil {
		return 0, err
	}
	return time.Since(began).Seconds(), nil
}
