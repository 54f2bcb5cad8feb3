package cluster

import (
	"math/rand/v2"
	"testing"
)

// TestGuess: what is asked for lies above, as far as there is as much, and not everything.
func TestGuess(t *testing.T) {
	const n, k, m = 600, 20, 100
	rng, lists := rand.New(rand.NewPCG(1, 1)), make([]int32, n*k)
	for i := range n { // of a group of 60
		at := 0
		for _, j := range rng.Perm(60) {
			if to := i/60*60 + j; to != i && at < k {
				lists[i*k+at] = int32(to)
				at++
			}
		}
	}
	in := inverse(lists, n, k)
	entries := func(least float32) int {
		all, count := 0, make([]int32, n)
		for i := range int32(n) {
			own := 0
			for _, j := range in.meet(i, lists[int(i)*k:][:k], count, nil) {
				if j != i && float32(count[j])/float32(in.size[i]+in.size[j]-count[j]) > least {
					own++
				}
				count[j] = 0
			}
			all += min(m, own)
		}
		return all
	}
	for _, keep := range []int{0, 500, 5000} {
		least := guess(lists, n, k, m, keep)
		if got := entries(least); got <= keep || got > 2*keep+40*n {
			t.Errorf("%d are wanted: %d are above %v", keep, got, least)
		}
	}
	if least := guess(lists, n, k, m, n*m); least != minusInf {
		t.Errorf("more than there are: above %v", least)
	}
	none(lists)
	if least := guess(lists, n, k, m, 10); least != minusInf {
		t.Errorf("of no neighbours: above %v", least)
	}
}
