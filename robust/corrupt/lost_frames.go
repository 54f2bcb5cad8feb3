package corrupt

import (
	"math"
	"math/rand/v2"
	"slices"

	"vidcsl/augment"
)

// dropped is the probability that a frame is lost.
var dropped = [5]float64{0.12, 0.24, 0.36, 0.48, 0.60}

// frameDrop loses frames as a bad link does: what is shown instead is the last one that arrived.
var frameDrop = augment.Spec[Config, TimeParams]{
	Summary: "lose frames, each replaced by the last that was not lost",
	Doc: "frame k = frame k-1 with probability p, for k = 1..T-1; p = 0.12, 0.24, 0.36, 0.48, 0.6. A frame lost at one severity is lost at the next.\n" +
		"Source: the lists of freezing of UCF101-P and HMDB51-P, arXiv 2207.01398.",
	Draw: func(c Config, rng *rand.Rand, d *augment.Draft) (TimeParams, error) {
		n, err := moving(d)
		if err != nil {
			return TimeParams{}, err
		}
		order := make([]int, n)
		for k := 1; k < n; k++ {
			if order[k] = k; rng.Float64() < dropped[c.Severity-1] {
				order[k] = order[k-1]
			}
		}
		return reordered(d, order), nil
	},
	Plan: show,
}

// kept is the share of frames that a freezing camera still takes; at least one.
var kept = [5]float64{0.4, 0.2, 0.1, 0.05, 0}

// freeze stops the picture again and again: few frames are left, each shown until the next.
var freeze = augment.Spec[Config, TimeParams]{
	Summary: "keep few frames, each standing still until the next",
	Doc: "max(1, round(s T)) frames are kept, any of them alike, s = 0.4, 0.2, 0.1, 0.05, 0; " +
		"each is shown until the next, the first of them also before. What one severity keeps, the one below keeps too.\n" +
		"Source: freeze of arXiv 2207.01398 and its code, which keeps 1 frame at severity 5.",
	Draw: func(c Config, rng *rand.Rand, d *augment.Draft) (TimeParams, error) {
		n, err := moving(d)
		if err != nil {
			return TimeParams{}, err
		}
		left := rng.Perm(n)[:max(1, int(math.Round(kept[c.Severity-1]*float64(n))))]
		slices.Sort(left)
		order, next := make([]int, n), 0
		for k := range order {
			if next+1 < len(left) && left[next+1] <= k {
				next++
			}
			order[k] = left[next]
		}
		return reordered(d, order), nil
	},
	Plan: show,
}
