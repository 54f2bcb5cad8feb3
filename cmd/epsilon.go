package cmd

import (
	"fmt"
	"strconv"
	"strings"
)

// parseEpsilons reads numbers and fractions, with commas between.
func parseEpsilons(text string) (list []float64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		a, b, fraction := strings.Cut(strings.TrimSpace(part), "/")
		v, err := strconv.ParseFloat(a, 64)
		if err == nil && fraction {
			var by float64
			if by, err = strconv.ParseFloat(b, 64); err == nil {
				v /= by
			}
		}
		if err != nil || !(v > 0) || v > 1e9 {
			return nil, fmt.Errorf("--epsilon has %q, want numbers or fractions above 0, such as 8/255", part)
		}
		list = append(list, v)
	}
	return list, nil
}
