package contrast

import (
	"math"

	"vidcsl/model/cluster"
)

// Report says what a refresh found. Pairs are ordered, an anchor and an entry, as in the loss; entries of the anchor's own sample are
// none. Labels are looked at for the report alone.
type Report struct {
	Sizes     [][]int   // of the clusters of each level
	NMI       []float64 // normalised mutual information of each level with the assignment before; NaN the first time
	Pairs     int       // that were found
	Share     float64   // of all pairs
	Cut       int       // good pairs for which a list of partners had no room
	Precision float64   // share of those found, both of which have a label, that have the same one; NaN if there are none
	BaseRate  float64   // the same of all pairs
}

// level adds a level of clusters.
func (r *Report) level(sizes []int, old, now []int32, again bool) {
	nmi := math.NaN()
	if again {
		nmi = cluster.NMI(old, now)
	}
	r.Sizes, r.NMI = append(r.Sizes, sizes), append(r.NMI, nmi)
}

// judge sets what is said of pairs that are in the same cluster in all levels, of things of the samples ids, -1: not there.
func (r *Report) judge(levels [][]int32, ids, labels []int32) {
	joint := joint(levels)
	for i, id := range ids {
		if id < 0 {
			joint[i] = -1
		}
	}
	var found, foundLabelled, foundAlike tally
	for i, id := range ids {
		if joint[i] < 0 {
			continue
		}
		found.add(joint[i], 0, id)
		if labels[i] >= 0 {
			foundLabelled.add(joint[i], 0, id)
			foundAlike.add(joint[i], labels[i], id)
		}
	}
	r.rates(found.pairs(), foundLabelled.pairs(), foundAlike.pairs(), ids, labels)
}

// judgeLists sets what is said of lists of partners, one of each sample, as long as each other; -1: none.
func (r *Report) judgeLists(lists, ids, labels []int32) {
	found, foundLabelled, foundAlike := 0, 0, 0
	m := len(lists) / len(ids)
	for i := range ids {
		for _, j := range lists[i*m:][:m] {
			if j < 0 {
				continue
			}
			found++
			if labels[i] >= 0 && labels[j] >= 0 {
				foundLabelled++
				if labels[i] == labels[j] {
					foundAlike++
				}
			}
		}
	}
	r.rates(found, foundLabelled, foundAlike, ids, labels)
}

// rates sets the rates of the pairs found, of those of two labels and of those of one label twice, beside the same of all pairs.
func (r *Report) rates(found, foundLabelled, foundAlike int, ids, labels []int32) {
	var there, labelled, alike tally
	for i, id := range ids {
		if id < 0 {
			continue
		}
		there.add(0, 0, id)
		if labels[i] >= 0 {
			labelled.add(0, 0, id)
			alike.add(labels[i], 0, id)
		}
	}
	r.Pairs, r.Share = found, float64(found)/float64(max(1, there.pairs()))
	r.Precision, r.BaseRate = float64(foundAlike)/float64(foundLabelled), float64(alike.pairs())/float64(labelled.pairs()) // 0/0 is NaN
}

// tally counts things by group and sample, for the pairs within groups.
type tally struct {
	groups map[[2]int32]int
	own    map[[3]int32]int
}

func (t *tally) add(a, b, id int32) {
	if t.groups == nil {
		t.groups, t.own = map[[2]int32]int{}, map[[3]int32]int{}
	}
	t.groups[[2]int32{a, b}]++
	t.own[[3]int32{a, b, id}]++
}

// pairs returns how many ordered pairs of one group and of two samples there are.
func (t *tally) pairs() int {
	n := 0
	for _, c := range t.groups {
		n += c * c
	}
	for _, c := range t.own {
		n -= c * c
	}
	return n
}

// joint returns a number for each combination of clusters of all levels, of each thing; -1 for what is in none of some level.
func joint(levels [][]int32) []int32 {
	out := make([]int32, len(levels[0]))
	names := map[[8]int32]int32{}
	for i := range out {
		var key [8]int32
		for l, assign := range levels {
			if key[l] = assign[i]; key[l] < 0 {
				out[i] = -1
			}
		}
		if out[i] < 0 {
			continue
		}
		n, ok := names[key]
		if !ok {
			n = int32(len(names))
			names[key] = n
		}
		out[i] = n
	}
	return out
}
