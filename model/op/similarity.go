package op

import "fmt"

// Similarity is the inner product of each row of x[N,D] with the rows of y[M,D] that idx[N,K], an I32, names: [N,D], [M,D], [N,K] -> [N,K].
// With Distance it is minus the squared Euclidean distance, summed over the squares of differences, which does not cancel as
// |x|^2 - 2xy + |y|^2 does. It is 0 where idx is -1.
type Similarity struct{ Distance bool }

// Kind implements [Spec].
func (Similarity) Kind() string { return "similarity" }

// Infer implements [Spec].
func (Similarity) Infer(in []Type) (Type, error) {
	if err := arity(in, 3); err != nil {
		return Type{}, err
	}
	if err := wantPair(in); err != nil {
		return Type{}, err
	}
	return in[0].withLists(in, 2)
}

// withLists returns the type of a number for each element of input i, which is a list of rows for each row of t.
func (t Type) withLists(in []Type, i int) (Type, error) {
	if l := in[i]; l.DType != I32 || l.Rank() != 2 || l.Shape[0] != t.Shape[0] {
		return Type{}, misfit(in, i, "i32 in 2 dimensions, with %d rows", t.Shape[0])
	}
	return Of(t.DType, in[i].Shape...), nil
}

// Reference implements [Spec].
func (s Similarity) Reference(out Tensor, in []Tensor) error {
	idx := Data[int32](in[2])
	if err := checkLists(idx, in[1].Shape[0]); err != nil {
		return err
	}
	d, k := in[0].Shape[1], out.Shape[1]
	return floats(out, func(z []float32) { similarityTo(s, z, Data[float32](in[0]), Data[float32](in[1]), idx, d, k) },
		func(z []float64) { similarityTo(s, z, Data[float64](in[0]), Data[float64](in[1]), idx, d, k) })
}

func similarityTo[T float](s Similarity, out, x, y []T, idx []int32, d, k int) {
	parallel(len(out), func(from, to int) {
		for at := from; at < to; at++ {
			sum := T(0)
			if j := int(idx[at]); j >= 0 {
				b := y[j*d:][:d]
				for c, v := range x[at/k*d:][:d] {
					if s.Distance {
						sum -= (v - b[c]) * (v - b[c])
					} else {
						sum += v * b[c]
					}
				}
			}
			out[at] = sum
		}
	})
}

// checkLists is checkIndices where -1 is none.
func checkLists(idx []int32, rows int) error {
	for i, at := range idx {
		if at < -1 || int(at) >= rows {
			return fmt.Errorf("index %d is %d, want -1 or more and less than %d", i, at, rows)
		}
	}
	return nil
}

// GatherSum is the sum, in order, of the rows of x[M,D] that each row of idx[N,K], an I32, names: [M,D], [N,K] -> [N,D]. -1 is none: with the
// lists of a graph's neighbours it is its adjacency matrix times x.
type GatherSum struct{}

// Kind implements [Spec].
func (GatherSum) Kind() string { return "gather_sum" }

// Infer implements [Spec].
func (GatherSum) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if err := wantFloats(in, 0, 2); err != nil {
		return Type{}, err
	}
	if in[0].Rank() != 2 {
		return Type{}, misfit(in, 0, "2 dimensions")
	}
	if in[1].DType != I32 || in[1].Rank() != 2 {
		return Type{}, misfit(in, 1, "i32 in 2 dimensions")
	}
	return in[0].resized(0, in[1].Shape[0]), nil
}

// Reference implements [Spec].
func (GatherSum) Reference(out Tensor, in []Tensor) error {
	idx := Data[int32](in[1])
	if err := checkLists(idx, in[0].Shape[0]); err != nil {
		return err
	}
	k := in[1].Shape[1]
	return floats(out, func(y []float32) { gatherSumTo(y, Data[float32](in[0]), idx, out.Shape[0], k) },
		func(y []float64) { gatherSumTo(y, Data[float64](in[0]), idx, out.Shape[0], k) })
}

func gatherSumTo[T float](out, x []T, idx []int32, n, k int) {
	clear(out)
	parallel(n, func(from, to int) {
		d := len(out) / n
		for i := from; i < to; i++ {
			sum := out[i*d:][:d]
			for _, j := range idx[i*k:][:k] {
				if j < 0 {
					continue
				}
				for c, v := range x[int(j)*d:][:d] {
					sum[c] += v
				}
			}
		}
	})
}
