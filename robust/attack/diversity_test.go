package attack

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// A smaller version is that of PyTorch's interpolation with zeros around, and its adjoint is one: <A x, y> = <x, A^T y>.
func TestVariant(t *testing.T) {
	f, err := os.Open("testdata/attack.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var golden struct{ Resized struct{ X, Y []float32 } }
	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(z).Decode(&golden)
	}
	if err != nil {
		t.Fatal(err)
	}
	v := newVariant([4]int{1, 1, 8, 7}, 6, 5, 2, 1)
	y := make([]float32, 8*7)
	v.apply(y, golden.Resized.X)
	for i, got := range y {
		want := float32(0)
		if row, column := i/7-2, i%7-1; row >= 0 && row < 6 && column >= 0 && column < 5 {
			want = golden.Resized.Y[row*5+column]
		}
		if math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("element %d is %v, want %v", i, got, want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	shape := [4]int{3, 2, 9, 12}
	a, b := make([]float32, 3*2*9*12), make([]float32, 3*2*9*12)
	ax, aty := make([]float32, len(a)), make([]float32, len(a))
	for range 20 {
		gaussian(a, rng)
		gaussian(b, rng)
		v := Diversity{Share: 1, Smallest: 0.5}.draw(shape, rng)
		v.apply(ax, a)
		v.adjoint(aty, b)
		if d := dot(ax, b) - dot(a, aty); math.Abs(d) > 1e-4 {
			t.Errorf("%dx%d: not adjoint by %v", v.h, v.w, d)
		}
	}
}

// The map of every constraint and what reduces the gradient are adjoint, and a perturbation is in the ball if its parameters are.
func TestSpace(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	shape := [4]int{3, 5, 2, 3}
	origin := make([]float32, 3*5*2*3)
	for _, kind := range []ConstraintKind{Free, Shared, Flicker, Smooth} {
		for _, norm := range []Norm{Linf, L2, L1} {
			for _, frames := range []int{1, 2, 5} {
				shape[1] = frames
				origin := origin[:3*frames*2*3]
				s := space{Constraint: Constraint{Kind: kind}, ball: Ball{norm, 0.7}, origin: origin, shape: shape}
				p, y := make([]float32, s.size()), make([]float32, len(origin))
				ap, aty := make([]float32, len(origin)), make([]float32, s.size())
				gaussian(p, rng)
				gaussian(y, rng)
				s.add(ap, origin, p)
				s.reduce(aty, y)
				if d := dot(ap, y) - dot(p, aty); math.Abs(d) > 1e-4 {
					t.Errorf("%s: not adjoint by %v", kind, d)
				}
				if kind == Free {
					continue
				}
				s.limit(p)
				s.add(ap, origin, p)
				d := norm.Of(origin, ap)
				if d > 0.7*1.0001 || d < 0.3 || kind != Smooth && d < 0.699 {
					t.Errorf("%s: a perturbation of %v in %s, want 0.7", kind, d, norm)
				}
			}
		}
	}
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// The k-th greatest number is that of a sorted list, whatever is equal.
func TestGreatest(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for range 300 {
		list := make([]float32, 1+rng.IntN(40))
		for i := range list {
			list[i] = float32(rng.IntN(1 + rng.IntN(30)))
		}
		sorted := slices.Clone(list)
		slices.Sort(sorted)
		k := 1 + rng.IntN(len(list))
		if got, want := greatest(slices.Clone(list), k), sorted[len(sorted)-k]; got != want {
			t.Fatalf("%d of %v is %v, want %v", k, list, got, want)
		}
	}
}
