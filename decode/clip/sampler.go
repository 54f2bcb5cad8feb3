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

// Sampler chooses the frames of clip i of the n that are taken from a source, from its metadata. It reads rng and nothing
// else that could differ between runs. Implementations are values and safe for concurrent use, each call with its own rng.
type Sampler interface {
	Sample(m *Meta, i, n int, rng *rand.Rand) (Draw, error)
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
func (s RandomClips) Sample(m *Meta, _, _ int, rng *rand.Rand) (Draw, error) {
	return spanned(m, s.Frames, s.Stride, func(free int64) int64 { return rng.Int64N(free + 1) })
}

// Sample implements [Sampler].
func (s RegularClips) Sample(m *Meta, i, n int, _ *rand.Rand) (Draw, error) {
	return spanned(m, s.Frames, s.Stride, func(free int64) int64 {
		if n <= 1 {
			return free / 2
		}
		return int64(i) * free / int64(n-1)
	})
}

// Sample implements [Sampler].
func (s UniformFrames) Sample(m *Meta, _, _ int, rng *rand.Rand) (Draw, error) {
	if err := checkSpan(s.Frames, 1); err != nil {
		return Draw{}, err
	}
	g, err := GridOf(m)
	if err != nil {
		return Draw{}, err
	}
	d := Draw{PTS: make([]int64, s.Frames), Padded: g.Len() < int64(s.Frames)}
	for k := range int64(s.Frames) {
		lo := k * g.Len() / int64(s.Frames)
		hi := max((k+1)*g.Len()/int64(s.Frames), lo+1)
		at := (lo + hi - 1) / 2
		if s.Random {
			at = lo + rng.Int64N(hi-lo)
		}
		d.PTS[k] = g.At(at)
	}
	return d, nil
}

// Sample implements [Sampler].
func (s TimedClips) Sample(m *Meta, _, _ int, rng *rand.Rand) (Draw, error) {
	switch {
	case s.Frames < 1:
		return Draw{}, fmt.Errorf("clip: frames is %d, want at least 1", s.Frames)
	case s.Step.Num < 1 || s.Step.Den < 1:
		return Draw{}, fmt.Errorf("clip: step %v is not a positive fraction of seconds", s.Step)
	case m.Duration < 1:
		return Draw{}, fmt.Errorf("clip: %s: the duration is not known, so frames cannot be drawn by time", m.Source)
	}
	// offset of frame k in ticks: k * step / time base, rounded down
	offset := func(k int) int64 { return int64(k) * s.Step.Num * m.TimeBase.Den / (s.Step.Den * m.TimeBase.Num) }
	free := m.Duration - 1 - offset(s.Frames-1)
	d := Draw{PTS: make([]int64, s.Frames), Padded: free < 0}
	start := m.Start + rng.Int64N(max(free, 0)+1)
	for k := range d.PTS {
		d.PTS[k] = min(start+offset(k), m.Start+m.Duration-1)
	}
	return d, nil
}

func checkSpan(frames, stride int) error {
	if frames < 1 {
		return fmt.Errorf("clip: frames is %d, want at least 1", frames)
	}
	if stride < 1 {
		return fmt.Errorf("clip: stride is %d, want at least 1", stride)
	}
	return nil
}

func spanned(m *Meta, frames, stride int, start func(free int64) int64) (Draw, error) {
	if err := checkSpan(frames, stride); err != nil {
		return Draw{}, err
	}
	g, err := GridOf(m)
	if err != nil {
		return Draw{}, err
	}
	span := int64(frames-1)*int64(stride) + 1
	d := Draw{PTS: make([]int64, frames), Padded: g.Len() < span}
	first := start(max(g.Len()-span, 0))
	for k := range d.PTS {
		d.PTS[k] = g.At(first + int64(k)*int64(stride))
	}
	return d, nil
}
