// Package corrupttest checks that corruptions keep the rules of package corrupt. [Check] runs over a table, so that what is added to the table
// is checked too; what is special about a corruption is said in its [corrupt.Info].
package corrupttest

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/robust/corrupt"
)

// Movie returns a clip in which texture, as much of it at each scale as in photographs, and a bright disk move. The timestamp of a frame is its number.
func Movie(t testing.TB, frames, h, w int) *clip.Clip {
	t.Helper()
	v := clip.View{Width: w, Height: h, TimeBase: clip.Rational{Num: 1, Den: 25}}
	for k := range int64(frames) {
		v.PTS = append(v.PTS, k)
	}
	c := clip.New(memory.DefaultAllocator, v)
	t.Cleanup(c.Release)
	copy(c.PTS, v.PTS)
	for k := range frames {
		paint(c.Frame(k), h, w, float64(k))
	}
	return c
}

func paint(pix []byte, h, w int, t float64) {
	for i := range pix {
		x, y, u := float64(i/3%w), float64(i/3/w), 0.0
		if math.Hypot(x-float64(w)*(0.5+0.4*math.Sin(t/16)), y-float64(h)/2) < float64(h)/6 {
			pix[i] = 230
			continue
		}
		for cell := 2.3; cell <= 64; cell *= 1.9 { // no whole numbers, which could be those of pixels and blocks
			u += cell / 64 * valueNoise((x+1.5*t)/cell, (y+0.7*t)/cell, uint32(i%3))
		}
		pix[i] = byte(min(max(75+90*u, 0), 255))
	}
}

// valueNoise is from -1 to 1, with straight lines between places with whole numbers.
func valueNoise(x, y float64, channel uint32) float64 {
	i, j := math.Floor(x), math.Floor(y)
	at := func(i, j float64) float64 {
		h := (uint32(i)*73856093 ^ uint32(j)*19349663 ^ channel*83492791) * 2654435761
		return float64(int32(h^h<<13)) / (1 << 31)
	}
	fx, fy := x-i, y-j
	return (at(i, j)*(1-fx)+at(i+1, j)*fx)*(1-fy) + (at(i, j+1)*(1-fx)+at(i+1, j+1)*fx)*fy
}

// Still returns a clip of one frame, again and again.
func Still(t testing.TB, frames, h, w int) *clip.Clip {
	t.Helper()
	c := Movie(t, frames, h, w)
	for k := 1; k < frames; k++ {
		copy(c.Frame(k), c.Frame(0))
	}
	return c
}

// View draws a view of the first n frames of a clip, whose source is key, under corruptions, their names with spaces between, in that order.
func View(c *clip.Clip, n int, names string, severity int, key string) (clip.View, error) {
	corrupt.Register()
	var ts []augment.Transform
	for name := range strings.FieldsSeq(names) {
		transform, err := corrupt.New(name, severity)
		if err != nil {
			return clip.View{}, err
		}
		ts = append(ts, transform)
	}
	p, err := augment.NewPipeline(ts...)
	if err != nil {
		return clip.View{}, err
	}
	m := &clip.Meta{Source: key, Width: c.Width, Height: c.Height, TimeBase: c.TimeBase, Frames: clip.FrameTable{PTS: c.PTS}, Duration: int64(c.Frames)}
	plan, err := augment.Planner{Seed: 3, Sampler: clip.RegularClips{Frames: n, Stride: 1}, Views: 1, Pipeline: p}.Draw(clip.Item{Source: key, Total: 1}, m, 0)
	if err != nil {
		return clip.View{}, err
	}
	return plan.Views[0], nil
}

// Pixels returns those of a view of a clip.
func Pixels(c *clip.Clip, v clip.View, s *augment.Scratch) ([]byte, error) {
	out, err := augment.Execute(augment.Options{}, c, v, s)
	if err != nil {
		return nil, err
	}
	defer out.Release()
	return bytes.Clone(out.Bytes()), nil
}

// Corrupted returns the pixels of the first n frames of a clip after corruptions, as [View] takes them.
func Corrupted(t testing.TB, c *clip.Clip, n int, names string, severity int, key string, s *augment.Scratch) []byte {
	t.Helper()
	v, err := View(c, n, names, severity, key)
	if err != nil {
		t.Fatal(err)
	}
	pix, err := Pixels(c, v, s)
	if err != nil {
		t.Fatal(err)
	}
	return pix
}

// Distance is the mean squared difference of values.
func Distance(a, b []byte) float64 {
	sum := 0.0
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += d * d
	}
	return sum / float64(len(a))
}
