package eval

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// grid returns rows of small integers: their products are exact and many are equal.
func grid(rng *rand.Rand, n, k int) op.Tensor {
	x := op.NewTensor(op.Of(op.F32, n, k))
	for i := range op.Data[float32](x) {
		op.Data[float32](x)[i] = float32(rng.IntN(5) - 2)
	}
	return x
}

func TestNearestEqualsSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	queries, gallery := grid(rng, 2*blockA+3, 6), grid(rng, 2*blockB+5, 6)
	for _, c := range []struct {
		queries, gallery op.Tensor
		k                int
		itself           bool
	}{
		{queries, gallery, 1, false},
		{queries, gallery, 37, false},
		{queries, grid(rng, 9, 6), 9, false},
		{queries, queries, 37, true},
		{queries, queries, queries.Shape[0] - 1, true},
	} {
		found, err := nearest(context.Background(), cpu.New(cpu.Options{}), c.queries, c.gallery, c.k, c.itself)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(found); i += 11 {
			q, similarity, order := op.Data[float32](c.queries)[i*6:][:6], []float32{}, []int{}
			for j := range c.gallery.Shape[0] {
				s := float32(0)
				for d, v := range op.Data[float32](c.gallery)[j*6:][:6] {
					s += v * q[d]
				}
				similarity = append(similarity, s)
				if !c.itself || i != j {
					order = append(order, j)
				}
			}
			slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(similarity[b], similarity[a]) })
			for at, n := range found[i] {
				if n.index() != order[at] || n.similarity() != similarity[order[at]] {
					t.Fatalf("%v in %v: neighbour %d of query %d is %d (%v), want %d (%v)", c.queries.Type, c.gallery.Type,
						at, i, n.index(), n.similarity(), order[at], similarity[order[at]])
				}
			}
			if len(found[i]) != c.k {
				t.Fatalf("query %d has %d neighbours, want %d", i, len(found[i]), c.k)
			}
		}
	}
}

func TestNeighborsAreOrderedAsNumbers(t *testing.T) {
	inf := float32(math.Inf(1))
	similarities := []float32{inf, 2, 1, math.SmallestNonzeroFloat32, 0, -math.SmallestNonzeroFloat32, -1, -2, -inf}
	for i, s := range similarities {
		if n := newNeighbor(s, 7+i); n.similarity() != s || n.index() != 7+i {
			t.Errorf("%v at %d became %v at %d", s, 7+i, n.similarity(), n.index())
		}
		if i > 0 && newNeighbor(s, 0) >= newNeighbor(similarities[i-1], 1000) {
			t.Errorf("%v is not farther than %v", s, similarities[i-1])
		}
	}
	if newNeighbor(float32(math.Copysign(0, -1)), 3) != newNeighbor(0, 3) {
		t.Error("zeros are ordered by their sign")
	}
}

// The loss of a probe and its gradient do not depend on how many samples go through the graph at once.
func TestProbeLossInParts(t *testing.T) {
	const n, dim, classes = 103, 5, 3
	rng := rand.New(rand.NewPCG(3, 4))
	x, labels, weights := grid(rng, n, dim), make([]int32, n), make([]float64, classes*(dim+1))
	for i := range labels {
		labels[i] = int32(rng.IntN(classes))
	}
	for i := range weights {
		weights[i] = rng.NormFloat64() / 2
	}
	e := cpu.New(cpu.Options{})
	whole, err := newProbeLoss(e, x, labels, classes, 0.1, n)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.close()
	parts, err := newProbeLoss(e, x, labels, classes, 0.1, 40)
	if err != nil {
		t.Fatal(err)
	}
	defer parts.close()
	want, got := whole.at(context.Background(), weights), parts.at(context.Background(), weights)
	if parts.rows != 35 || !(math.Abs(got-want) <= 1e-6) || whole.err != nil || parts.err != nil {
		t.Errorf("in parts of %d the loss is %v (%v), want %v (%v)", parts.rows, got, parts.err, want, whole.err)
	}
	for i, g := range parts.gradient {
		if !(math.Abs(g-whole.gradient[i]) <= 1e-6) {
			t.Errorf("gradient %d is %v, want %v", i, g, whole.gradient[i])
		}
	}
	for i := range weights { // central differences
		const h = 1e-2
		probe := slices.Clone(weights)
		probe[i] += h
		up := whole.at(context.Background(), probe)
		probe[i] -= 2 * h
		if slope := (up - whole.at(context.Background(), probe)) / (2 * h); !(math.Abs(slope-parts.gradient[i]) <= 1e-4) {
			t.Errorf("gradient %d is %v, but the slope is %v", i, parts.gradient[i], slope)
		}
	}
}

func TestRanking(t *testing.T) {
	for _, c := range []struct {
		scores []float64
		want   []int
	}{
		{[]float64{1, 3, 3, 0, 2, 3, 1, 5}, []int{7, 1, 2, 5, 4}},
		{[]float64{0, 2, 0}, []int{1}},
		{[]float64{1, 1, 1, 1, 1, 1, 1}, []int{0, 1, 2, 3, 4}},
	} {
		if got := ranking(c.scores, func(v float64) bool { return v > 0 }); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, want %v", c.scores, got, c.want)
		}
	}
}
