package corrupt

import (
	"math/rand/v2"
	"slices"

	"vidcsl/augment"
)

// apart is how many times further apart the frames are taken.
var apart = [5]int64{2, 4, 8, 16, 32}

// samplingRate takes the frames further apart: the view shows more of the source, faster and more jerkily.
var samplingRate = augment.Spec[Config, TimeParams]{
	Summary: "take the frames of the view further apart in the source",
	Doc: "frame k = first + r (frame k - first) in numbers of the source's frames, r = 2, 4, 8, 16, 32. " +
		"A first frame too late for that is moved to an earlier one; a source too short repeats its last frame, and the view is marked as padded.\n" +
		"Source: sampling of arXiv 2207.01398 and its code, where the clip becomes shorter instead. A stored clip has no frames but its own.",
	Draw: func(c Config, _ *rand.Rand, d *augment.Draft) (TimeParams, error) {
		if _, err := moving(d); err != nil {
			return TimeParams{}, err
		}
		first := d.Grid.Find(d.PTS()[0])
		off := make([]int64, len(d.PTS()))
		for k, pts := range d.PTS() {
			off[k] = apart[c.Severity-1] * (d.Grid.Find(pts) - first)
		}
		low, high := slices.Min(off), slices.Max(off)
		first = max(min(first, d.Grid.Len()-1-high), -low)
		p := TimeParams{PTS: make([]int64, len(off)), Padded: first+high >= d.Grid.Len()}
		for k := range off {
			p.PTS[k] = d.Grid.At(first + off[k])
		}
		return p, nil
	},
	Plan: show,
}
