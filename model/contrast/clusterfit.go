package contrast

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vidcsl/model"
	"vidcsl/model/cluster"
	"vidcsl/model/op"
)

// refresh implements refresher: spherical k-means of each level over the keys in the bank, from the centroids of the last time.
func (c *keyClusters) refresh(ctx context.Context, e model.Engine, p model.Program, step int) (Report, error) {
	b := c.o.bank
	s := state{p: p}
	keys, ids, labels := s.floats(b.keys), s.numbers(b.ids), s.numbers(b.labels)
	if s.err != nil {
		return Report{}, s.err
	}
	at := where(ids, func(id int32) bool { return id >= 0 })
	x := takeRows(keys, c.o.dims.Embedding, at)
	report := Report{}
	var levels [][]int32
	for i, l := range c.levels {
		old, least, start := s.numbers(l.assign), s.floats(l.least), op.Tensor{}
		if s.err == nil && !math.IsInf(float64(least[0]), 1) {
			start = s.tensor(l.centroids)
		}
		if s.err != nil {
			return Report{}, s.err
		}
		to, fitted, limit, err := c.o.fit(ctx, e, x, start, step, i)
		if err != nil {
			return Report{}, err
		}
		assign := spread(to, at, b.size)
		report.level(fitted.Sizes, old, assign, start.Data != nil)
		levels = append(levels, assign)
		s.set(l.centroids, fitted.Centroids)
		s.set(l.least, op.From([]float32{limit}))
		s.set(l.assign, op.From(assign, b.size))
	}
	report.judge(levels, ids, labels)
	return report, s.commit()
}

// refresh implements refresher: spherical k-means of each level over the whitened features of the samples that came up.
func (c *sampleClusters) refresh(ctx context.Context, e model.Engine, p model.Program, step int) (Report, error) {
	s := state{p: p}
	h, x, at, err := c.o.whitened(ctx, e, &s)
	if err != nil {
		return Report{}, err
	}
	report := Report{}
	var levels [][]int32
	for i, l := range c.levels {
		old := s.numbers(l)
		if s.err != nil {
			return Report{}, s.err
		}
		to, fitted, _, err := c.o.fit(ctx, e, x, op.Tensor{}, step, i)
		if err != nil {
			return Report{}, err
		}
		assign := spread(to, at, c.o.dims.Samples)
		report.level(fitted.Sizes, old, assign, slices.Max(old) >= 0)
		levels = append(levels, assign)
		s.set(l, op.From(assign, len(assign)))
	}
	report.judge(levels, h.ids, h.labels)
	return report, s.commit()
}

// fit clusters rows of unit length for a level, and returns the cluster of each, -1 for those that are less than confident, and the
// cosine that confidence begins at.
func (o *Objective) fit(ctx context.Context, e model.Engine, x, start op.Tensor, step, level int) (to []int32, c cluster.Clustering, least float32, err error) {
	r := o.config.Removal
	k, err := cluster.NewKMeans(e, x.Shape[0], x.Shape[1], cluster.KMeansOptions{K: r.Clusters[level], Iterations: r.Iterations, Spherical: true})
	if err != nil {
		return nil, c, 0, fmt.Errorf("level %d: %w", level, err)
	}
	c, err = k.Fit(ctx, x, start, rand.New(rand.NewPCG(o.dims.Seed, uint64(step)<<3+uint64(level))))
	if err := closing(k, err); err != nil {
		return nil, c, 0, fmt.Errorf("level %d: %w", level, err)
	}
	to, least = slices.Clone(op.Data[int32](c.Assign)), float32(math.Inf(-1))
	if r.Confidence == 0 {
		return to, c, least, nil
	}
	cosines := op.Data[float32](c.Similarity)
	least = slices.Sorted(slices.Values(cosines))[int(r.Confidence*float64(len(cosines)))]
	for i, v := range cosines {
		if v < least {
			to[i] = -1
		}
	}
	return to, c, least, nil
}
