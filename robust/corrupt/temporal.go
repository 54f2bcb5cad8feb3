package corrupt

import (
	"fmt"

	"vidcsl/augment"
)

// temporals change which frames are shown, in the plan: the decoder, or what reads a stored clip, shows other ones, and nothing is
// computed. So they come before every pixel op of a pipeline, wherever they stand in it.
var temporals = []entry{
	of(Info{Name: "frame_drop", Group: "temporal", Set: Video, Frames: 2}, frameDrop),
	of(Info{Name: "freeze", Group: "temporal", Set: Video, Frames: 2,
		Uneven: "neighbouring severities keep as many frames as each other where the view has under 40"}, freeze),
	of(Info{Name: "jumble", Group: "temporal", Set: Video, Frames: 2,
		Uneven: "a drawn order may leave frames near where they were, and short views have fewer lengths of segments than severities"}, jumble),
	of(Info{Name: "box_jumble", Group: "temporal", Set: Video, Frames: 2,
		Uneven: "any order of segments moves frames about as far; what grows is the number of cuts"}, boxJumble),
	of(Info{Name: "sampling_rate", Group: "temporal", Set: Video, Frames: 2, Fixed: true,
		Uneven: "what a source shows later need not differ more, and the view begins earlier where the source would end"}, samplingRate),
	of(Info{Name: "reverse", Group: "temporal", Set: Video, Frames: 2,
		Uneven: "a run of frames may fall where nothing moves"}, reverse),
}

// TimeParams is the frames of a view in ticks, as a corruption in time has drawn them.
type TimeParams struct {
	PTS    []int64 `json:"pts"`
	Padded bool    `json:"padded"` // the source ended, and its last frame is repeated
}

// show is the Plan of a corruption in time.
func show(p TimeParams, d *augment.Draft) error {
	if p.Padded {
		d.SetPadded(true)
	}
	return d.SetPTS(p.PTS)
}

// reordered returns the frames of the view in another order: at k the one that was at order[k].
func reordered(d *augment.Draft, order []int) TimeParams {
	pts := d.PTS()
	p := TimeParams{PTS: make([]int64, len(pts))}
	for k, from := range order {
		p.PTS[k] = pts[from]
	}
	return p
}

// moving returns the number of frames of the view, and an error if it is a single one.
func moving(d *augment.Draft) (int, error) {
	n := len(d.PTS())
	if n < 2 {
		return n, fmt.Errorf("the view has %d frame, want at least 2", n)
	}
	return n, nil
}
