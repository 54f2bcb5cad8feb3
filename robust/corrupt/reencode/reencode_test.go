package reencode_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/recode"
	"vidcsl/decode/synth"
	"vidcsl/robust/corrupt"
	"vidcsl/robust/corrupt/reencode"
)

var names = []string{"h264_crf", "h264_abr", "hevc_crf", "hevc_abr", "mpeg2", "mpeg4"}

func register() {
	reencode.Register()
	corrupt.Register()
}

// Every codec keeps the rules of transforms, and is in the table.
func TestCodecsKeepTheRules(t *testing.T) {
	register()
	for _, name := range names {
		if !slices.ContainsFunc(corrupt.List(corrupt.Video), func(i corrupt.Info) bool { return i.Name == name && !i.Source }) {
			t.Errorf("%s is not in the table", name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := recoded(frames(t, 2, 16, 16), name, 3); errors.Is(err, recode.ErrNoEncoder) {
				t.Skip(err)
			}
			augmenttest.Run(t, augmenttest.Declared(corrupt.Prefix+name))
		})
	}
}

// frames is a moving picture in memory.
func frames(t *testing.T, n, h, w int) *clip.Clip {
	t.Helper()
	o := synth.DefaultOptions()
	o.Size, o.Seconds = 128, 2
	c := clip.New(memory.DefaultAllocator, clip.View{PTS: make([]int64, n), Width: w, Height: h, TimeBase: clip.Rational{Num: 1, Den: 25}})
	t.Cleanup(c.Release)
	for k := range n {
		c.PTS[k] = int64(k)
		rgb, err := synth.Frame(o, 3, 1, k)
		if err != nil {
			t.Fatal(err)
		}
		for y := range h {
			copy(c.Frame(k)[3*w*y:3*w*(y+1)], rgb[3*128*y:])
		}
	}
	return c
}

// view draws a view of all frames through a corruption.
func view(m *clip.Meta, key string, name string, severity int) (clip.View, error) {
	c, err := corrupt.New(name, severity)
	if err != nil {
		return clip.View{}, err
	}
	p, err := augment.NewPipeline(c)
	if err != nil {
		return clip.View{}, err
	}
	plan, err := augment.Planner{Seed: 1, Views: 1, Pipeline: p, Sampler: clip.RegularClips{Frames: m.Frames.Len(), Stride: 1}}.Draw(clip.Item{Source: key, Clips: 1, Total: 1}, m, 0)
	if err != nil {
		return clip.View{}, err
	}
	return plan.Views[0], nil
}

// recoded returns the pixels of a clip in memory after a corruption.
func recoded(c *clip.Clip, name string, severity int) ([]byte, error) {
	v, err := view(&clip.Meta{Source: "a", Width: c.Width, Height: c.Height, TimeBase: c.TimeBase, Frames: clip.FrameTable{PTS: c.PTS}, Duration: int64(c.Frames)}, "a", name, severity)
	if err != nil {
		return nil, err
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	out, err := augment.Execute(augment.Options{Alloc: mem}, c, v, &augment.Scratch{})
	if err != nil {
		return nil, err
	}
	defer out.Release()
	return slices.Clone(out.Bytes()), nil
}

// distance is the mean absolute difference of values.
func distance(a, b []byte) float64 {
	sum := 0.
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}

// What a codec loses grows with the severity.
func TestCodecsGrow(t *testing.T) {
	register()
	c := frames(t, 16, 112, 112)
	for _, name := range names {
		last := 0.
		var all []float64
		for severity := 1; severity <= 5; severity++ {
			pix, err := recoded(c, name, severity)
			if errors.Is(err, recode.ErrNoEncoder) {
				t.Log(err)
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			d := distance(c.Bytes(), pix)
			if d <= last {
				t.Errorf("%s: severity %d is %.3f from the clip, the one before %.3f", name, severity, d, last)
			}
			last = d
			all = append(all, d)
		}
		t.Logf("%s %.2f", name, all)
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

// What damage of the stream does grows with the severity, on average over videos and draws.
func TestStreamsGrow(t *testing.T) {
	register()
	const draws = 10
	paths := videos(t, 4)
	for _, name := range []string{"bit_error", "packet_loss"} {
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
					w, err := view(v.Meta(), path+string(rune('a'+i)), name, severity)
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
				sum[(i+draws-1)/draws] += distance(r.Clips[0].Bytes(), clean.Bytes()) / float64(draws*len(paths))
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
