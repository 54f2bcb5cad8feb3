package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vidcsl/model"
	"vidcsl/model/op"
)

// NeighborsOptions say what is found among how many samples. Zeros of Dims and what follows, but for Partners, take the value in brackets.
type NeighborsOptions struct {
	Samples, Features int
	Partners          int     // the longest list of a sample's partners, in both passes: a few times Samples x the shares, for they are not even
	Dims              int     // of the whitened features, at most Features [32]
	Neighbors         int     // in the graph of nearest neighbours [80]
	Ridge             float64 // added to the variances within a class, of their mean [0.05]
	Pseudo            float64 // the share of pairs that stand for pairs of one class in the second pass [0.005]
}

// FindReport says what was found.
type FindReport struct {
	Seen             int     // samples that took part
	Pairs, Attracted int     // pairs in the lists, each counted once
	Cut              int     // pairs good enough for the lists of which one sample had no room: Partners is too few for the share
	Score            float32 // the least of a pair; 0 if there is none
}

// Neighbors finds pairs of samples that are probably of one class, without labels. How a sample's newest feature differs from the mean of
// its earlier ones says what does not matter: features are whitened by the covariance of these differences, then by their own in the Dims
// directions in which they vary most (by the root of the standard deviation), and each is divided by its length. Two samples score by how
// many of their nearest neighbours they share (see [op.SharedNeighbors]). The best pairs stand for pairs of one class: with their covariance
// all is done again, as linear discriminant analysis would with labels, and the best pairs are the result.
//
// Memory is that of a few copies of the features and of the lists; nothing is Samples x Samples. One goroutine uses it at a time. What it
// finds is a function of its arguments, whatever the threads.
type Neighbors struct {
	o       NeighborsOptions
	rows    int           // of a block
	gram    model.Program // two blocks -> the sum of their outer products
	turn    model.Program // a block, [Features,Features] -> rows of length 1
	reduce  model.Program // a block, [Features,Dims] -> rows of length 1
	sum     model.Program // features of all; lists of a block -> sums of the features
	nearest model.Program // whitened features, bias -> lists of neighbours
	shared  model.Program // lists of neighbours, whitened features, least score -> partners, scores
}

// weight is how much the similarity of two samples adds to what they share.
const weight = 1e-3

// NewNeighbors compiles the graphs. The caller closes it.
func NewNeighbors(e model.Engine, o NeighborsOptions) (*Neighbors, error) {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.Dims, 32)
	def(&o.Neighbors, 80)
	if o.Ridge == 0 {
		o.Ridge = 0.05
	}
	if o.Pseudo == 0 {
		o.Pseudo = 0.005
	}
	for _, v := range []struct {
		name  string
		value int
	}{{"samples", o.Samples}, {"features", o.Features}, {"partners", o.Partners}, {"dims", o.Dims}, {"neighbors", o.Neighbors}} {
		if v.value < 1 {
			return nil, fmt.Errorf("cluster: %d %s, want at least 1", v.value, v.name)
		}
	}
	if !(o.Ridge > 0) || !(o.Pseudo > 0 && o.Pseudo <= 1) {
		return nil, fmt.Errorf("cluster: ridge %v and a share of %v pseudo pairs, want more than 0, and the share at most 1", o.Ridge, o.Pseudo)
	}
	o.Dims = min(o.Dims, o.Features)
	o.Neighbors = max(1, min(o.Neighbors, o.Samples-1))
	f := &Neighbors{o: o, rows: min(o.Samples, 4096)}
	if err := f.compile(e); err != nil {
		return nil, fmt.Errorf("cluster: %w", errors.Join(err, f.Close()))
	}
	return f, nil
}

// Whiten returns the features of the first pass, f32[Samples,Dims], rows of length 1, and of 0 where seen is false. mean and residual,
// f32[Samples,Features], are the running mean of each sample's features and how the newest differs from it. The directions are those
// of this call: rows can be compared with each other, not with another call's. The arguments are borrowed.
func (f *Neighbors) Whiten(ctx context.Context, mean, residual op.Tensor, seen []bool) (op.Tensor, error) {
	_, w, err := f.whiten(ctx, mean, residual, seen)
	if err != nil {
		return op.Tensor{}, fmt.Errorf("cluster: %w", err)
	}
	return op.From(w.data, f.o.Samples, f.o.Dims), nil
}

// whiten returns the features whitened by the differences, all of them and the principal ones.
func (f *Neighbors) whiten(ctx context.Context, mean, residual op.Tensor, seen []bool) (all, main *points, err error) {
	want := op.Of(op.F32, f.o.Samples, f.o.Features)
	if !mean.Equal(want) || !residual.Equal(want) || len(seen) != f.o.Samples {
		return nil, nil, fmt.Errorf("means %v, residuals %v and %d samples that may be seen, want %v twice and %d",
			mean.Type, residual.Type, len(seen), want, f.o.Samples)
	}
	x, err := newPoints("mean", op.Data[float32](mean), f.o.Features, seen)
	if err != nil {
		return nil, nil, err
	}
	r, err := newPoints("residual", op.Data[float32](residual), f.o.Features, seen)
	if err != nil {
		return nil, nil, err
	}
	within, err := f.covariance(ctx, r, 1/float64(max(1, r.n)), nil)
	if err != nil {
		return nil, nil, err
	}
	if all, err = f.sphere(ctx, x, within); err != nil {
		return nil, nil, err
	}
	main, err = f.principal(ctx, all)
	return all, main, err
}

// Find returns for each sample its partners, i32[Samples,Partners]: with the sample they are among the top share of all pairs of samples
// that were seen. The best come first, -1 fills up. Who is in whose list is mutual: where a sample has more partners than there is room, the
// worst leave both lists. attracted is the same for a share of its own, 0 for none. Only pairs that share a neighbour are found. mean,
// residual and seen are as for [Neighbors.Whiten].
func (f *Neighbors) Find(ctx context.Context, mean, residual op.Tensor, seen []bool, share, attract float64) (
	partners, attracted op.Tensor, r FindReport, err error) {
	fail := func(err error) (op.Tensor, op.Tensor, FindReport, error) {
		return op.Tensor{}, op.Tensor{}, FindReport{}, fmt.Errorf("cluster: %w", err)
	}
	for _, s := range []float64{share, attract} {
		if !(s >= 0 && s <= 1) {
			return fail(fmt.Errorf("a share of %v of all pairs, want 0 to 1", s))
		}
	}
	all, main, err := f.whiten(ctx, mean, residual, seen)
	if err != nil {
		return fail(err)
	}
	g, err := f.graph(ctx, main, keep(f.o.Pseudo, all.n*all.n))
	if err != nil {
		return fail(err)
	}
	if main, err = f.again(ctx, all, g); err != nil {
		return fail(err)
	}
	r.Seen = main.n
	many, near := keep(share, r.Seen*(r.Seen-1)), keep(attract, r.Seen*(r.Seen-1))
	if g, err = f.graph(ctx, main, max(many, near)); err != nil {
		return fail(err)
	}
	best, closest := g.top(many), g.top(near)
	r.Pairs, r.Cut, r.Score, r.Attracted = best.kept, best.cut, best.least, closest.kept
	return best.lists, closest.lists, r, nil
}

// graph finds the partners of each sample, of which the best keep are wanted: those above the score of the next are there.
func (f *Neighbors) graph(ctx context.Context, x *points, keep int) (*graph, error) {
	n := f.o.Samples
	features, bias := op.From(x.data, n, f.o.Dims), op.NewTensor(op.Of(op.F32, n))
	for i, yes := range x.seen {
		if !yes {
			op.Data[float32](bias)[i] = minusInf
		}
	}
	out, err := f.nearest.Run(ctx, features, bias)
	if err != nil {
		return nil, err
	}
	lists := op.From(slices.Clone(op.Data[int32](out[0])), n, f.o.Neighbors)
	for i, yes := range x.seen {
		if !yes {
			none(op.Data[int32](lists)[i*f.o.Neighbors:][:f.o.Neighbors])
		}
	}
	for least := guess(op.Data[int32](lists), n, f.o.Neighbors, f.o.Partners, keep); ; least = minusInf {
		if out, err = f.shared.Run(ctx, lists, features, op.From([]float32{least}, 1)); err != nil {
			return nil, err
		}
		g := &graph{n: n, m: f.o.Partners, partners: op.Data[int32](out[0]), scores: op.Data[float32](out[1])}
		if least == minusInf || g.len() > keep {
			return g, nil
		}
	}
}

// again whitens by the covariance within the pairs that the first pass is surest of: with A the matrix of these pairs and d its row sums,
// X'(diag(d) - A)X / sum(d).
func (f *Neighbors) again(ctx context.Context, all *points, g *graph) (*points, error) {
	sure := g.top(keep(f.o.Pseudo, all.n*all.n))
	x, err := newPoints("whitened feature", all.data, all.dim, all.seen)
	if err != nil {
		return nil, err
	}
	x.normalize()
	if err := f.sum.Set("rows", op.From(x.data, f.o.Samples, f.o.Features)); err != nil {
		return nil, err
	}
	m, h := f.o.Partners, f.o.Features
	rows := op.NewTensor(op.Of(op.I32, f.rows, m))
	within, err := f.covariance(ctx, x, 1/float64(max(1, 2*sure.kept)), func(block []float32, from int) error {
		idx := op.Data[int32](rows)
		none(idx[copy(idx, op.Data[int32](sure.lists)[from*m:]):])
		out, err := f.sum.Run(ctx, rows)
		if err != nil {
			return err
		}
		x.fill(block, from)
		for i := range f.rows {
			degree := float32(0)
			for _, j := range idx[i*m:][:m] {
				if j < 0 {
					break
				}
				degree++
			}
			for j, v := range op.Data[float32](out[0])[i*h:][:h] {
				block[i*h+j] = degree*block[i*h+j] - v
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if x, err = f.sphere(ctx, x, within); err != nil {
		return nil, err
	}
	return f.principal(ctx, x)
}
