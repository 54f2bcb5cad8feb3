//go:build cgo && !nodnnl

package dnn

// #include "rows.h"
import "C"

import (
	"fmt"
	"math"
	"unsafe"
)

// Kernels on rows, see rows.h. Indices are looked at before they are used: the error names the first that is wrong.

func i32(p unsafe.Pointer) *C.int32_t { return (*C.int32_t)(p) }

// CheckIndices refuses one of n indices that is less than low, or rows or more.
func CheckIndices(idx unsafe.Pointer, n, low, rows int) error {
	at := int(C.dnn_index_check(i32(idx), C.int64_t(n), C.int64_t(low), C.int64_t(rows)))
	if at < 0 {
		return nil
	}
	return fmt.Errorf("index %d is %d, want %d or more and less than %d", at, unsafe.Slice((*int32)(idx), n)[at], low, rows)
}

// Search is a search for the K nearest of M rows for each of N, of D numbers, in Tasks parts of the work, at most 256.
type Search struct {
	N, M, D, K int
	NotSelf    bool
	Tasks      int
}

// Scratch returns the bytes of scratch memory that Run needs.
func (s Search) Scratch() int { return int(C.dnn_nearest_scratch(C.int64_t(s.Tasks), C.int64_t(s.K))) }

// Run fills out; bias may be nil.
func (s Search) Run(x, y, bias, out, scratch unsafe.Pointer) error {
	return check("nearest", C.dnn_nearest(C.int64_t(s.N), C.int64_t(s.M), C.int64_t(s.D), C.int64_t(s.K), flag(s.NotSelf),
		f32(x), f32(y), f32(bias), i32(out), scratch, C.int64_t(s.Tasks)))
}

// Similarity computes the products, or minus the squared distances, of x[n,d] and the m rows of y that idx[n,k] names.
func Similarity(n, m, d, k int, distance bool, x, y, idx, out unsafe.Pointer) error {
	if err := CheckIndices(idx, n*k, -1, m); err != nil {
		return err
	}
	C.dnn_similarity(C.int64_t(n), C.int64_t(d), C.int64_t(k), flag(distance), f32(x), f32(y), i32(idx), f32(out))
	return nil
}

// ScatterAdd adds up the rows of x[n,d] where idx[n] says.
func ScatterAdd(n, d, rows int, x, idx, out unsafe.Pointer) error {
	if err := CheckIndices(idx, n, 0, rows); err != nil {
		return err
	}
	C.dnn_scatter_add(C.int64_t(n), C.int64_t(d), C.int64_t(rows), f32(x), i32(idx), f32(out))
	return nil
}

// GatherSum adds up the rows of x[m,d] that idx[n,k] names.
func GatherSum(n, m, d, k int, x, idx, out unsafe.Pointer) error {
	if err := CheckIndices(idx, n*k, -1, m); err != nil {
		return err
	}
	C.dnn_gather_sum(C.int64_t(n), C.int64_t(d), C.int64_t(k), f32(x), i32(idx), f32(out))
	return nil
}

// Gram computes x'y of x[n,d] and y[n,e].
func Gram(n, d, e int, x, y, out unsafe.Pointer) error {
	return check("gram", C.dnn_gram(C.int64_t(n), C.int64_t(d), C.int64_t(e), f32(x), f32(y), f32(out)))
}

// Shared is a graph of N rows with K neighbours each, D numbers in a row, and M partners.
type Shared struct {
	N, K, D, M int
	Weight     float32
	Tasks      int
}

// Scratch returns the bytes of scratch memory that the methods need.
func (s Shared) Scratch() int {
	return int(C.dnn_shared_scratch(C.int64_t(s.Tasks), C.int64_t(s.N), C.int64_t(s.K)))
}

func (s Shared) graph(lists, x unsafe.Pointer) (C.dnn_neighbors, error) {
	return C.dnn_neighbors{n: C.int64_t(s.N), k: C.int64_t(s.K), d: C.int64_t(s.D), m: C.int64_t(s.M), weight: C.float(s.Weight),
		lists: i32(lists), x: f32(x)}, CheckIndices(lists, s.N*s.K, -1, s.N)
}

// Partners selects partners with a score above least, one number; nil: all may be.
func (s Shared) Partners(lists, x, least, partners, scratch unsafe.Pointer) error {
	g, err := s.graph(lists, x)
	if err != nil {
		return err
	}
	above := C.float(math.Inf(-1))
	if least != nil {
		above = *f32(least)
	}
	C.dnn_shared(&g, above, i32(partners), scratch, C.int64_t(s.Tasks))
	return nil
}

// Scores computes the scores of partners.
func (s Shared) Scores(lists, x, partners, scores, scratch unsafe.Pointer) error {
	g, err := s.graph(lists, x)
	if err == nil {
		err = CheckIndices(partners, s.N*s.M, -1, s.N)
	}
	if err != nil {
		return err
	}
	C.dnn_shared_score(&g, i32(partners), f32(scores), scratch, C.int64_t(s.Tasks))
	return nil
}
