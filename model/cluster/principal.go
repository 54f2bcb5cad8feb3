package cluster

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"vidcsl/model/op"
)

// Principal returns the places of the rows of x f32[N,D] in the k orthogonal directions in which they spread most, [N][k] relative to their mean, and how
// much of the variance that is, from 0 to 1 (Pearson 1901; Hotelling 1933). Each direction is turned so that its greatest component is positive; where
// rows spread alike in several, or not at all, which ones are returned is arbitrary, but always the same. It takes time as D^2 (N + D).
func Principal(x op.Tensor, k int) (at [][]float64, share float64, err error) {
	if x.DType != op.F32 || len(x.Shape) != 2 || x.Data == nil || x.Shape[0] < 1 || k < 1 || x.Shape[1] < k {
		return nil, 0, fmt.Errorf("cluster: %d directions of %v, want rows f32[N D] of at least as many numbers", k, x.Type)
	}
	n, d := x.Shape[0], x.Shape[1]
	seen := make([]bool, n)
	for i := range seen {
		seen[i] = true
	}
	p, err := newPoints("row", op.Data[float32](x), d, seen)
	if err != nil {
		return nil, 0, fmt.Errorf("cluster: %w", err)
	}
	rows := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			rows.Set(i, j, float64(p.data[i*d+j])-p.mean[j])
		}
	}
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(n), rows.T())
	values, vectors, err := spectrum(&covariance, k)
	if err != nil {
		return nil, 0, fmt.Errorf("cluster: %w", err)
	}
	along := make([]float64, k)
	for j := range along {
		column := mat.Col(nil, j, vectors)
		most := 0.0
		for _, v := range column {
			if math.Abs(v) > math.Abs(most)*(1+1e-9) {
				most = v
			}
		}
		along[j] = math.Copysign(1, most)
		share += max(0, values[j])
	}
	var to mat.Dense
	to.Mul(rows, vectors)
	at = make([][]float64, n)
	for i := range at {
		at[i] = make([]float64, k)
		for j, sign := range along {
			at[i][j] = sign * to.At(i, j)
		}
	}
	if total := mat.Trace(&covariance); total > 0 {
		return at, min(1, share/total), nil
	}
	return at, 0, nil
}
