package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// hold leaves the entries of part train or of part val.
func (f *found) hold(c Config, part string) error {
	held := holdout(f.entries, len(f.classes), c.Holdout, c.Seed)
	kept := f.entries[:0]
	for _, e := range f.entries {
		if held[e.group] == (part == Val) {
			kept = append(kept, e)
		}
	}
	if f.entries = kept; len(kept) == 0 {
		return fmt.Errorf("%s has no groups of videos that could be held out at the share %v, want more of them, or another holdout", f.said, c.Holdout)
	}
	return nil
}

// holdout draws the groups that make the validation part: about the share of each class, and of a class with several groups at least one, so that
// hyperparameters are not chosen by other clips of what was trained on.
//
// Groups are gone through in the order of SHA-256 of "vidcsl/decode/dataset.holdout/1", the seed as 8 bytes little-endian, and the group. One is held
// out where no class gets more than its share, rounded; then, for classes that have none yet, where no class loses more than half. So the
// draw depends on the list and the seed, not on which videos are there.
func holdout(entries []entry, classes int, share float64, seed uint64) map[string]bool {
	held := map[string]bool{}
	if share == 0 {
		return held
	}
	counts := map[string]map[int]int{} // of videos, by group and class
	all, taken := make([]int, classes), make([]int, classes)
	var groups []string
	for _, e := range entries {
		if counts[e.group] == nil {
			counts[e.group] = map[int]int{}
			groups = append(groups, e.group)
		}
		counts[e.group][e.label]++
		all[e.label]++
	}
	drawn := make(map[string][]byte, len(groups))
	for _, g := range groups {
		b := binary.LittleEndian.AppendUint64([]byte("vidcsl/decode/dataset.holdout/1"), seed)
		sum := sha256.Sum256(append(b, g...))
		drawn[g] = sum[:]
	}
	slices.SortFunc(groups, func(a, b string) int { return bytes.Compare(drawn[a], drawn[b]) })
	take := func(most func(class int) int, wanted func(class int) bool) {
		for _, g := range groups {
			fits, wants := !held[g], false
			for class, n := range counts[g] {
				fits = fits && taken[class]+n <= most(class)
				wants = wants || wanted(class)
			}
			if !fits || !wants {
				continue
			}
			held[g] = true
			for class, n := range counts[g] {
				taken[class] += n
			}
		}
	}
	take(func(c int) int { return min(max(1, int(math.Round(share*float64(all[c])))), all[c]/2) }, func(int) bool { return true })
	take(func(c int) int { return all[c] / 2 }, func(c int) bool { return taken[c] == 0 })
	return held
}
