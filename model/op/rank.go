package op

import (
	"fmt"
	"slices"
	"sort"
)

// Operations that order numbers. NaN counts as the greatest, as in PyTorch, and equals itself; -0 equals 0. None has a gradient.

// ArgMax is the place of the greatest of each row of x[N,K], K at least 1, as an I32 [N]: the first of several.
type ArgMax struct{}

// Kind implements [Spec].
func (ArgMax) Kind() string { return "arg_max" }

// Infer implements [Spec].
func (ArgMax) Infer(in []Type) (Type, error) {
	if err := wantRanked(in, 2); err != nil {
		return Type{}, err
	}
	if in[0].row() == 0 {
		return Type{}, misfit(in, 0, "at least 1 number in a row")
	}
	return Of(I32, in[0].Shape[0]), nil
}

// Reference implements [Spec].
func (ArgMax) Reference(out Tensor, in []Tensor) error {
	return floats(in[0], func(x []float32) { topTo(Data[int32](out), x, in[0].row(), 1) },
		func(x []float64) { topTo(Data[int32](out), x, in[0].row(), 1) })
}

// TopK is the places of the K greatest of each row of x[N,M], as an I32 [N,K]: the greatest first; of equals, the first of the row first.
type TopK struct{ K int }

// Kind implements [Spec].
func (TopK) Kind() string { return "top_k" }

// Infer implements [Spec].
func (s TopK) Infer(in []Type) (Type, error) {
	if err := wantRanked(in, 2); err != nil {
		return Type{}, err
	}
	if s.K < 1 || s.K > in[0].row() {
		return Type{}, fmt.Errorf("the top %d, want 1 to %d, which are in a row of input 0", s.K, in[0].row())
	}
	return Of(I32, in[0].Shape[0], s.K), nil
}

// Reference implements [Spec].
func (s TopK) Reference(out Tensor, in []Tensor) error {
	return floats(in[0], func(x []float32) { topTo(Data[int32](out), x, in[0].row(), s.K) },
		func(x []float64) { topTo(Data[int32](out), x, in[0].row(), s.K) })
}

// topTo keeps the best so far in order and puts what is better than the last where it belongs.
func topTo[T float](out []int32, x []T, m, k int) {
	for i := range len(out) / k {
		row, top := x[i*m:][:m], out[i*k:i*k:(i+1)*k]
		for j, v := range row {
			if len(top) == k {
				if !below(row[top[k-1]], v) {
					continue
				}
				top = top[:k-1]
			}
			place := sort.Search(len(top), func(p int) bool { return below(row[top[p]], v) })
			top = slices.Insert(top, place, int32(j))
		}
	}
}

// SortByKey is the permutation that puts keys[N] in ascending order, as an I32 [N]; equals stay in their order.
type SortByKey struct{}

// Kind implements [Spec].
func (SortByKey) Kind() string { return "sort_by_key" }

// Infer implements [Spec].
func (SortByKey) Infer(in []Type) (Type, error) {
	if err := wantRanked(in, 1); err != nil {
		return Type{}, err
	}
	return Of(I32, in[0].Shape[0]), nil
}

// Reference implements [Spec].
func (SortByKey) Reference(out Tensor, in []Tensor) error {
	return floats(in[0], func(x []float32) { sortTo(Data[int32](out), x) }, func(x []float64) { sortTo(Data[int32](out), x) })
}

func sortTo[T float](out []int32, keys []T) {
	for i := range out {
		out[i] = int32(i)
	}
	slices.SortStableFunc(out, func(i, j int32) int {
		switch a, b := keys[i], keys[j]; {
		case below(a, b):
			return -1
		case below(b, a):
			return 1
		}
		return 0
	})
}

// below reports whether a comes before b in ascending order.
func below[T float](a, b T) bool { return a < b || b != b && a == a }

// wantRanked is the rule of operations on one value of floating-point numbers in a number of dimensions.
func wantRanked(in []Type, rank int) error {
	if err := arity(in, 1); err != nil {
		return err
	}
	if err := wantFloats(in, 0, 0); err != nil {
		return err
	}
	return wantRank(in, rank)
}
