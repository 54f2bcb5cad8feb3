package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"vidcsl/model"
	"vidcsl/model/op"
)

// KMeansOptions say how clusters are made.
type KMeansOptions struct {
	K          int  // clusters
	Iterations int  // at most; it ends before when no point changes its cluster
	Spherical  bool // points have length 1, or 0 and take no part; centroids have length 1. Else Euclidean
}

// Clustering is what k-means found. It is the caller's.
type Clustering struct {
	Centroids  op.Tensor // f32[K,D]
	Assign     op.Tensor // i32[N], the cluster of each point: that of the nearest centroid, of equals the first; -1 for a point of zeros if spherical
	Similarity op.Tensor // f32[N], of each point to its centroid: the inner product if spherical, else minus the squared distance
	Sizes      []int     // points in each cluster; 0 where the last step left none, and where there are fewer different points than clusters
	Inertia    float64   // the sum of the squared distances between points and centroids
	Iterations int       // that were made
	Converged  bool      // no point would change its cluster
	Reseeded   int       // clusters that were found empty and begun again, over all iterations
}

// KMeans is Lloyd's algorithm for a number of points. Its graphs are compiled once; it holds the points twice and never a matrix of
// points x clusters. One goroutine uses it at a time. What it finds is a function of points, start and rng, whatever the threads.
type KMeans struct {
	n, dim  int
	options KMeansOptions
	assign  model.Program // points; centroids, bias -> assignment, sums of the points of each cluster
	measure model.Program // points; centroids, assignment -> similarity
}

// NewKMeans compiles for n points of dim numbers. The caller closes it.
func NewKMeans(e model.Engine, n, dim int, o KMeansOptions) (*KMeans, error) {
	if dim < 1 {
		return nil, fmt.Errorf("cluster: points of %d numbers, want at least 1", dim)
	}
	if o.K < 1 || o.K > n {
		return nil, fmt.Errorf("cluster: %d clusters of %d points, want 1 or more and no more than points", o.K, n)
	}
	if o.Iterations < 1 {
		return nil, fmt.Errorf("cluster: %d iterations, want at least 1", o.Iterations)
	}
	k := &KMeans{n: n, dim: dim, options: o}
	points, centroids := op.Of(op.F32, n, dim), op.Of(op.F32, o.K, dim)
	var err error
	k.assign, err = compile(e, &points, []op.Type{centroids, op.Of(op.F32, o.K)}, func(x *op.Node, in []*op.Node) []*op.Node {
		to := op.Apply(op.Reshape{Shape: op.DimsOf(n)}, op.Apply(op.Nearest{K: 1}, x, in[0], in[1]))
		return []*op.Node{to, op.Apply(op.ScatterAdd{Rows: o.K}, x, to)}
	})
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	k.measure, err = compile(e, &points, []op.Type{centroids, op.Of(op.I32, n, 1)}, func(x *op.Node, in []*op.Node) []*op.Node {
		return []*op.Node{op.Apply(op.Similarity{Distance: !o.Spherical}, x, in[0], in[1])}
	})
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", errors.Join(err, k.assign.Close()))
	}
	return k, nil
}

// Close gives the programs back.
func (k *KMeans) Close() error { return errors.Join(k.assign.Close(), k.measure.Close()) }

// Fit clusters x, f32[N,D], beginning from the centroids start, f32[K,D]; a zero Tensor asks for k-means++ (Arthur and Vassilvitskii 2007) with
// choices from rng, which is not used otherwise and may then be nil. A cluster that is left without points begins again with the point that
// is farthest from its centroid. x and start are borrowed. An error says which number is not finite, or what does not fit.
func (k *KMeans) Fit(ctx context.Context, x, start op.Tensor, rng *rand.Rand) (Clustering, error) {
	if err := k.check(x, start, rng); err != nil {
		return Clustering{}, fmt.Errorf("cluster: %w", err)
	}
	f := newFit(k, x)
	r, err := f.run(ctx, start, rng)
	if err != nil {
		return Clustering{}, fmt.Errorf("cluster: %w", err)
	}
	return r, nil
}

func (k *KMeans) check(x, start op.Tensor, rng *rand.Rand) error {
	if want := op.Of(op.F32, k.n, k.dim); !x.Equal(want) {
		return fmt.Errorf("points %v, want %v", x.Type, want)
	}
	if err := finite("point", op.Data[float32](x), k.dim); err != nil {
		return err
	}
	if start.Data == nil {
		if rng == nil {
			return errors.New("neither a start nor a source of random numbers to draw one from")
		}
		return nil
	}
	if want := op.Of(op.F32, k.options.K, k.dim); !start.Equal(want) {
		return fmt.Errorf("start %v, want %v", start.Type, want)
	}
	return finite("centroid", op.Data[float32](start), k.dim)
}

// finite refuses NaN and infinities.
func finite(what string, x []float32, dim int) error {
	for i, v := range x {
		if v-v != 0 {
			return fmt.Errorf("%s %d holds %v, want finite numbers", what, i/dim, v)
		}
	}
	return nil
}

// length returns the Euclidean length.
func length(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}
