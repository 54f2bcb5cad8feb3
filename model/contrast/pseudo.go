package contrast

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"vidcsl/model"
	"vidcsl/model/cluster"
	"vidcsl/model/op"
)

// pseudo keeps the pseudo-labels of advcl: to which cluster of whitened features each sample belongs. They are found once, as ClusterFit's
// are (Yan et al. 2020, arXiv 1912.03330), so that a classifier of them can be learned; there by a network that was trained before, here
// by the features of the run itself.
type pseudo struct {
	o      *Objective
	labels *model.Slot // i32[Samples]; -1: none yet
}

// usesPseudo reports whether the loss has pseudo-labels.
func (a Adversarial) usesPseudo() bool { return a.Kind == "advcl" && a.Weight > 0 }

func newPseudo(o *Objective) *pseudo {
	return &pseudo{o, o.slot("pseudo.labels", filled(-1, o.dims.Samples))}
}

// found returns the step before which the pseudo-labels are found: every sample had its turn.
func (a Adversarial) found(d Dims) int {
	return max(int(math.Round(a.From*float64(d.Steps))), d.EpochSteps)
}

// loss adds the mean cross entropy of the samples that have a pseudo-label; 0 if none has.
func (q *pseudo) loss(index, logits *op.Node) *op.Node {
	labels := op.Apply(op.Lookup{}, q.labels.In, index)
	n := op.Apply(op.Count{DType: q.o.dims.DType}, op.Apply(op.AtLeast{}, labels))
	return ratio(op.Apply(op.Sum{}, op.Apply(op.CrossEntropy{}, logits, labels)), n)
}

// LabelsDue reports whether pseudo-labels are to be found before a step, counted from 0.
func (o *Objective) LabelsDue(step int) bool {
	return o.pseudo != nil && step == o.config.Adversarial.found(o.dims)
}

// Label finds the pseudo-labels, by spherical k-means over whitened features of the samples, as [Objective.Refresh] finds false negatives.
// The report says how far pairs of one pseudo-label are of one label.
func (o *Objective) Label(ctx context.Context, e model.Engine, p model.Program, step int) (Report, error) {
	report, err := o.label(ctx, e, p, step)
	if err != nil {
		return Report{}, fmt.Errorf("contrast: pseudo-labels before step %d: %w", step, err)
	}
	return report, nil
}

func (o *Objective) label(ctx context.Context, e model.Engine, p model.Program, step int) (Report, error) {
	s, c := state{p: p}, o.config.Adversarial
	h, x, at, err := o.whitened(ctx, e, &s)
	if err != nil {
		return Report{}, err
	}
	k, err := cluster.NewKMeans(e, x.Shape[0], x.Shape[1], cluster.KMeansOptions{K: c.Clusters, Iterations: o.config.Removal.Iterations, Spherical: true})
	if err != nil {
		return Report{}, err
	}
	found, err := k.Fit(ctx, x, op.Tensor{}, rand.New(rand.NewPCG(o.dims.Seed, 1<<63|uint64(step))))
	if err := closing(k, err); err != nil {
		return Report{}, err
	}
	labels := spread(op.Data[int32](found.Assign), at, o.dims.Samples)
	report := Report{}
	report.level(found.Sizes, nil, labels, false)
	report.judge([][]int32{labels}, h.ids, h.labels)
	s.set(o.pseudo.labels, op.From(labels, len(labels)))
	return report, s.commit()
}

// whitened returns what the memory holds, and the whitened features of the samples that came up, whose places are at.
func (o *Objective) whitened(ctx context.Context, e model.Engine, s *state) (h history, x op.Tensor, at []int, err error) {
	h = o.memory.read(s, o.dims)
	if s.err != nil {
		return h, x, nil, s.err
	}
	finder, err := h.finder(e, o.config.Removal)
	if err != nil {
		return h, x, nil, err
	}
	white, err := finder.Whiten(ctx, h.mean, h.residual, h.seen)
	if err := closing(finder, err); err != nil {
		return h, x, nil, err
	}
	at = where(h.ids, func(id int32) bool { return id >= 0 })
	return h, takeRows(op.Data[float32](white), white.Shape[1], at), at, nil
}
