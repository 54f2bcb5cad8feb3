package corrupt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/decode/clip"
)

// fallen are the corruptions that differ from frame to frame.
var fallen = []string{"snow", "fog"}

func TestWeatherAndDigitalKeepTheRules(t *testing.T) {
	r := augment.Default().Clone()
	for _, e := range slices.Concat(weathers, digitals) {
		if _, err := r.Info(Prefix + e.Name); err != nil {
			e.add(r)
		}
		t.Run(e.Name, func(t *testing.T) {
			_, constant := draws(t, e, 3, 1).(LevelParams)
			augmenttest.Run(t, augmenttest.Opt{Name: Prefix + e.Name, Registry: r, Constant: constant, Temporal: slices.Contains(fallen, e.Name)})
		})
	}
}

// draws returns what a corruption draws for a key.
func draws(t *testing.T, e entry, severity, key int) any {
	t.Helper()
	return viewOf(t, e, severity, key, 1, 224, 224).Ops[0].Params
}

// viewOf is a view of frames of h x w with a corruption.
func viewOf(t *testing.T, e entry, severity, key, frames, h, w int) clip.View {
	t.Helper()
	p, err := augment.NewPipeline(e.new(severity))
	if err != nil {
		t.Fatal(err)
	}
	m := &clip.Meta{Source: "a", Width: w, Height: h, TimeBase: clip.Rational{Num: 1, Den: 25}, FrameRate: clip.Rational{Num: 25, Den: 1}}
	for i := range frames {
		m.Frames.PTS = append(m.Frames.PTS, int64(i))
	}
	m.Duration = int64(frames)
	plan, err := augment.Planner{Seed: 5, Views: 1, Pipeline: p, Sampler: clip.RegularClips{Frames: frames, Stride: 1}}.Draw(
		clip.Item{Source: fmt.Sprintf("v%d", key), Label: -1, Clips: 1, Total: 1}, m, 0)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Views[0]
}

// spoilt applies a corruption to a copy of some frames.
func spoilt(t *testing.T, e entry, severity, key int, pix []byte, frames, h, w int, s *augment.Scratch) []byte {
	t.Helper()
	r := augment.Default().Clone()
	if _, err := r.Info(Prefix + e.Name); err != nil {
		e.add(r)
	}
	prog, err := r.Compile(viewOf(t, e, severity, key, frames, h, w).Ops, augment.Shape{T: frames, H: h, W: w})
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Clone(pix)
	if err := prog.Run(out, out, s); err != nil {
		t.Fatal(err)
	}
	return out
}

// scene is the one of scripts/golden_corrupt_weather.py, or a part of it.
func scene(h, w int) []byte {
	pix := make([]byte, 0, h*w*3)
	for y := range h {
		for x := range w {
			for c := range 3 {
				noise := int(uint32(x*1299709+y*104729+c*15485863) * 2654435761 >> 28)
				band := (x*(c+1)+y*2)%256 - 128
				v := 20 + max(band, -band) + 60*((x/37+y/37)%2) - 15*c + noise
				if x < 16 && y < 48 {
					v = []int{0, 128, 255}[y/16]
				}
				pix = append(pix, byte(min(max(v, 0), 255)))
			}
		}
	}
	return pix
}

// stats describes a result beside the clean picture.
type stats struct{ Mean, Dev, Diff, MSE float64 }

func measure(out, clean []byte) (s stats) {
	n, squares := float64(len(out)), 0.0
	for i, v := range out {
		x, d := float64(v), float64(v)-float64(clean[i])
		s.Mean += x / n
		squares += x * x / n
		s.Diff += math.Abs(d) / n
		s.MSE += d * d / n
	}
	s.Dev = math.Sqrt(squares - s.Mean*s.Mean)
	return s
}

type published struct {
	Name     string
	Severity int
	stats
	Spread float64
	Pixels string
}

func publishedStats(t *testing.T) (g []published) {
	t.Helper()
	b, err := os.ReadFile("testdata/weather.json")
	if err == nil {
		err = json.Unmarshal(b, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestFixedEqualImageNetC compares pixels: JPEG and pixelate to the bit, the others within 1, which floats lose when they are rounded down.
func TestFixedEqualImageNetC(t *testing.T) {
	clean, s := scene(224, 224), &augment.Scratch{}
	for _, g := range publishedStats(t) {
		if g.Pixels == "" {
			continue
		}
		want, err := base64.StdEncoding.DecodeString(g.Pixels)
		if err != nil {
			t.Fatal(err)
		}
		out, most := spoilt(t, byName(t, g.Name), g.Severity, 0, clean, 1, 224, 224, s), 1
		if g.Name == "jpeg_compression" || g.Name == "pixelate" {
			most = 0
		}
		off := 0
		for i, v := range want {
			d := int(v) - int(out[i/3*7919%(224*224)*3+i%3])
			if d = max(d, -d); d > most {
				t.Errorf("%s %d: byte %d differs by %d", g.Name, g.Severity, i, d)
			} else if d > 0 {
				off++
			}
		}
		if off > len(want)/10 {
			t.Errorf("%s %d: %d of %d bytes differ by 1", g.Name, g.Severity, off, len(want))
		}
		if m := measure(out, clean); math.Abs(m.Mean-g.Mean) > 0.2 || math.Abs(m.Dev-g.Dev) > 0.2 || math.Abs(m.Diff-g.Diff) > 0.2 {
			t.Errorf("%s %d: %+v, want %+v", g.Name, g.Severity, m, g.stats)
		}
	}
}

func byName(t *testing.T, name string) entry {
	t.Helper()
	for _, e := range table() {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("no corruption is called %s", name)
	return entry{}
}

// TestDrawnLikeImageNetC compares statistics over some draws, the more the more they differ. The tolerance is a fourteenth of the distortion, for what is
// said to be done otherwise, and three standard errors.
func TestDrawnLikeImageNetC(t *testing.T) {
	clean, s := scene(224, 224), &augment.Scratch{}
	for _, g := range publishedStats(t) {
		if g.Pixels != "" {
			continue
		}
		draws := 4
		if g.Spread > 2 {
			draws = 16
		}
		if g.Spread > 10 {
			draws = 64
		}
		var sum stats
		for key := range draws {
			m := measure(spoilt(t, byName(t, g.Name), g.Severity, key, clean, 1, 224, 224, s), clean)
			sum.Mean, sum.Dev, sum.Diff = sum.Mean+m.Mean, sum.Dev+m.Dev, sum.Diff+m.Diff
		}
		n := float64(draws)
		sum = stats{Mean: sum.Mean / n, Dev: sum.Dev / n, Diff: sum.Diff / n}
		within := g.Diff/14 + 3*g.Spread/math.Sqrt(n)
		if math.Abs(sum.Mean-g.Mean) > within || math.Abs(sum.Dev-g.Dev) > within || math.Abs(sum.Diff-g.Diff) > within {
			t.Errorf("%s %d: %.2f, want %.2f within %.2f", g.Name, g.Severity, sum, g.stats, within)
		}
	}
}

// TestWeatherIsOneWorld gives a clip without motion: what is on the glass stays, fog drifts, and flakes fall without changing.
func TestWeatherIsOneWorld(t *testing.T) {
	const frames, h, w = 6, 96, 80
	clean := bytes.Repeat(scene(h, w), frames)
	size := len(clean) / frames
	for _, e := range slices.Concat(weathers, digitals) {
		out := spoilt(t, e, 3, 2, clean, frames, h, w, &augment.Scratch{})
		for f := 1; f < frames; f++ {
			d := measure(out[f*size:(f+1)*size], out[(f-1)*size:f*size]).Diff
			total := measure(out[:size], clean[:size]).Diff
			if drifts := slices.Contains(fallen, e.Name); drifts && (d == 0 || d > total/2) || !drifts && d > 0 {
				t.Errorf("%s: from frame %d to %d values change by %.2f, of a distortion of %.2f", e.Name, f-1, f, d, total)
			}
		}
	}
}

// TestSnowFalls holds the layer to be the same in every frame, only elsewhere: on black frames what is added is moved by the fall.
func TestSnowFalls(t *testing.T) {
	const frames, h, w = 4, 112, 112
	out := spoilt(t, byName(t, "snow"), 3, 1, make([]byte, frames*h*w*3), frames, h, w, &augment.Scratch{})
	for f := 1; f < frames; f++ {
		a, b := slices.Clone(out[:h*w*3]), slices.Clone(out[f*h*w*3:][:h*w*3])
		if bytes.Equal(a, b) {
			t.Errorf("frame %d is frame 0", f)
		}
		slices.Sort(a)
		slices.Sort(b)
		if !bytes.Equal(a, b) {
			t.Errorf("frame %d has other flakes than frame 0", f)
		}
	}
}

// landscape has the spectrum of photographs: where a picture is rougher than they are, larger pixels can be nearer to it.
func landscape(side int) []byte {
	pix, l := make([]byte, side*side*3), &layer{}
	for c := range 3 {
		words := l.plasmaLayer(uint64(c), 128, 1.6, 255)
		for i := range side * side {
			pix[i*3+c] = byte(words[(i/side*129+i%side)*3])
		}
	}
	return pix
}

// TestDistortionGrows takes the mean over some draws, where Info says nothing else.
func TestWeatherAndDigitalGrow(t *testing.T) {
	clean, s := landscape(112), &augment.Scratch{}
	for _, e := range slices.Concat(weathers, digitals) {
		before := 0.0
		for severity := 1; severity <= 5; severity++ {
			mse := 0.0
			for key := range 6 {
				mse += measure(spoilt(t, e, severity, key, clean, 1, 112, 112, s), clean).MSE / 6
			}
			if e.Uneven == "" && mse <= before {
				t.Errorf("%s: at severity %d the error is %.1f, one below %.1f", e.Name, severity, mse, before)
			}
			before = mse
		}
	}
}

// TestScratchDoesNotMatter applies each corruption with the memory that larger and smaller clips and all others have left.
func TestScratchDoesNotMatter(t *testing.T) {
	dirty := &augment.Scratch{}
	for _, shape := range [][2]int{{64, 80}, {33, 17}, {40, 40}} {
		clean := bytes.Repeat(scene(shape[0], shape[1]), 2)
		for _, e := range slices.Concat(weathers, digitals) {
			for _, severity := range []int{1, 4} {
				want := spoilt(t, e, severity, 3, clean, 2, shape[0], shape[1], &augment.Scratch{})
				if got := spoilt(t, e, severity, 3, clean, 2, shape[0], shape[1], dirty); !bytes.Equal(got, want) {
					t.Errorf("%s %d: other pixels after other clips", e.Name, severity)
				}
			}
		}
	}
}
