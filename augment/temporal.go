package augment

import "math/rand/v2"

// PTSParams is the frames of a view in ticks. Transforms in time draw these: what they chose is what the plan holds.
type PTSParams struct {
	PTS    []int64 `json:"pts"`
	Padded bool    `json:"padded"`
}

func planPTS(p PTSParams, d *Draft) error {
	d.SetPadded(p.Padded)
	return d.SetPTS(p.PTS)
}

// at returns the frames start + offset(k), k = 0..T-1, of the grid. Padded says that the span does not fit.
func (d *Draft) at(start int64, offset func(k int) int64) PTSParams {
	p := PTSParams{PTS: make([]int64, len(d.view.PTS))}
	for k := range p.PTS {
		i := start + offset(k)
		p.PTS[k] = d.Grid.At(i)
		p.Padded = p.Padded || i >= d.Grid.Len()
	}
	return p
}

// anyStart draws a start among those at which a span of n frames fits.
func (d *Draft) anyStart(rng *rand.Rand, n int64) int64 {
	return rng.Int64N(max(d.Grid.Len()-n, 0) + 1)
}
