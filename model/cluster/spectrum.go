package cluster

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/mat"
)

// spectrum returns the k greatest eigenvalues of a symmetric matrix, the greatest first, and their eigenvectors as columns. It reduces the matrix to
// three diagonals and finds the few vectors there by inverse iteration, which costs a fraction of finding all.
func spectrum(c *mat.SymDense, k int) ([]float64, *mat.Dense, error) {
	n := c.SymmetricDim()
	lapack := gonum.Implementation{}
	a := make([]float64, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			a[i*n+j] = c.At(i, j)
		}
	}
	d, e, tau := make([]float64, n), make([]float64, max(1, n-1)), make([]float64, max(1, n-1))
	work := make([]float64, 64*n)
	lapack.Dsytrd(blas.Upper, n, a, n, d, e, tau, work, len(work))
	values, off := append([]float64(nil), d...), append([]float64(nil), e...)
	if !lapack.Dsterf(n, values, off) {
		return nil, nil, fmt.Errorf("the eigenvalues of a covariance of %d features were not found", n)
	}
	top, vectors := make([]float64, k), make([][]float64, 0, k)
	for j := range top {
		top[j] = values[n-1-j]
		vectors = append(vectors, inverseIteration(d, e[:n-1], top[j], vectors))
	}
	lapack.Dorgtr(blas.Upper, n, a, n, tau, work, len(work))
	three := mat.NewDense(n, k, nil)
	for j, v := range vectors {
		three.SetCol(j, v)
	}
	var out mat.Dense
	out.Mul(mat.NewDense(n, n, a), three)
	return top, &out, nil
}

// inverseIteration returns the eigenvector of length 1 of the symmetric matrix of diagonal d and off-diagonal e for an eigenvalue, at right angles to
// the others, those of the greater ones.
func inverseIteration(d, e []float64, value float64, others [][]float64) []float64 {
	n := len(d)
	norm := 0.0
	for i, v := range d {
		norm = max(norm, math.Abs(v))
		if i < len(e) {
			norm = max(norm, math.Abs(e[i]))
		}
	}
	if norm == 0 {
		norm = 1
	}
	// a random start has a part in every direction; the shift keeps equal eigenvalues apart, and the matrix from being singular
	rng, x := rand.New(rand.NewPCG(uint64(len(others)), 1)), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	shift := value + 1e-15*norm*float64(1+len(others))
	diagonal := make([]float64, n)
	for range 4 {
		for i, v := range d {
			diagonal[i] = v - shift
		}
		y := append([]float64(nil), x...)
		if (gonum.Implementation{}).Dgtsv(n, 1, append([]float64(nil), e...), diagonal, append([]float64(nil), e...), y, 1) {
			x = y
		}
		orthonormal(x, others)
		orthonormal(x, others) // what rounding has left
	}
	return x
}

// orthonormal takes out of x what lies along the others, which have length 1, and makes its length 1.
func orthonormal(x []float64, others [][]float64) {
	scale, sum := 0.0, 0.0
	for _, v := range x {
		scale = max(scale, math.Abs(v))
	}
	for i := range x {
		x[i] /= scale // squares could overflow
	}
	for _, o := range others {
		dot := 0.0
		for i, v := range o {
			dot += v * x[i]
		}
		for i, v := range o {
			x[i] -= dot * v
		}
	}
	for _, v := range x {
		sum += v * v
	}
	for i := range x {
		x[i] /= math.Sqrt(sum)
	}
}
