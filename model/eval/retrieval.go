package eval

import (
	"context"
	"fmt"

	"vidcsl/model"
)

// Retrieval is the result of [Retrieve].
type Retrieval struct {
	Gallery int        `json:"gallery"` // labelled samples among which was searched; within one set, one less than there are
	Within  bool       `json:"within"`  // queries and gallery are one set
	At      []RecallAt `json:"at"`
}

// RecallAt is the share of queries that found a sample of their label among the nearest K.
type RecallAt struct {
	K int `json:"k"`
	Accuracy
}

var recallAt = []int{1, 5, 10}

// Retrieve looks for each query's nearest samples of the gallery, by cosine similarity, and returns R@1, R@5 and R@10, as far as the
// gallery has so many samples. Samples without a label are left out; a query whose label the gallery lacks finds nothing. e
// should compute in f32.
func Retrieve(ctx context.Context, e model.Engine, query, gallery Features) (*Retrieval, error) {
	p, err := newPair(gallery, query)
	if err != nil {
		return nil, err
	}
	return retrieve(ctx, e, p, false)
}

// RetrieveWithin is [Retrieve] with every sample of a set as the query once and all others as the gallery.
func RetrieveWithin(ctx context.Context, e model.Engine, f Features) (*Retrieval, error) {
	p, err := newPair(f, f)
	if err != nil {
		return nil, err
	}
	return retrieve(ctx, e, p, true)
}

func retrieve(ctx context.Context, e model.Engine, p pair, within bool) (*Retrieval, error) {
	r := &Retrieval{Gallery: p.train.Len(), Within: within}
	if within {
		r.Gallery--
	}
	x := unit(p.train.X, nil)
	q := x
	if !within {
		q = unit(p.test.X, nil)
	}
	found, err := nearest(ctx, e, q, x, min(recallAt[len(recallAt)-1], r.Gallery), within)
	if err != nil {
		return nil, err
	}
	first := make([]int, len(found)) // the place of the first of the same label
	for i, near := range found {
		for first[i] < len(near) && p.train.Labels[near[first[i]].index()] != p.test.Labels[i] {
			first[i]++
		}
		if first[i] == len(near) {
			first[i] = recallAt[len(recallAt)-1]
		}
	}
	for _, k := range recallAt {
		if k > r.Gallery {
			break
		}
		hits := 0
		for _, at := range first {
			if at < k {
				hits++
			}
		}
		r.At = append(r.At, RecallAt{k, NewAccuracy(hits, len(first))})
	}
	return r, nil
}

// String returns, for example, R@1 48.2 %, R@5 80.1 %, R@10 90.3 % (n 1800, gallery 9537).
func (r *Retrieval) String() string {
	s := ""
	for _, a := range r.At {
		s += fmt.Sprintf("R@%d %.1f %%, ", a.K, 100*a.Value)
	}
	return fmt.Sprintf("%s (n %d, gallery %d)", s[:len(s)-2], r.At[0].N, r.Gallery)
}
