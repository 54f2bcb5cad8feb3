package cluster_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cluster"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// normal returns normally distributed rows; of length 1 if unit.
func normal(seed uint64, n, d int, unit bool) op.Tensor {
	rng, t := rand.New(rand.NewPCG(seed, 1)), op.NewTensor(op.Of(op.F32, n, d))
	for i := range n {
		row, sum := op.Data[float32](t)[i*d:][:d], 0.0
		for j := range row {
			row[j] = float32(rng.NormFloat64())
			sum += float64(row[j]) * float64(row[j])
		}
		for j := range row {
			if unit {
				row[j] /= float32(math.Sqrt(sum))
			}
		}
	}
	return t
}

func fit(t *testing.T, e model.Engine, o cluster.KMeansOptions, x, start op.Tensor, seed uint64) cluster.Clustering {
	t.Helper()
	k, err := cluster.NewKMeans(e, x.Shape[0], x.Shape[1], o)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	r, err := k.Fit(context.Background(), x, start, rand.New(rand.NewPCG(seed, 2)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSpherical: centroids have length 1, every point is with the one most similar to it, and what is said of the clusters is so.
func TestSpherical(t *testing.T) {
	const n, d, k = 500, 9, 14
	x := normal(1, n, d, true)
	r := fit(t, cpu.New(cpu.Options{}), cluster.KMeansOptions{K: k, Iterations: 100, Spherical: true}, x, op.Tensor{}, 1)
	sizes, inertia, c := make([]int, k), 0.0, op.Data[float32](r.Centroids)
	for j := range k {
		sum := 0.0
		for _, v := range c[j*d:][:d] {
			sum += float64(v) * float64(v)
		}
		if math.Abs(sum-1) > 1e-6 {
			t.Errorf("centroid %d has squared length %v", j, sum)
		}
	}
	for i := range n {
		best, own := math.Inf(-1), int(op.Data[int32](r.Assign)[i])
		for j := range k {
			dot := 0.0
			for a := range d {
				dot += float64(op.Data[float32](x)[i*d+a]) * float64(c[j*d+a])
			}
			best = max(best, dot)
			if j == own && math.Abs(dot-float64(op.Data[float32](r.Similarity)[i])) > 1e-6 {
				t.Errorf("point %d has similarity %v, said %v", i, dot, op.Data[float32](r.Similarity)[i])
			}
		}
		if best > float64(op.Data[float32](r.Similarity)[i])+1e-6 {
			t.Errorf("point %d is with a centroid of similarity %v, another has %v", i, op.Data[float32](r.Similarity)[i], best)
		}
		sizes[own]++
		inertia += 2 - 2*float64(op.Data[float32](r.Similarity)[i])
	}
	if !slices.Equal(sizes, r.Sizes) || math.Abs(inertia-r.Inertia) > 1e-6*inertia || !r.Converged {
		t.Errorf("sizes %v inertia %v converged %v, want %v %v", r.Sizes, r.Inertia, r.Converged, sizes, inertia)
	}
	again := fit(t, cpu.New(cpu.Options{}), cluster.KMeansOptions{K: k, Iterations: 5, Spherical: true}, x, r.Centroids, 0)
	if !again.Converged || again.Iterations > 2 || !reflect.DeepEqual(again.Assign, r.Assign) {
		t.Errorf("from where it ended: %d iterations, converged %v", again.Iterations, again.Converged)
	}
}

// TestSameOnAnyThreads: the bits do not depend on the number of threads, and the drawn start on the source of numbers alone.
func TestSameOnAnyThreads(t *testing.T) {
	for _, spherical := range []bool{false, true} {
		o, x := cluster.KMeansOptions{K: 150, Iterations: 8, Spherical: spherical}, normal(2, 3000, 40, spherical)
		one := fit(t, cpu.New(cpu.Options{Threads: 1}), o, x, op.Tensor{}, 7)
		for threads := 2; threads <= 4; threads++ {
			if got := fit(t, cpu.New(cpu.Options{Threads: threads}), o, x, op.Tensor{}, 7); !reflect.DeepEqual(got, one) {
				t.Errorf("%d threads find something else", threads)
			}
		}
		if other := fit(t, cpu.New(cpu.Options{Threads: 1}), o, x, op.Tensor{}, 8); reflect.DeepEqual(other.Assign, one.Assign) {
			t.Error("another source of numbers, the same clusters")
		}
	}
}

// TestSeeding: groups far from each other get one centroid each, which uniform draws miss nearly always (10!/10^10).
func TestSeeding(t *testing.T) {
	x := normal(3, 400, 10, false)
	for i := range 400 {
		op.Data[float32](x)[i*10+i%10] += 1000
	}
	for seed := range uint64(20) {
		r := fit(t, cpu.New(cpu.Options{}), cluster.KMeansOptions{K: 10, Iterations: 1}, x, op.Tensor{}, seed)
		if slices.Max(r.Sizes) != 40 || slices.Min(r.Sizes) != 40 {
			t.Errorf("seed %d: clusters of %v", seed, r.Sizes)
		}
	}
}

// TestFewPoints: fewer different points than clusters leave clusters empty, and end.
func TestFewPoints(t *testing.T) {
	for _, spherical := range []bool{false, true} {
		x := op.NewTensor(op.Of(op.F32, 30, 2))
		for i := range 30 {
			op.Data[float32](x)[i*2+i%2] = 1
		}
		r := fit(t, cpu.New(cpu.Options{}), cluster.KMeansOptions{K: 5, Iterations: 50, Spherical: spherical}, x, op.Tensor{}, 1)
		full := slices.DeleteFunc(slices.Clone(r.Sizes), func(n int) bool { return n == 0 })
		if !slices.Equal(full, []int{15, 15}) || r.Inertia > 1e-6 || !r.Converged {
			t.Errorf("spherical %v: clusters of %v, inertia %v, converged %v", spherical, r.Sizes, r.Inertia, r.Converged)
		}
	}
}

// TestBlank: points of zeros are in no cluster, and the others are where they are without them.
func TestBlank(t *testing.T) {
	const n, d = 120, 5
	x, half := normal(5, n, d, true), normal(5, n/2, d, true)
	for i := range n * d {
		op.Data[float32](x)[i] = 0
		if i/d%2 == 1 {
			op.Data[float32](x)[i] = op.Data[float32](half)[i/d/2*d+i%d]
		}
	}
	o, start := cluster.KMeansOptions{K: 9, Iterations: 50, Spherical: true}, normal(6, 9, d, true)
	copy(op.Data[float32](start), []float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}) // two that are equal: one is left without points
	got, want := fit(t, cpu.New(cpu.Options{}), o, x, start, 0), fit(t, cpu.New(cpu.Options{}), o, half, start, 0)
	if !reflect.DeepEqual(got.Centroids, want.Centroids) || !slices.Equal(got.Sizes, want.Sizes) || math.Abs(got.Inertia-want.Inertia) > 1e-9 || got.Reseeded == 0 {
		t.Errorf("clusters of %v, inertia %v, %d begun again; without blanks %v, %v", got.Sizes, got.Inertia, got.Reseeded, want.Sizes, want.Inertia)
	}
	for seed := range uint64(5) {
		r := fit(t, cpu.New(cpu.Options{}), o, x, op.Tensor{}, seed)
		for i, to := range op.Data[int32](r.Assign) {
			if (to < 0) != (i%2 == 0) {
				t.Fatalf("seed %d: point %d is in cluster %d", seed, i, to)
			}
		}
		if slices.Min(r.Sizes) == 0 {
			t.Errorf("seed %d: clusters of %v", seed, r.Sizes)
		}
	}
	if r := fit(t, cpu.New(cpu.Options{}), o, op.NewTensor(x.Type), op.Tensor{}, 0); slices.Max(r.Sizes) != 0 || r.Inertia != 0 {
		t.Errorf("nothing but blanks: clusters of %v, inertia %v", r.Sizes, r.Inertia)
	}
}

// TestReseed: centroids that nothing is near to are used in the end.
func TestReseed(t *testing.T) {
	x, start := normal(4, 200, 3, false), op.NewTensor(op.Of(op.F32, 8, 3))
	for i := range op.Data[float32](start) {
		op.Data[float32](start)[i] = 1e4
	}
	r := fit(t, cpu.New(cpu.Options{}), cluster.KMeansOptions{K: 8, Iterations: 100}, x, start, 0)
	if r.Reseeded < 7 || slices.Min(r.Sizes) == 0 {
		t.Errorf("%d begun again, clusters of %v", r.Reseeded, r.Sizes)
	}
}

func TestKMeansErrors(t *testing.T) {
	e := cpu.New(cpu.Options{})
	for _, c := range []struct {
		n, d, k, iterations int
		want                string
	}{
		{3, 2, 4, 1, "cluster: 4 clusters of 3 points, want 1 or more and no more than points"},
		{3, 2, 0, 1, "cluster: 0 clusters of 3 points, want 1 or more and no more than points"},
		{3, 0, 1, 1, "cluster: points of 0 numbers, want at least 1"},
		{3, 2, 1, 0, "cluster: 0 iterations, want at least 1"},
	} {
		if _, err := cluster.NewKMeans(e, c.n, c.d, cluster.KMeansOptions{K: c.k, Iterations: c.iterations}); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	k, err := cluster.NewKMeans(e, 3, 2, cluster.KMeansOptions{K: 2, Iterations: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	x, bad := normal(1, 3, 2, false), normal(1, 3, 2, false)
	op.Data[float32](bad)[4] = float32(math.Inf(1))
	for _, c := range []struct {
		x, start op.Tensor
		want     string
	}{
		{normal(1, 2, 2, false), op.Tensor{}, "cluster: points f32[2 2], want f32[3 2]"},
		{x, x, "cluster: start f32[3 2], want f32[2 2]"},
		{bad, op.Tensor{}, "cluster: point 2 holds +Inf, want finite numbers"},
		{x, op.Tensor{}, "cluster: neither a start nor a source of random numbers to draw one from"},
	} {
		if _, err := k.Fit(context.Background(), c.x, c.start, nil); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("enough"))
	if _, err := k.Fit(ctx, x, op.Tensor{}, rand.New(rand.NewPCG(1, 1))); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("a cancelled fit returns %v", err)
	}
	if _, err := k.Fit(context.Background(), x, op.Tensor{}, rand.New(rand.NewPCG(1, 1))); err != nil {
		t.Errorf("after the errors: %v", err)
	}
}

func TestNMI(t *testing.T) {
	for _, c := range []struct {
		a, b []int32
		want float64
	}{
		{[]int32{0, 0, 1, 1}, []int32{5, 5, 2, 2}, 1},
		{[]int32{0, 0, 1, 1}, []int32{0, 1, 0, 1}, 0},
		{[]int32{0, 0, 1, 1, -1, 3}, []int32{5, 5, 2, 2, 5, -1}, 1},
		{[]int32{0, 0, 0}, []int32{4, 4, 4}, 1},
		{[]int32{0, 0, 0}, []int32{4, 4, 1}, 0},
		{nil, nil, 1},
	} {
		if got := cluster.NMI(c.a, c.b); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%v and %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
