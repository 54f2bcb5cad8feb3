package clip

import "fmt"

// Grid is a source's frames numbered from 0: the frame table where there is one, else slots of the average frame duration.
// It is a value and read-only.
type Grid struct {
	n     int64 // at least 1
	table []int64
	m     *Meta
}

// GridOf returns the grid of a source. A source of which neither the frames nor the duration and frame rate are known is an
// error.
func GridOf(m *Meta) (Grid, error) {
	if t := m.Frames.PTS; len(t) > 0 {
		return Grid{n: int64(len(t)), table: t}, nil
	}
	r := m.FrameRate
	if m.Duration < 1 || r.Num < 1 || r.Den < 1 {
		return Grid{}, fmt.Errorf("clip: %s: neither the frames nor the duration and frame rate are known", m.Source)
	}
	return Grid{n: max(m.Duration*r.Num*m.TimeBase.Num/(r.Den*m.TimeBase.Den), 1), m: m}, nil
}

// Len returns the number of frames, at least 1.
func (g Grid) Len() int64 { return g.n }

// At returns a timestamp at which frame i is on display, in ticks. Numbers outside of the source stand for its first and its
// last frame.
func (g Grid) At(i int64) int64 {
	i = min(max(i, 0), g.n-1)
	if g.table != nil {
		return g.table[i]
	}
	// the middle of slot i, so that rounding never points at the frame before
	r := g.m.FrameRate
	return g.m.Start + (2*i+1)*r.Den*g.m.TimeBase.Den/(2*r.Num*g.m.TimeBase.Num)
}

// Find returns the number of the frame on display at pts, the nearest one where pts lies outside of the source.
func (g Grid) Find(pts int64) int64 {
	if g.table != nil {
		return int64(FrameTable{g.table}.Find(pts))
	}
	r := g.m.FrameRate
	i := (pts - g.m.Start) * r.Num * g.m.TimeBase.Num / (r.Den * g.m.TimeBase.Den)
	return min(max(i, 0), g.n-1)
}
