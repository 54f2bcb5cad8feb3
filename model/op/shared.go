package op

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Operations on the graph of nearest neighbours. lists[N,K], an I32, names the neighbours of each of N rows, each once, without the row itself; -1
// is none. The score of two rows is how much of their neighbourhoods, lists and themselves, they share (Jaccard; Jarvis and Patrick
// 1973), plus Weight times the inner product of x[N,D], rows of length 1 at most, which orders those that share as much:
//
//	score(i, j) = |A ∩ B| / |A ∪ B| + Weight * (x_i, x_j)   with A = lists[i] ∪ {i}, B = lists[j] ∪ {j}
//
// It is the same for (j, i), to the bit. Counts are made by going from a row to its neighbours and from each to all that have it in their list,
// N K^2 on the average; an engine without such lists can take products of blocks of the N x N matrix of neighbours.

// SharedNeighbors is the Partners rows with the greatest score for each row, of those that share a neighbour with it: I32 [N,Partners], the
// greatest first, of equals the first; -1 fills up. A third input least[1], of the type of x, leaves out those with a score that is not above
// it: the fewer are left, the less an engine has to do.
type SharedNeighbors struct {
	Partners int
	Weight   float64
}

// Kind implements [Spec].
func (SharedNeighbors) Kind() string { return "shared_neighbors" }

// Infer implements [Spec].
func (s SharedNeighbors) Infer(in []Type) (Type, error) {
	if len(in) != 2 && len(in) != 3 {
		return Type{}, fmt.Errorf("%d inputs, want 2 or 3", len(in))
	}
	if err := wantShared(in, s.Weight); err != nil {
		return Type{}, err
	}
	if len(in) == 3 {
		if err := wantVector(in, 2, in[1].DType, 1); err != nil {
			return Type{}, err
		}
	}
	if s.Partners < 1 {
		return Type{}, fmt.Errorf("%d partners, want at least 1", s.Partners)
	}
	return Of(I32, in[0].Shape[0], s.Partners), nil
}

// Reference implements [Spec].
func (s SharedNeighbors) Reference(out Tensor, in []Tensor) error {
	h, err := newNeighborhoods(in[0])
	if err != nil {
		return err
	}
	return floats(in[1], func(x []float32) { sharedTo(s, Data[int32](out), h, x, in[2:]) },
		func(x []float64) { sharedTo(s, Data[int32](out), h, x, in[2:]) })
}

func sharedTo[T float](s SharedNeighbors, out []int32, h *neighborhoods, x []T, above []Tensor) {
	least := T(math.Inf(-1))
	if len(above) > 0 {
		least = Data[T](above[0])[0]
	}
	h.each(func(i int32, found, count []int32) {
		type partner struct {
			row   int32
			score T
		}
		list := make([]partner, 0, len(found))
		for _, j := range found {
			if score := sharedScore(h, x, i, j, count[j], s.Weight); j != i && score > least {
				list = append(list, partner{j, score})
			}
		}
		slices.SortFunc(list, func(a, b partner) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row)) })
		for k := range s.Partners {
			to := &out[int(i)*s.Partners+k]
			*to = -1
			if k < len(list) {
				*to = list[k].row
			}
		}
	})
}

func sharedScore[T float](h *neighborhoods, x []T, i, j, both int32, weight float64) T {
	d := len(x) / h.n
	dot, b := T(0), x[int(j)*d:][:d]
	for c, v := range x[int(i)*d:][:d] {
		dot += v * b[c]
	}
	return T(both)/T(h.size[i]+h.size[j]-both) + T(weight)*dot
}

// SharedScore is the score of each row with the rows that partners[N,M], an I32, names: [N,M]; 0 where that is -1.
type SharedScore struct{ Weight float64 }

// Kind implements [Spec].
func (SharedScore) Kind() string { return "shared_score" }

// Infer implements [Spec].
func (s SharedScore) Infer(in []Type) (Type, error) {
	if err := arity(in, 3); err != nil {
		return Type{}, err
	}
	if err := wantShared(in, s.Weight); err != nil {
		return Type{}, err
	}
	return in[1].withLists(in, 2)
}

// Reference implements [Spec].
func (s SharedScore) Reference(out Tensor, in []Tensor) error {
	h, err := newNeighborhoods(in[0])
	if err != nil {
		return err
	}
	partners := Data[int32](in[2])
	if err := checkLists(partners, h.n); err != nil {
		return err
	}
	return floats(out, func(y []float32) { scoresTo(s, y, h, Data[float32](in[1]), partners) },
		func(y []float64) { scoresTo(s, y, h, Data[float64](in[1]), partners) })
}

func scoresTo[T float](s SharedScore, out []T, h *neighborhoods, x []T, partners []int32) {
	h.each(func(i int32, _, count []int32) {
		m := len(out) / h.n
		for k, j := range partners[int(i)*m:][:m] {
			to := &out[int(i)*m+k]
			*to = 0
			if j >= 0 {
				*to = sharedScore(h, x, i, j, count[j], s.Weight)
			}
		}
	})
}

// wantShared is the rule of lists and vectors.
func wantShared(in []Type, weight float64) error {
	if err := wantFloats(in, 1, 2); err != nil {
		return err
	}
	if in[1].Rank() != 2 {
		return misfit(in, 1, "2 dimensions")
	}
	if _, err := in[1].withLists(in, 0); err != nil {
		return err
	}
	if !(weight >= 0) {
		return fmt.Errorf("weight %v, want at least 0", weight)
	}
	return nil
}

// neighborhoods are lists of neighbours, both ways.
type neighborhoods struct {
	n, k  int
	lists []int32
	size  []int32 // with the row itself
	start []int32 // [n+1]: those whose neighbourhood has row j are in[start[j]:start[j+1]]
	in    []int32
}

func newNeighborhoods(t Tensor) (*neighborhoods, error) {
	h := &neighborhoods{n: t.Shape[0], k: t.Shape[1], lists: Data[int32](t)}
	if err := checkLists(h.lists, h.n); err != nil {
		return nil, err
	}
	h.size, h.start = make([]int32, h.n), make([]int32, h.n+2)
	members := func(f func(i, j int)) {
		for i := range h.n {
			f(i, i)
			for _, j := range h.lists[i*h.k:][:h.k] {
				if j >= 0 {
					f(i, int(j))
				}
			}
		}
	}
	members(func(i, j int) { h.size[i]++; h.start[j+2]++ })
	for j := range h.n {
		h.start[j+2] += h.start[j+1]
	}
	h.in = make([]int32, h.start[h.n+1])
	members(func(i, j int) { h.in[h.start[j+1]] = int32(i); h.start[j+1]++ })
	return h, nil
}

// each calls f for every row with the rows that share something with it, itself among them, and how much each row does.
func (h *neighborhoods) each(f func(i int32, found, count []int32)) {
	parallel(h.n, func(from, to int) {
		count, found := make([]int32, h.n), make([]int32, 0, h.n)
		visit := func(j int32) {
			for _, i := range h.in[h.start[j]:h.start[j+1]] {
				if count[i] == 0 {
					found = append(found, i)
				}
				count[i]++
			}
		}
		for i := int32(from); int(i) < to; i++ {
			visit(i)
			for _, j := range h.lists[int(i)*h.k:][:h.k] {
				if j >= 0 {
					visit(j)
				}
			}
			f(i, found, count)
			for _, j := range found {
				count[j] = 0
			}
			found = found[:0]
		}
	})
}
