package cluster

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestSpectrum looks at what makes eigenvectors: C v = value v, of length 1, at right angles; the values are those of the full decomposition. Some
// matrices have equal eigenvalues, or fall apart into blocks.
func TestSpectrum(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	gram := func(n, rank int) *mat.SymDense {
		c, a := mat.NewSymDense(n, nil), mat.NewDense(n, rank, nil)
		for i := range n {
			for j := range rank {
				a.Set(i, j, rng.NormFloat64())
			}
		}
		c.SymOuterK(1, a)
		return c
	}
	same, zero := mat.NewSymDense(40, nil), mat.NewSymDense(10, nil)
	for i := range 40 {
		same.SetSym(i, i, float64(1+i/10))
	}
	blocks := mat.NewSymDense(60, nil)
	for i, b := 0, gram(20, 20); i < 60; i++ {
		for j := i; j < (i/20+1)*20; j++ {
			blocks.SetSym(i, j, b.At(i%20, j%20))
		}
	}
	for name, c := range map[string]*mat.SymDense{
		"one": gram(1, 1), "two": gram(2, 2), "full": gram(90, 200), "low rank": gram(70, 5), "same": same, "zero": zero, "blocks": blocks,
	} {
		n := c.SymmetricDim()
		k := min(n, 32)
		values, vectors, err := spectrum(c, k)
		if err != nil {
			t.Fatal(err)
		}
		var full mat.EigenSym
		full.Factorize(c, false)
		want := full.Values(nil)
		tolerance := 1e-10 * max(1, want[n-1])
		var moved, product mat.Dense
		moved.Mul(c, vectors)
		product.Mul(vectors.T(), vectors)
		for j := range k {
			if math.Abs(values[j]-want[n-1-j]) > tolerance {
				t.Errorf("%s: value %d is %v, want %v", name, j, values[j], want[n-1-j])
			}
			for i := range n {
				if d := math.Abs(moved.At(i, j) - values[j]*vectors.At(i, j)); !(d <= tolerance) {
					t.Fatalf("%s: vector %d of value %v is off by %v", name, j, values[j], d)
				}
			}
			for i := range k {
				if d := math.Abs(product.At(i, j) - map[bool]float64{true: 1}[i == j]); !(d <= 1e-10) {
					t.Fatalf("%s: the product of vectors %d and %d is off by %v", name, i, j, d)
				}
			}
		}
	}
}
