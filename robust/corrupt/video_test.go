package corrupt

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/decode/clip"
)

// registry has the default transforms and the corruptions.
func registry() *augment.Registry {
	Register()
	return augment.Default()
}

// movie is a clip in which texture, coarse and fine, and a bright disk move.
func movie(frames, h, w int) *clip.Clip {
	v := clip.View{Width: w, Height: h, TimeBase: clip.Rational{Num: 1, Den: 25}}
	for t := range int64(frames) {
		v.PTS = append(v.PTS, t)
	}
	c := clip.New(memory.DefaultAllocator, v)
	copy(c.PTS, v.PTS)
	pix := c.Bytes()
	for i := range pix {
		x, y, t := float64(i/3%w), float64(i/3/w%h), float64(i/3/w/h)
		u := 110 + 60*math.Sin((x+1.5*t)*0.21+float64(i%3))*math.Cos((y-0.7*t)*0.17)
		u += 25 * math.Sin(2.1*(x+y+0.2*t))
		if math.Hypot(x-float64(w)*(0.5+0.4*math.Sin(t/16)), y-float64(h)/2) < float64(h)/6 {
			u = 230
		}
		pix[i] = byte(u)
	}
	return c
}

// planned draws a view of n frames of a clip under corruptions, their names with spaces between, in that order.
func planned(c *clip.Clip, n int, names string, severity int, key string) (clip.View, error) {
	var ts []augment.Transform
	for name := range strings.FieldsSeq(names) {
		all := slices.Concat(temporals, cameras)
		ts = append(ts, all[slices.IndexFunc(all, func(e entry) bool { return e.Name == name })].new(severity))
	}
	p, err := augment.NewPipeline(ts...)
	if err != nil {
		return clip.View{}, err
	}
	m := &clip.Meta{Source: key, Width: c.Width, Height: c.Height, TimeBase: c.TimeBase, Frames: clip.FrameTable{PTS: c.PTS}}
	plan, err := augment.Planner{Seed: 3, Sampler: clip.RegularClips{Frames: n, Stride: 1}, Views: 1, Pipeline: p}.Draw(clip.Item{Source: key, Total: 1}, m, 0)
	if err != nil {
		return clip.View{}, err
	}
	return plan.Views[0], nil
}

func made(t *testing.T, r *augment.Registry, c *clip.Clip, v clip.View, s *augment.Scratch) []byte {
	t.Helper()
	out, err := augment.Execute(augment.Options{Registry: r}, c, v, s)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	return bytes.Clone(out.Bytes())
}

// TestConformance runs the kit on each corruption, at its default severity.
func TestConformance(t *testing.T) {
	r := registry()
	constant := []string{"sampling_rate", "temporal_motion_blur"}
	alike := []string{"static_rotation"}
	for _, e := range slices.Concat(temporals, cameras) {
		t.Run(e.Name, func(t *testing.T) {
			augmenttest.Run(t, augmenttest.Opt{
				Name: Prefix + e.Name, Registry: r, MinFrames: e.Frames,
				Constant: slices.Contains(constant, e.Name), Temporal: e.Group == "camera" && !slices.Contains(alike, e.Name),
			})
		})
	}
}

// TestDistortionGrows: further from the clean clip with each severity, on the mean over some draws.
func TestDistortionGrows(t *testing.T) {
	r, c, s := registry(), movie(48, 72, 96), new(augment.Scratch)
	v, err := planned(c, 16, "", 1, "a")
	if err != nil {
		t.Fatal(err)
	}
	clean := made(t, r, c, v, s)
	for _, e := range slices.Concat(temporals, cameras) {
		var mse [5]float64
		for k := range mse {
			for key := range 4 {
				v, err := planned(c, 16, e.Name, k+1, fmt.Sprint(key))
				if err != nil {
					t.Fatal(err)
				}
				for i, p := range made(t, r, c, v, s) {
					d := float64(p) - float64(clean[i])
					mse[k] += d * d / float64(4*len(clean))
				}
			}
		}
		if mse[0] == 0 {
			t.Errorf("%s: severity 1 changes nothing", e.Name)
		}
		for k := 1; k < 5 && e.Uneven == ""; k++ {
			if mse[k] < 1.05*mse[k-1] {
				t.Errorf("%s: distortions of %.1f do not grow", e.Name, mse)
				break
			}
		}
	}
}

// TestSeverityIsChecked: 1 to 5, and nothing else, in a configuration, in code and in a stored plan.
func TestSeverityIsChecked(t *testing.T) {
	r, c := registry(), movie(16, 8, 8)
	for _, e := range slices.Concat(temporals, cameras) {
		for _, wrong := range []int{0, 6, 9} {
			if _, err := r.New(Prefix+e.Name, map[string]any{"severity": wrong}); err == nil || !strings.Contains(err.Error(), "severity") || !strings.Contains(err.Error(), "from 1 to 5") {
				t.Errorf("%s: severity %d in a configuration: %v", e.Name, wrong, err)
			}
		}
		v, err := planned(c, 8, e.Name, 2, "a")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(v.JSON(), `"severity":2`) {
			continue
		}
		stored, err := clip.ParseView(strings.Replace(v.JSON(), `"severity":2`, `"severity":6`, 1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := augment.Execute(augment.Options{Registry: r}, c, stored, new(augment.Scratch)); err == nil || !strings.Contains(err.Error(), "severity is 6, want 1 to 5") {
			t.Errorf("%s: severity 6 in a plan: %v", e.Name, err)
		}
	}
}

// TestOneFrame: what needs more frames says so, and what does not works.
func TestOneFrame(t *testing.T) {
	c := movie(1, 8, 8)
	for _, e := range slices.Concat(temporals, cameras) {
		_, err := planned(c, 1, e.Name, 3, "a")
		if e.Frames < 2 != (err == nil) || err != nil && !strings.Contains(err.Error(), e.Name+", view 0 of a#0: the view has 1 frame, want at least 2") {
			t.Errorf("%s of one frame: %v", e.Name, err)
		}
	}
}

// TestPixelsDependOnThePlanAlone: scratch memory as another view, of another corruption, has left it changes nothing.
func TestPixelsDependOnThePlanAlone(t *testing.T) {
	r, c, other, dirty := registry(), movie(20, 40, 52), movie(20, 56, 44), new(augment.Scratch)
	for _, e := range slices.Concat(cameras, temporals) {
		v, err := planned(c, 8, e.Name, 4, "a")
		if err != nil {
			t.Fatal(err)
		}
		want := made(t, r, c, v, new(augment.Scratch))
		for _, between := range cameras {
			w, err := planned(other, 8, between.Name, 5, "b")
			if err != nil {
				t.Fatal(err)
			}
			made(t, r, other, w, dirty)
		}
		if !bytes.Equal(made(t, r, c, v, dirty), want) {
			t.Errorf("%s gives other pixels after other views", e.Name)
		}
	}
}
