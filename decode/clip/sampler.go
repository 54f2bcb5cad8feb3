package clip

import (
	"fmt"
	"math/rand/v2"
)

// Draw is the frames of one clip.
type Draw struct {
	PTS    []int64 // ticks, in delivery order
	Padded bool    // the source is shorter than the span; its last frame is repeated
}

// Sampler chooses the frames of clips from a source's metadata. Sample returns n draws; it reads rng and nothing else that
// could differ between runs. Implementations are values and safe for concurrent use as long as rng is not shared.
type Sampler interface {
	Sample(m *Meta, n int, rng *rand.Rand) ([]Draw, error)
}

// RandomClips takes Frames frames, Stride apart, from a start drawn uniformly among the starts whose span fits. A source
// shorter than the span starts at 0 and repeats its last frame (the draw is marked Padded).
// Where no frame table is known the start is drawn by time and frames are spaced by the average frame duration.
type RandomClips struct{ Frames, Stride int }

// RegularClips is RandomClips with the n starts spaced evenly from the first to the last start that fits; one clip is
// centred.
type RegularClips struct{ Frames, Stride int }

// UniformFrames cuts the source into Frames segments of equal length and takes one frame of each: the middle one, or a
// random one with Random ("Temporal Segment Networks", arXiv 1608.00859).
type UniformFrames struct {
	Frames int
	Random bool
}

// TimedClips is RandomClips by time: frames are Step seconds apart (a fraction), whatever the frame rate.
type TimedClips struct {
	Frames int
	Step   Rational
}

// Sample implements [Sampler].
func (s RandomClips) Sample(m *Meta, n int, rng *rand.Rand) ([]Draw, error) {
	return spanned(m, n, s.Frames, s.Stride, func(_, free int64) int64 { return rng.Int64N(free + 1) })
}

// Sample implements [Sampler].
func (s RegularClips) Sample(m *Meta, n int, _ *rand.Rand) ([]Draw, error) {
	return spanned(m, n, s.Frames, s.Stride, func(i, free int64) int64 {
		if n == 1 {
			return free / 2
		}
		return i * free / int64(n-1)
	})
}

// Sample implements [Sampler].
func (s UniformFrames) Sample(m *Meta, n int, rng *rand.Rand) ([]Draw, error) {
	g, err := gridOf(m, 1)
	if err != nil {
		return nil, err
	}
	if err := positive("frames", s.Frames); err != nil {
		return nil, err
	}
	draws := make([]Draw, n)
	for i := range draws {
		draws[i] = Draw{PTS: make([]int64, s.Frames), Padded: g.n < int64(s.Frames)}
		for k := range int64(s.Frames) {
			lo, hi := k*g.n/int64(s.Frames), max((k+1)*g.n/int64(s.Frames), k*g.n/int64(s.Frames)+1)
			at := (lo + hi - 1) / 2
			if s.Random {
				at = lo + rng.Int64N(hi-lo)
			}
			draws[i].PTS[k] = g.at(at)
		}
	}
	return draws, nil
}

// Sample implements [Sampler].
func (s TimedClips) Sample(m *Meta, n int, rng *rand.Rand) ([]Draw, error) {
	if err := positive("frames", s.Frames); err != nil {
		return nil, err
	}
	if s.Step.Num < 1 || s.Step.Den < 1 {
		return nil, fmt.Errorf("clip: step %v is not a positive fraction of seconds", s.Step)
	}
	if m.Duration < 1 {
		return nil, fmt.Errorf("clip: %s: the duration is not known, so frames cannot be drawn by time", m.Source)
	}
	// offset of frame k in ticks: k * step / time base, rounded down
	offset := func(k int64) int64 { return k * s.Step.Num * m.TimeBase.Den / (s.Step.Den * m.TimeBase.Num) }
	free := m.Duration - 1 - offset(int64(s.Frames-1))
	draws := make([]Draw, n)
	for i := range draws {
		draws[i] = Draw{PTS: make([]int64, s.Frames), Padded: free < 0}
		start := m.Start + rng.Int64N(max(free, 0)+1)
		for k := range draws[i].PTS {
			draws[i].PTS[k] = min(start+offset(int64(k)), m.Start+m.Duration-1)
		}
	}
	return draws, nil
}

// grid is a source's frames numbered 0..n-1: the table where there is one, else slots of the average frame duration.
type grid struct {
	n  int64
	at func(i int64) int64
}

func gridOf(m *Meta, stride int) (grid, error) {
	if err := positive("stride", stride); err != nil {
		return grid{}, err
	}
	if t := m.Frames.PTS; len(t) > 0 {
		return grid{int64(len(t)), func(i int64) int64 { return t[i] }}, nil
	}
	r := m.FrameRate
	if m.Duration < 1 || r.Num < 1 || r.Den < 1 {
		return grid{}, fmt.Errorf("clip: %s: neither the frames nor the duration and frame rate are known", m.Source)
	}
	// the middle of slot i, so that rounding never points at the frame before
	ticks := func(i int64) int64 { return (2*i + 1) * r.Den * m.TimeBase.Den / (2 * r.Num * m.TimeBase.Num) }
	n := max(m.Duration*r.Num*m.TimeBase.Num/(r.Den*m.TimeBase.Den), 1)
	return grid{n, func(i int64) int64 { return m.Start + ticks(i) }}, nil
}

func spanned(m *Meta, n, frames, stride int, start func(i, free int64) int64) ([]Draw, error) {
	if err := positive("frames", frames); err != nil {
		return nil, err
	}
	g, err := gridOf(m, stride)
	if err != nil {
		return nil, err
	}
	span := int64(frames-1)*int64(stride) + 1
	draws := make([]Draw, n)
	for i := range draws {
		first := start(int64(i), max(g.n-span, 0))
		draws[i] = Draw{PTS: make([]int64, frames), Padded: g.n < span}
		for k := range draws[i].PTS {
			draws[i].PTS[k] = g.at(min(first+int64(k)*int64(stride), g.n-1))
		}
	}
	return draws, nil
}

func positive(name string, v int) error {
	if v < 1 {
		return fmt.Errorf("clip: %s is %d, want at least 1", name, v)
	}
	return nil
}
