package cluster

import (
	"math"
	"slices"

	"vidcsl/model/op"
)

// graph is the best partners of each sample, the best first, -1 where there are no more, and their scores.
type graph struct {
	n, m     int
	partners []int32
	scores   []float32
}

// selection is pairs of samples as lists: i32[N,M], the best first, -1 at the end, each mutual.
type selection struct {
	lists op.Tensor
	kept  int     // pairs, each counted once
	cut   int     // those for which one of the two has no room
	least float32 // score of a pair
}

// keep returns how many entries of lists are the top share of a number of pairs, each counted for both of its samples: those above the quantile
// 1 - share.
func keep(share float64, pairs int) int { return max(0, pairs-max(1, int((1-share)*float64(pairs)))) }

// list returns how many partners sample i has.
func (g *graph) list(i int) int {
	if n := slices.Index(g.partners[i*g.m:][:g.m], -1); n >= 0 {
		return n
	}
	return g.m
}

// len returns how many entries the lists have.
func (g *graph) len() int {
	n := 0
	for i := range g.n {
		n += g.list(i)
	}
	return n
}

// top selects the best keep entries, see above.
func (g *graph) top(keep int) selection { return g.pairs(g.above(keep)) }

// above returns the score that the best keep pairs are above, those with the same score as the next left out; -Inf if there are no more
// than keep. A pair counts once for each of its two samples. It sorts by the bits of the scores, half by half.
func (g *graph) above(keep int) float32 {
	const half = 1 << 16
	find := func(bucket func(order uint32) (int, bool), left int) (int, int) {
		counts := make([]int, half)
		for i := range g.n {
			for k := i * g.m; k < (i+1)*g.m && g.partners[k] >= 0; k++ {
				if b, ok := bucket(order(g.scores[k])); ok {
					counts[b]++
				}
			}
		}
		for b := half - 1; b >= 0; b-- {
			if left < counts[b] {
				return b, left
			}
			left -= counts[b]
		}
		return -1, left
	}
	high, left := find(func(u uint32) (int, bool) { return int(u >> 16), true }, keep)
	if high < 0 {
		return float32(math.Inf(-1))
	}
	low, _ := find(func(u uint32) (int, bool) { return int(u % half), int(u>>16) == high }, left)
	u := uint32(high)<<16 | uint32(low)
	if u>>31 == 1 {
		return math.Float32frombits(u &^ (1 << 31))
	}
	return math.Float32frombits(^u)
}

// order returns a number that is the greater the greater a score is.
func order(s float32) uint32 {
	u := math.Float32bits(s)
	if u>>31 == 1 {
		return ^u
	}
	return u | 1<<31
}

// pairs selects the pairs with a score above least whose samples have each other in their lists.
func (g *graph) pairs(least float32) (s selection) {
	s.lists = op.NewTensor(op.Of(op.I32, g.n, g.m))
	for i := range g.n {
		row := op.Data[int32](s.lists)[i*g.m:][:g.m]
		to := row[:0]
		for k := i * g.m; k < (i+1)*g.m && g.partners[k] >= 0 && g.scores[k] > least; k++ {
			if !g.has(int(g.partners[k]), i, g.scores[k]) {
				s.cut++ // only the other has it
				continue
			}
			to = append(to, g.partners[k])
			if s.kept == 0 || g.scores[k] < s.least {
				s.least = g.scores[k]
			}
			s.kept++
		}
		none(row[len(to):])
	}
	s.kept /= 2
	return s
}

// none fills a list with -1.
func none(list []int32) {
	for i := range list {
		list[i] = -1
	}
}

// has reports whether the list of sample j goes as far as sample i, with which it has this score.
func (g *graph) has(j, i int, score float32) bool {
	last := (j+1)*g.m - 1
	return g.partners[last] < 0 || score > g.scores[last] || score == g.scores[last] && i <= int(g.partners[last])
}
