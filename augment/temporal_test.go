package augment_test

import (
	"math"
	"slices"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// timed returns a source of n frames whose timestamps are 10 i + 3, except for a gap after the fifth.
func timed(n int) *clip.Meta {
	m := &clip.Meta{Source: "a.mp4", Width: 64, Height: 48, TimeBase: clip.Rational{Num: 1, Den: 250}}
	for i := range int64(n) {
		m.Frames.PTS = append(m.Frames.PTS, 10*i+3+i/5*7)
	}
	return m
}

// indices returns which frames of the source the view shows.
func indices(m *clip.Meta, v clip.View) []int {
	at := make([]int, len(v.PTS))
	for k, pts := range v.PTS {
		at[k] = slices.Index(m.Frames.PTS, pts)
	}
	return at
}

// TestFramesAreTheSources walks the registry: whatever is drawn, the view keeps its length and shows frames that exist.
func TestFramesAreTheSources(t *testing.T) {
	for _, name := range augment.Default().Names() {
		for _, frames := range []int{1, 2, 5, 8, 100} {
			m := timed(frames)
			for i := range 20 {
				for _, v := range drawPlan(t, m, 3, 32, i, ready(t, augment.Default(), name)...).Views {
					at := indices(m, v)
					if len(at) != min(8, frames) || slices.Contains(at, -1) {
						t.Errorf("%s: frames %v of a source with %d", name, at, frames)
					}
				}
			}
		}
	}
}

// TestFramesInTime checks what each transform in time does to the frames, given as their numbers before and after.
func TestFramesInTime(t *testing.T) {
	for _, tc := range []struct {
		name     string
		settings map[string]any
		holds    func(before, after []int) bool
	}{
		{"reverse", map[string]any{"p": 1}, func(before, after []int) bool {
			slices.Reverse(after)
			return slices.Equal(before, after)
		}},
		{"reverse", map[string]any{"p": 0}, func(before, after []int) bool { return slices.Equal(before, after) }},
		{"frame_drop", map[string]any{"p": 0.5}, func(before, after []int) bool {
			for k := range after {
				if after[k] != before[k] && (k == 0 || after[k] != after[k-1]) {
					return false
				}
			}
			return true
		}},
		{"frame_drop", map[string]any{"p": 1}, func(before, after []int) bool { return slices.Max(after) == before[0] }},
		{"shuffle", map[string]any{"segments": 8}, func(before, after []int) bool {
			slices.Sort(after)
			return slices.Equal(before, after)
		}},
		{"shuffle", map[string]any{"segments": 2}, func(before, after []int) bool {
			return slices.Equal(after, before) || slices.Equal(after, slices.Concat(before[4:], before[:4]))
		}},
		{"random_stride", map[string]any{"stride": []any{3, 3}}, func(_, after []int) bool {
			return evenly(after, 3) && after[7] < 100
		}},
		{"speed", map[string]any{"rate": []any{0.5, 0.5}}, func(before, after []int) bool {
			for k := range after {
				if after[k]-after[0] != (before[k]-before[0])/2 {
					return false
				}
			}
			return after[0] == before[0]
		}},
		{"temporal_crop", map[string]any{"scale": []any{0.2, 0.5}}, func(_, after []int) bool {
			n := after[7] - after[0] + 1
			return slices.IsSorted(after) && n >= 20 && n <= 50
		}},
		{"temporal_offset", nil, func(before, after []int) bool {
			for k := range after {
				if after[k]-after[0] != before[k]-before[0] {
					return false
				}
			}
			return true
		}},
	} {
		m := timed(100)
		before := indices(m, drawView(t, m, 0))
		for i := range 50 {
			after := indices(m, drawView(t, m, i, byName(t, tc.name, tc.settings)))
			if !tc.holds(slices.Clone(before), slices.Clone(after)) {
				t.Errorf("%s %v makes %v of %v", tc.name, tc.settings, after, before)
			}
		}
	}
}

func evenly(at []int, step int) bool {
	for k := range at {
		if at[k] != at[0]+k*step {
			return false
		}
	}
	return true
}

// TestWholeVideoIsSubsampledUniformly: a temporal crop of all of a video is PyTorchVideo's uniform_temporal_subsample.
func TestWholeVideoIsSubsampledUniformly(t *testing.T) {
	var file struct {
		Lines []struct {
			Frames, Samples int
			Index           []int
		} `json:"uniform_temporal_subsample"`
	}
	readJSON(t, "draws.json", &file)
	whole := pipelineOf(t, byName(t, "temporal_crop", map[string]any{"scale": []any{1, 1}}))
	for _, line := range file.Lines {
		m := timed(line.Frames)
		p := augment.Planner{Sampler: clip.RandomClips{Frames: line.Samples, Stride: 1}, Views: 1, Pipeline: whole}
		plan, err := p.Draw(clip.Item{Source: "a", Total: 1}, m, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := indices(m, plan.Views[0]); !slices.Equal(got, line.Index) {
			t.Errorf("%d of %d frames are %v, want %v", line.Samples, line.Frames, got, line.Index)
		}
	}
}

// offsets draws the distance between the first and the last of the views, as a share of the room.
func offsets(t *testing.T, views int, settings map[string]any) (share []float64) {
	t.Helper()
	m := &clip.Meta{Width: 64, Height: 48, TimeBase: clip.Rational{Num: 1, Den: 25}}
	for i := range int64(2007) {
		m.Frames.PTS = append(m.Frames.PTS, i)
	}
	p := augment.Planner{
		Seed: 5, Views: views, Sampler: clip.RandomClips{Frames: 4, Stride: 2},
		Pipeline: pipelineOf(t, byName(t, "temporal_offset", settings)),
	}
	for i := range 2000 {
		plan, err := p.Draw(clip.Item{Source: "a", Total: 2000}, m, i)
		if err != nil {
			t.Fatal(err)
		}
		first, last := plan.Views[0].PTS[0], plan.Views[views-1].PTS[0]
		if views == 3 && plan.Views[1].PTS[0] != first+(last-first)/2 {
			t.Errorf("views start at %d, %d, %d", first, plan.Views[1].PTS[0], last)
		}
		share = append(share, float64(last-first)/2000)
	}
	return share
}

// TestOffsetsFollowTheirDensity: (1-t)^power on the room that the video leaves, CVRL's formula.
func TestOffsetsFollowTheirDensity(t *testing.T) {
	for _, tc := range []struct {
		views    int
		power    float64
		greatest float64
	}{{2, 1, 1}, {2, 0, 1}, {2, 2, 1}, {2, 1, 0.4}, {3, 1, 1}} {
		share := offsets(t, tc.views, map[string]any{"power": tc.power, "max": tc.greatest})
		d := distance(share, func(x float64) float64 {
			return 1 - math.Pow(1-min(max(x/tc.greatest, 0), 1), tc.power+1)
		})
		if d > 0.037 { // 1.63/sqrt(2000): once in a hundred
			t.Errorf("%+v: distance %.4f from the formula", tc, d)
		}
	}
}

// TestTimeAfterTime: transforms in time that come after a reversal keep its order and stay within the source.
func TestTimeAfterTime(t *testing.T) {
	m := timed(100)
	backwards := byName(t, "reverse", map[string]any{"p": 1})
	for _, name := range []string{"temporal_offset", "speed"} {
		for i := range 50 {
			at := indices(m, drawView(t, m, i, byName(t, "temporal_crop", map[string]any{"scale": []any{0.2, 0.3}}), backwards, byName(t, name, nil)))
			for k := 1; k < len(at); k++ {
				if at[k] >= at[k-1] {
					t.Fatalf("%s after reverse shows %v", name, at)
				}
			}
		}
	}
}
