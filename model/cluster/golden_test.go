package cluster_test

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"os"
	"testing"

	"vidcsl/model/cluster"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// golden is testdata/cluster.json, see scripts/golden_cluster.py. Points are in 1/64.
type golden struct {
	KMeans []struct {
		N, D, K, Iterations      int
		Points, Start, Centroids []float64
		Labels                   []int32
		Inertia                  float64
	}
	NMI []struct {
		A, B []int32
		NMI  float64
	}
	Neighbors []detection
}

type detection struct {
	N, H, D, K                    int
	Ridge, Pseudo, Share, Attract float64
	Mean, Residual, Whitened      []float64
	Labels                        []int32
	Unseen                        []int
	Partners, Attracted           [][2]int32
	Precision                     float64
}

func read(t *testing.T) (g golden) {
	t.Helper()
	b, err := os.ReadFile("testdata/cluster.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// rows returns stored numbers over by as f32.
func rows(x []float64, by float64, shape ...int) op.Tensor {
	t := op.NewTensor(op.Of(op.F32, shape...))
	for i, v := range x {
		op.Data[float32](t)[i] = float32(v / by)
	}
	return t
}

// engines are the CPU's kernels, and the references.
func engines() map[string]*cpu.Engine {
	return map[string]*cpu.Engine{"kernels": cpu.New(cpu.Options{}), "reference": cpu.New(cpu.Options{Reference: true})}
}

// TestKMeansGolden compares with scikit-learn: the same assignment, centroids to 1e-4, inertia to 1e-5.
func TestKMeansGolden(t *testing.T) {
	for name, e := range engines() {
		for i, c := range read(t).KMeans {
			k, err := cluster.NewKMeans(e, c.N, c.D, cluster.KMeansOptions{K: c.K, Iterations: c.Iterations})
			if err != nil {
				t.Fatal(err)
			}
			r, err := k.Fit(context.Background(), rows(c.Points, 64, c.N, c.D), rows(c.Start, 64, c.K, c.D), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := cluster.NMI(op.Data[int32](r.Assign), c.Labels); math.Abs(got-1) > 1e-12 {
				t.Errorf("%s %d: mutual information %v with scikit-learn's clusters", name, i, got)
			}
			want := rows(c.Centroids, 1, c.K, c.D)
			if i < 4 { // where several clusters begin again, who gets which point is another's choice
				for j, v := range op.Data[float32](r.Centroids) {
					if math.Abs(float64(v-op.Data[float32](want)[j])) > 1e-4 {
						t.Fatalf("%s %d: number %d of the centroids is %v, want %v", name, i, j, v, op.Data[float32](want)[j])
					}
				}
			}
			if math.Abs(r.Inertia/c.Inertia-1) > 1e-5 {
				t.Errorf("%s %d: inertia %v, want %v", name, i, r.Inertia, c.Inertia)
			}
			if lost := []int{0, 0, 0, 1, 3}[i]; r.Reseeded < lost || lost == 0 && r.Reseeded > 0 {
				t.Errorf("%s %d: %d clusters begun again, want %d", name, i, r.Reseeded, lost)
			}
			if r.Converged != (c.Iterations > 100 || c.K == 1) {
				t.Errorf("%s %d: converged %v after %d iterations", name, i, r.Converged, r.Iterations)
			}
			if err := k.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestNMIGolden compares with scikit-learn.
func TestNMIGolden(t *testing.T) {
	for i, c := range read(t).NMI {
		if got := cluster.NMI(c.A, c.B); math.Abs(got-c.NMI) > 1e-12 {
			t.Errorf("%d: %v, want %v", i, got, c.NMI)
		}
	}
}

// TestNeighborsGolden compares with the detector as it is written out in the script.
func TestNeighborsGolden(t *testing.T) {
	for name, e := range engines() {
		for i, c := range read(t).Neighbors {
			f, mean, residual, seen := c.detector(t, e)
			w, err := f.Whiten(context.Background(), mean, residual, seen)
			if err != nil {
				t.Fatal(err)
			}
			if d := c.turned(w, seen); d > 1e-3 {
				t.Errorf("%s %d: whitened features are off by %v", name, i, d)
			}
			list, attracted, r, err := f.Find(context.Background(), mean, residual, seen, c.Share, c.Attract)
			if err != nil {
				t.Fatal(err)
			}
			overlap(t, name, list, c.Partners)
			overlap(t, name, attracted, c.Attracted)
			if r.Pairs != len(pairs(t, list)) || r.Attracted != len(pairs(t, attracted)) || r.Cut != 0 || r.Seen != c.N-len(c.Unseen) {
				t.Errorf("%s %d: report %+v", name, i, r)
			}
			right := 0
			for p := range pairs(t, list) {
				if c.Labels[p[0]] == c.Labels[p[1]] {
					right++
				}
			}
			if got := float64(right) / float64(r.Pairs); math.Abs(got-c.Precision) > 0.005 {
				t.Errorf("%s %d: precision %v, want %v", name, i, got, c.Precision)
			}
		}
	}
}

// detector returns a detector with room for all partners, and its arguments.
func (c detection) detector(t *testing.T, e *cpu.Engine) (f *cluster.Neighbors, mean, residual op.Tensor, seen []bool) {
	t.Helper()
	f, err := cluster.NewNeighbors(e, cluster.NeighborsOptions{
		Samples: c.N, Features: c.H, Partners: c.N, Dims: c.D, Neighbors: c.K, Ridge: c.Ridge, Pseudo: c.Pseudo,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	seen = make([]bool, c.N)
	for i := range seen {
		seen[i] = true
	}
	for _, i := range c.Unseen {
		seen[i] = false
	}
	return f, rows(c.Mean, 64, c.N, c.H), rows(c.Residual, 64, c.N, c.H), seen
}

// turned returns the largest difference of the products of whitened rows with the first of them: directions have no sign.
func (c detection) turned(w op.Tensor, seen []bool) (worst float64) {
	want, next := rows(c.Whitened, 1, len(c.Whitened)/c.D, c.D), 0
	got := op.NewTensor(want.Type)
	for i, yes := range seen {
		if yes {
			next += copy(op.Data[float32](got)[next:], op.Data[float32](w)[i*c.D:][:c.D])
		}
	}
	product := func(x op.Tensor, i int) (sum float64) {
		for j, v := range op.Data[float32](x)[:c.D] {
			sum += float64(v) * float64(op.Data[float32](x)[i*c.D+j])
		}
		return sum
	}
	for i := range want.Shape[0] {
		worst = max(worst, math.Abs(product(got, i)-product(want, i)))
	}
	return worst
}

// pairs returns the pairs of lists, each once, after it has looked that they are mutual, without repetition, and end in -1.
func pairs(t *testing.T, lists op.Tensor) map[[2]int32]bool {
	t.Helper()
	m, found := lists.Shape[1], map[[2]int32]bool{}
	for at, j := range op.Data[int32](lists) {
		i := int32(at / m)
		if j < 0 {
			continue
		}
		if found[[2]int32{i, j}] || i == j || at%m > 0 && op.Data[int32](lists)[at-1] < 0 {
			t.Fatalf("list %d: %d at place %d", i, j, at%m)
		}
		found[[2]int32{i, j}] = true
	}
	for p := range found {
		if !found[[2]int32{p[1], p[0]}] {
			t.Fatalf("%v are not mutual", p)
		}
	}
	maps.DeleteFunc(found, func(p [2]int32, _ bool) bool { return p[0] > p[1] })
	return found
}

// overlap fails unless at least 99 % of the pairs of either are in both.
func overlap(t *testing.T, name string, lists op.Tensor, want [][2]int32) {
	t.Helper()
	got, both := pairs(t, lists), 0
	for _, p := range want {
		if got[p] {
			both++
		}
	}
	if float64(both) < 0.99*float64(max(len(got), len(want))) {
		t.Errorf("%s: %d pairs, %d of them among the %d wanted", name, len(got), both, len(want))
	}
}
