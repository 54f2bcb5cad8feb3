package cmd

import (
	"fmt"
	"strings"

	"vidcsl/robust"
)

// parseEpsilons reads numbers and fractions, with commas between.
func parseEpsilons(text string) (list []float64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		v, err := robust.ParseEpsilon(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("--epsilon has %q, want numbers or fractions above 0, such as 8/255", part)
		}
		list = append(list, v)
	}
	return list, nil
}
