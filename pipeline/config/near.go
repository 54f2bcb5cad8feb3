package config

import (
	"cmp"
	"slices"
	"strings"
)

// oneOf lists names: "a", "a or b", "a, b or c".
func oneOf(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// DidYouMean is a remark about the known names that s is most likely meant to be, at most three, the nearest first: " (did you mean a or b?)". It
// is "" where none is near.
func DidYouMean(s string, known []string) string {
	type near struct {
		name     string
		distance int
	}
	var all []near
	for _, k := range known {
		if d := distance(strings.ToLower(s), strings.ToLower(k)); d < 4 && d <= max(1, len(k)/3) {
			all = append(all, near{k, d})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, n := range all {
		if n.distance <= all[0].distance+1 && len(names) < 3 {
			names = append(names, n.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (did you mean " + oneOf(names) + "?)"
}

// distance counts the letters to insert, delete, replace or swap with their neighbour to get from a to b. It is exact
// up to 3.
func distance(a, b string) int {
	if a == b {
		return 0
	}
	if len(a)-len(b) > 3 || len(b)-len(a) > 3 {
		return 4
	}
	var before, above []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, above, row = above, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j]+cost, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
