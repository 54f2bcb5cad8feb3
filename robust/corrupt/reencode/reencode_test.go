package reencode_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/recode"
	"vidcsl/decode/synth"
	"vidcsl/robust/corrupt"
	"vidcsl/robust/corrupt/internal/corrupttest"
	"vidcsl/robust/corrupt/reencode"
)

// fromHere is what this package adds to the table.
var fromHere = sync.OnceValue(func() []corrupt.Info {
	before := len(corrupt.List())
	reencode.Register()
	corrupt.Register()
	return corrupt.List()[before:]
})

// TestTable checks the corruptions of this package of which FFmpeg has the encoders.
func TestTable(t *testing.T) {
	if len(fromHere()) != 6 {
		t.Errorf("the table has %v, want 6 codecs", fromHere())
	}
	c := corrupttest.Movie(t, 2, 16, 16)
	var list []corrupt.Info
	for _, i := range fromHere() {
		v, err := corrupttest.View(c, 2, i.Name, 3, "a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := corrupttest.Pixels(c, v, new(augment.Scratch)); errors.Is(err, recode.ErrNoEncoder) {
			t.Log(err)
			continue
		}
		list = append(list, i)
	}
	corrupttest.Check(t, list)
}

// TestBitRatesGrow: where a clip is not too hard for the lowest rate, all five differ.
func TestBitRatesGrow(t *testing.T) {
	fromHere()
	c, last := corrupttest.Still(t, 16, 112, 112), 0.0
	for severity := 1; severity <= 5; severity++ {
		v, err := corrupttest.View(c, 16, "h264_abr", severity, "a")
		if err != nil {
			t.Fatal(err)
		}
		pix, err := corrupttest.Pixels(c, v, new(augment.Scratch))
		if errors.Is(err, recode.ErrNoEncoder) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		d := corrupttest.Distance(pix, c.Bytes())
		if d <= last {
			t.Errorf("severity %d changes by %.2f, the one before by %.2f", severity, d, last)
		}
		last = d
	}
}

// videos renders a few videos.
func videos(t *testing.T, n int) (paths []string) {
	t.Helper()
	o := synth.DefaultOptions()
	o.Classes, o.VideosPerClass, o.Seconds, o.Size = n, 1, 2, 128
	dir := filepath.Join(t.TempDir(), "videos")
	if _, err := synth.Render(context.Background(), dir, o, nil); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.mp4"))
	if err != nil || len(paths) != n {
		t.Fatal(err, paths)
	}
	return paths
}

// drawn returns a view of all frames of a video under a corruption.
func drawn(m *clip.Meta, key, name string, severity int) (clip.View, error) {
	all := clip.Clip{Frames: m.Frames.Len(), Width: m.Width, Height: m.Height, TimeBase: m.TimeBase, PTS: m.Frames.PTS}
	return corrupttest.View(&all, all.Frames, name, severity, key)
}

// What damage of the stream does grows with the severity, on average over videos and draws.
func TestStreamsGrow(t *testing.T) {
	fromHere()
	const draws = 10
	paths := videos(t, 4)
	for _, c := range corrupt.List() {
		if !c.Source {
			continue
		}
		name := c.Name
		var sum [6]float64
		lost := 0
		for _, path := range paths {
			v, err := decode.Open(context.Background(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			base := clip.CenterSquare(v.Meta(), 32)
			base.PTS = v.Meta().Frames.PTS
			plans := []*clip.Plan{{Views: []clip.View{base}}}
			for severity := 1; severity <= 5; severity++ {
				for i := range draws {
					w, err := drawn(v.Meta(), path+string(rune('a'+i)), name, severity)
					if err != nil {
						t.Fatal(err)
					}
					w.Crop, w.Width, w.Height = base.Crop, base.Width, base.Height
					plans = append(plans, &clip.Plan{Views: []clip.View{w}})
				}
			}
			results := v.ExecuteAll(context.Background(), plans, memory.DefaultAllocator)
			clean := results[0].Clips[0]
			for i, r := range results {
				var e *decode.Error
				if errors.As(r.Err, &e) && e.Reason == decode.Undecodable {
					lost++
					continue
				}
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				sum[(i+draws-1)/draws] += corrupttest.Distance(r.Clips[0].Bytes(), clean.Bytes()) / float64(draws*len(paths))
				if i > 0 {
					r.Clips[0].Release()
				}
			}
			clean.Release()
		}
		t.Logf("%s %.3f, %d undecodable", name, sum, lost)
		for severity := 1; severity <= 5; severity++ {
			if sum[severity] <= sum[severity-1] {
				t.Errorf("%s: severity %d changes %.4f, the one before %.4f", name, severity, sum[severity], sum[severity-1])
			}
		}
	}
}
