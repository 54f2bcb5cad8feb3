package robustness

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"vidcsl/model/contrast"
	"vidcsl/robust/report"
)

// pairs are those that a detector takes for false negatives. They are ordered, an anchor and a negative, as in the loss.
type pairs struct {
	list            [][2]int // some of them, by the places of points
	found           int
	judged, right   int // of those found: of two labels, and of one label twice
	labelled, alike int // likewise of all pairs
	about           string
}

// pairs looks for them among the entries that a training knows, in its state after a step, with all as anchors or, of many, with some that are drawn. row
// is the point of each entry, -1 for one that has none; nil: they are points themselves.
func (t *tested) pairs(k *contrast.Known, step int, row []int, rng *rand.Rand) *pairs {
	p, steps := &pairs{}, step
	if t.Record.Result != nil {
		steps = t.Record.Result.Steps
	}
	r := t.Config.Removal
	switch {
	case r.Detector == "none":
		return p
	case !r.Removes(step, steps):
		p.about = "; nothing is removed at that step, which is of the warm-up"
		return p
	}
	n := len(k.Samples)
	anchors := rng.Perm(n)[:min(n, max(1, compared/max(1, k.Comparisons())))]
	slices.Sort(anchors)
	for _, a := range anchors {
		if row == nil || row[a] >= 0 {
			p.of(k, a, row, rng)
		}
	}
	p.about = "; pairs are an anchor and a negative, counted over all of them"
	if len(anchors) < n {
		p.about = fmt.Sprintf("; pairs are an anchor and a negative, counted over %d anchors of %d", len(anchors), n)
	}
	if r.Action == "attract" {
		p.about += ", and are made positives"
	}
	return p
}

// of adds the pairs of an anchor.
func (p *pairs) of(k *contrast.Known, a int, row []int, rng *rand.Rand) {
	label := k.Labels[a]
	for i, sample := range k.Samples {
		if sample == k.Samples[a] || row != nil && row[i] < 0 || label < 0 || k.Labels[i] < 0 {
			continue
		}
		if p.labelled++; k.Labels[i] == label {
			p.alike++
		}
	}
	for _, i := range k.Found(a) {
		pair := [2]int{a, i}
		if row != nil {
			pair = [2]int{row[a], row[i]}
		}
		if pair[1] < 0 {
			continue
		}
		p.found++
		if label >= 0 && k.Labels[i] >= 0 {
			if p.judged++; k.Labels[i] == label {
				p.right++
			}
		}
		// each of those so far is kept with the same chance (Vitter 1985, algorithm R)
		if len(p.list) < shownPairs {
			p.list = append(p.list, pair)
		} else if at := rng.IntN(p.found); at < shownPairs {
			p.list[at] = pair
		}
	}
}

// points returns which of n points are shown, in order: the ends of the pairs, and others that are drawn.
func (p *pairs) points(n, most int, rng *rand.Rand) []int {
	set := map[int]bool{}
	for _, pair := range p.list {
		set[pair[0]], set[pair[1]] = true, true
	}
	for _, i := range rng.Perm(n) {
		if len(set) < most {
			set[i] = true
		}
	}
	at := make([]int, 0, len(set))
	for i := range n {
		if set[i] {
			at = append(at, i)
		}
	}
	return at
}

// show adds the pairs to a sphere of the points at some places; labels are those of all points.
func (p *pairs) show(s *report.Sphere, at []int, labels []int32) {
	to := map[int]int{}
	for i, k := range at {
		to[k] = i
	}
	for _, pair := range p.list {
		a, b := labels[pair[0]], labels[pair[1]]
		s.Pairs = append(s.Pairs, report.Pair{A: to[pair[0]], B: to[pair[1]], Right: a >= 0 && a == b})
	}
	s.Removed = p.found
	s.Right, s.Base = float64(p.right)/float64(max(1, p.judged)), float64(p.alike)/float64(max(1, p.labelled))
	s.About += p.about
}
