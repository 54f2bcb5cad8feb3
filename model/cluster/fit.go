package cluster

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"

	"vidcsl/model/op"
)

// fit is one run of k-means. Euclidean points are taken relative to their mean, which keeps the products small.
type fit struct {
	*KMeans
	points op.Tensor
	blank  []bool // points without a direction, if spherical
	mean   []float64
	c      op.Tensor // centroids
	sums   []float32 // of the points of each cluster
	to     []int32   // assignment
	sizes  []int
	empty  int // clusters begun again
}

func newFit(k *KMeans, x op.Tensor) *fit {
	f := &fit{KMeans: k, points: x, mean: make([]float64, k.dim), c: op.NewTensor(op.Of(op.F32, k.options.K, k.dim)),
		sums: make([]float32, k.options.K*k.dim), to: make([]int32, k.n), sizes: make([]int, k.options.K), blank: make([]bool, k.n)}
	data := op.Data[float32](x)
	if k.options.Spherical {
		for i := range f.blank {
			f.blank[i] = length(data[i*k.dim:][:k.dim]) == 0
		}
		return f
	}
	for at := 0; at < len(data); at += k.dim {
		for j, v := range data[at:][:k.dim] {
			f.mean[j] += float64(v) / float64(k.n)
		}
	}
	f.points = op.NewTensor(x.Type)
	f.move(op.Data[float32](f.points), data, -1)
	return f
}

// move stores x plus sign times the mean.
func (f *fit) move(out, x []float32, sign float64) {
	for at := 0; at < len(x); at += f.dim {
		for j, m := range f.mean {
			out[at+j] = float32(float64(x[at+j]) + sign*m)
		}
	}
}

func (f *fit) run(ctx context.Context, start op.Tensor, rng *rand.Rand) (r Clustering, err error) {
	if err := f.assign.Set("rows", f.points); err != nil {
		return r, err
	}
	if err := f.measure.Set("rows", f.points); err != nil {
		return r, err
	}
	centroids := op.Data[float32](f.c)
	if start.Data == nil {
		if err := f.seed(ctx, rng); err != nil {
			return r, err
		}
	} else {
		f.move(centroids, op.Data[float32](start), -1)
	}
	if f.options.Spherical {
		for at := 0; at < len(centroids); at += f.dim {
			f.store(at/f.dim, centroids[at:][:f.dim], 1)
		}
	}
	last := make([]int32, f.n)
	for r.Iterations < f.options.Iterations && !r.Converged {
		copy(last, f.to)
		if err := f.step(ctx); err != nil {
			return r, err
		}
		r.Iterations++
		if r.Converged = r.Iterations > 1 && slices.Equal(last, f.to); r.Converged {
			break
		}
		if err := f.update(ctx); err != nil {
			return r, err
		}
	}
	if !r.Converged {
		if err := f.step(ctx); err != nil {
			return r, err
		}
	}
	return f.result(ctx, r)
}

// step assigns the points to the centroids and adds up those of each cluster.
func (f *fit) step(ctx context.Context) error {
	bias := op.NewTensor(op.Of(op.F32, f.options.K))
	if !f.options.Spherical {
		for j, c := 0, op.Data[float32](f.c); j < f.options.K; j++ {
			l := length(c[j*f.dim:][:f.dim])
			op.Data[float32](bias)[j] = float32(-l * l / 2)
		}
	}
	out, err := f.assign.Run(ctx, f.c, bias)
	if err != nil {
		return err
	}
	copy(f.to, op.Data[int32](out[0]))
	copy(f.sums, op.Data[float32](out[1]))
	clear(f.sizes)
	for i, j := range f.to {
		if f.blank[i] {
			f.to[i] = -1
			continue
		}
		f.sizes[j]++
	}
	return nil
}

// update moves the centroids into the middle of their points.
func (f *fit) update(ctx context.Context) error {
	if slices.Contains(f.sizes, 0) {
		if err := f.reseed(ctx); err != nil {
			return err
		}
	}
	for j, n := range f.sizes {
		if n > 0 {
			f.store(j, f.sums[j*f.dim:][:f.dim], 1/float64(n))
		}
	}
	return nil
}

// store sets a centroid to v times scale; to its direction if spherical, unless it has none.
func (f *fit) store(j int, v []float32, scale float64) {
	if f.options.Spherical {
		l := length(v)
		if l == 0 {
			return
		}
		scale = 1 / l
	}
	for i, x := range v {
		op.Data[float32](f.c)[j*f.dim+i] = float32(float64(x) * scale)
	}
}

// reseed gives every empty cluster a point: the farthest from their centroids, one by one, out of clusters that have more.
func (f *fit) reseed(ctx context.Context) error {
	similarity, err := f.similarity(ctx)
	if err != nil {
		return err
	}
	order := make([]int32, f.n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(similarity[a], similarity[b]) })
	for j, n := range f.sizes {
		if n > 0 {
			continue
		}
		for len(order) > 0 && (f.blank[order[0]] || f.sizes[f.to[order[0]]] < 2) {
			order = order[1:]
		}
		if len(order) == 0 || f.squared(order[0], similarity) == 0 { // all points are centroids
			return nil
		}
		p := order[0]
		order = order[1:]
		from, sum := f.sums[int(f.to[p])*f.dim:][:f.dim], f.sums[j*f.dim:][:f.dim]
		for i, v := range op.Data[float32](f.points)[int(p)*f.dim:][:f.dim] {
			from[i] -= v
			sum[i] = v
		}
		f.sizes[f.to[p]]--
		f.sizes[j] = 1
		f.empty++
	}
	return nil
}

// similarity returns that of each point to its centroid, valid until the next call.
func (f *fit) similarity(ctx context.Context) ([]float32, error) {
	out, err := f.measure.Run(ctx, f.c, op.From(f.to, f.n, 1))
	if err != nil {
		return nil, err
	}
	return op.Data[float32](out[0]), nil
}

// squared returns the squared distance of a point to its centroid; that of a point without a direction is 0.
func (f *fit) squared(i int32, similarity []float32) float64 {
	switch s := float64(similarity[i]); {
	case f.blank[i]:
		return 0
	case f.options.Spherical:
		return max(0, 2-2*s)
	default:
		return max(0, -s)
	}
}

// seed draws the first centroids: each a point, with a chance in proportion to its squared distance to the nearest one so far.
func (f *fit) seed(ctx context.Context, rng *rand.Rand) error {
	points, centroids := op.Data[float32](f.points), op.Data[float32](f.c)
	all := f.c
	f.c = op.NewTensor(all.Type) // its first row is the latest centroid, to which all points are assigned
	defer func() { f.c = all }()
	nearest, total := make([]float64, f.n), 0.0
	for i := range nearest { // before there is any, all points have the same chance
		if !f.blank[i] {
			nearest[i] = 1
			total++
		}
	}
	for j := range f.options.K {
		p := points[draw(rng, nearest, total)*f.dim:][:f.dim]
		copy(centroids[j*f.dim:], p)
		copy(op.Data[float32](f.c), p)
		similarity, err := f.similarity(ctx)
		if err != nil {
			return err
		}
		total = 0
		for i := range nearest {
			if d := f.squared(int32(i), similarity); j == 0 || d < nearest[i] {
				nearest[i] = d
			}
			total += nearest[i]
		}
	}
	return nil
}

// draw returns a place with a chance in proportion to its weight; any, if all weights are 0.
func draw(rng *rand.Rand, weights []float64, total float64) (at int) {
	if total == 0 {
		return rng.IntN(len(weights))
	}
	left := rng.Float64() * total
	for i, w := range weights {
		if w > 0 {
			at = i
		}
		if left -= w; left < 0 {
			break
		}
	}
	return at
}

// result completes what is known after the last step.
func (f *fit) result(ctx context.Context, r Clustering) (Clustering, error) {
	similarity, err := f.similarity(ctx)
	if err != nil {
		return r, err
	}
	r.Similarity = op.From(slices.Clone(similarity), f.n)
	for i := range similarity {
		r.Inertia += f.squared(int32(i), similarity)
	}
	r.Assign, r.Sizes, r.Reseeded, r.Centroids = op.From(f.to, f.n), f.sizes, f.empty, op.NewTensor(f.c.Type)
	f.move(op.Data[float32](r.Centroids), op.Data[float32](f.c), 1)
	return r, nil
}
