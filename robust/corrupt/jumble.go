package corrupt

import (
	"math"
	"math/rand/v2"
	"slices"

	"vidcsl/augment"
)

// jumbled is the length of the segments in which frames are shuffled, as a share of the view; at least 2 frames.
var jumbled = [5]float64{1. / 16, 1. / 8, 1. / 4, 1. / 2, 1}

// jumble shuffles the frames within each segment of the view: time goes on from segment to segment, and within one there is none.
var jumble = augment.Spec[Config, TimeParams]{
	Summary: "shuffle the frames within each segment of the view",
	Doc: "segments of max(2, ceil(s T)) frames, s = 1/16, 1/8, 1/4, 1/2, 1, in a uniform order within each, other than the one there was in at least one of them.\n" +
		"Source: jumble of arXiv 2207.01398, " +
		"whose code takes 32, 16, 8, 4, 2 of the frames of a clip of 32, the most disorder at severity 1; here the lengths grow, and with the view.",
	Draw: func(c Config, rng *rand.Rand, d *augment.Draft) (TimeParams, error) {
		n, err := moving(d)
		if err != nil {
			return TimeParams{}, err
		}
		length := max(2, int(math.Ceil(jumbled[c.Severity-1]*float64(n))))
		order := inOrder(n)
		for slices.IsSorted(order) {
			for part := range slices.Chunk(order, length) {
				rng.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
			}
		}
		return reordered(d, order), nil
	},
	Plan: show,
}

// boxes is the number of segments whose order is drawn; at most one per frame.
var boxes = [5]int{4, 6, 8, 15, 32}

// boxJumble cuts the view into segments and puts those in random order: time goes on within a segment, and jumps after it.
var boxJumble = augment.Spec[Config, TimeParams]{
	Summary: "put segments of the view in random order",
	Doc: "min(n, T) segments, n = 4, 6, 8, 15, 32; segment i holds frames floor(i T/n) to floor((i+1) T/n); their order is uniform but for the one there was.\n" +
		"Source: box jumble of arXiv 2207.01398, whose code takes segments of 4, 9, 16, 25, 36 of 128 frames, " +
		"which is 32, 15, 8, 6, 4 of them, the most cuts at severity 1; here their number grows.",
	Draw: func(c Config, rng *rand.Rand, d *augment.Draft) (TimeParams, error) {
		t, err := moving(d)
		if err != nil {
			return TimeParams{}, err
		}
		n := min(boxes[c.Severity-1], t)
		box := inOrder(n)
		for slices.IsSorted(box) {
			rng.Shuffle(n, func(i, j int) { box[i], box[j] = box[j], box[i] })
		}
		frames, order := inOrder(t), make([]int, 0, t)
		for _, i := range box {
			order = append(order, frames[i*t/n:(i+1)*t/n]...)
		}
		return reordered(d, order), nil
	},
	Plan: show,
}

func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}
