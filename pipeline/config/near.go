package config

import "strings"

// oneOf lists names: "a", "a or b", "a, b or c".
func oneOf(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// didYouMean is a remark about the known name that s is most likely meant to be, or "".
func didYouMean(s string, known []string) string {
	best, name := 4, ""
	for _, k := range known {
		d := distance(strings.ToLower(s), strings.ToLower(k))
		if d < best && d <= max(1, len(k)/3) {
			best, name = d, k
		}
	}
	if name == "" {
		return ""
	}
	return " (did you mean " + name + "?)"
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
