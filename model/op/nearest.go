package op

import (
	"fmt"
	"math"
)

// Nearest finds for each row of x[N,D] the K rows of y[M,D] with the greatest inner product: [N,D], [M,D] -> I32 [N,K], the greatest first,
// of equals the first. A third input b[M] is added to the products: -|y|^2/2 makes them order by Euclidean distance, -Inf leaves a row
// out. A row with a score of -Inf or NaN is never taken: where fewer than K are left, -1 fills up.
//
// An engine does not hold the N x M scores: it goes over blocks of rows, each a product of matrices, plus b, its diagonal
// -Inf where NotSelf says so, and a stable top K, whose places become -1 where the score is -Inf.
type Nearest struct {
	K       int
	NotSelf bool // row i of y is not taken for row i of x
}

// Kind implements [Spec].
func (Nearest) Kind() string { return "nearest" }

// Infer implements [Spec].
func (s Nearest) Infer(in []Type) (Type, error) {
	if len(in) != 2 && len(in) != 3 {
		return Type{}, fmt.Errorf("%d inputs, want 2 or 3", len(in))
	}
	if err := wantPair(in); err != nil {
		return Type{}, err
	}
	if len(in) == 3 {
		if err := wantVector(in, 2, in[0].DType, in[1].Shape[0]); err != nil {
			return Type{}, err
		}
	}
	if s.K < 1 {
		return Type{}, fmt.Errorf("the nearest %d, want at least 1", s.K)
	}
	return Of(I32, in[0].Shape[0], s.K), nil
}

// Reference implements [Spec].
func (s Nearest) Reference(out Tensor, in []Tensor) error {
	m := in[1].Shape[0]
	return floats(in[0], func(x []float32) {
		b := make([]float32, m)
		if len(in) == 3 {
			b = Data[float32](in[2])
		}
		nearestTo(s, Data[int32](out), x, Data[float32](in[1]), b)
	}, func(x []float64) {
		b := make([]float64, m)
		if len(in) == 3 {
			b = Data[float64](in[2])
		}
		nearestTo(s, Data[int32](out), x, Data[float64](in[1]), b)
	})
}

func nearestTo[T float](s Nearest, out []int32, x, y, b []T) {
	n, m := len(out)/s.K, len(b)
	if n == 0 {
		return
	}
	d := len(x) / n
	parallel(n, func(from, to int) {
		scores := make([]T, m)
		for i := from; i < to; i++ {
			dots(scores, 1, x[i*d:(i+1)*d], y, m)
			for j := range scores {
				scores[j] += b[j]
			}
			if s.NotSelf && i < m {
				scores[i] = T(math.Inf(-1))
			}
			best(out[i*s.K:(i+1)*s.K], scores)
		}
	})
}

// best fills list with the places of the greatest scores, in order, and -1 where no more are above -Inf.
func best[T float](list []int32, scores []T) {
	top := list[:0]
	for j, v := range scores {
		if !(v > T(math.Inf(-1))) || len(top) == len(list) && v <= scores[top[len(top)-1]] {
			continue
		}
		if len(top) < len(list) {
			top = append(top, 0)
		}
		at := len(top) - 1
		for ; at > 0 && v > scores[top[at-1]]; at-- {
			top[at] = top[at-1]
		}
		top[at] = int32(j)
	}
	for k := len(top); k < len(list); k++ {
		list[k] = -1
	}
}

// wantPair is the rule that inputs 0 and 1 are matrices of floating-point numbers of one type with rows of one length.
func wantPair(in []Type) error {
	if err := wantFloats(in, 0, 2); err != nil {
		return err
	}
	for i := range 2 {
		if in[i].Rank() != 2 || in[i].DType != in[0].DType || in[i].Shape[1] != in[0].Shape[1] {
			return misfit(in, i, "%v in 2 dimensions, with the columns of input 0", in[0].DType)
		}
	}
	return nil
}
