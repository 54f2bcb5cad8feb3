package cluster

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// NMI is the normalised mutual information of two labelings of the same things: 1 if one is the other with other names, 0 if they are
// independent. It is divided by the mean of the two entropies. Things with a negative label in either are left out; two labelings of one
// class each agree. Labels after the shorter one's end are not looked at.
func NMI(a, b []int32) float64 {
	type pair struct{ a, b int32 }
	both, na, nb, n := map[pair]float64{}, map[int32]float64{}, map[int32]float64{}, 0.0
	for i := range min(len(a), len(b)) {
		if a[i] < 0 || b[i] < 0 {
			continue
		}
		both[pair{a[i], b[i]}]++
		na[a[i]]++
		nb[b[i]]++
		n++
	}
	if len(na) <= 1 && len(nb) <= 1 {
		return 1
	}
	// sums of floats depend on their order, and that of a map changes
	mutual := 0.0
	for _, p := range slices.SortedFunc(maps.Keys(both), func(p, q pair) int { return cmp.Or(cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b)) }) {
		mutual += both[p] / n * math.Log(both[p]*n/(na[p.a]*nb[p.b]))
	}
	entropy := func(count map[int32]float64) (h float64) {
		for _, l := range slices.Sorted(maps.Keys(count)) {
			h -= count[l] / n * math.Log(count[l]/n)
		}
		return h
	}
	return max(0, mutual) / ((entropy(na) + entropy(nb)) / 2)
}
