package corrupt_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/corrupttest"
)

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
	c := corrupttest.Movie(t, 1, 224, 224)
	copy(c.Bytes(), clean)
	for _, g := range publishedStats(t) {
		if g.Pixels == "" {
			continue
		}
		want, err := base64.StdEncoding.DecodeString(g.Pixels)
		if err != nil {
			t.Fatal(err)
		}
		out, most := corrupttest.Corrupted(t, c, 1, g.Name, g.Severity, "a", s), 1
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

// TestDrawnLikeImageNetC compares statistics over some draws, the more the more they differ. The tolerance is a fourteenth of the distortion, for what is
// said to be done otherwise, and three standard errors.
func TestDrawnLikeImageNetC(t *testing.T) {
	clean, s := scene(224, 224), &augment.Scratch{}
	c := corrupttest.Movie(t, 1, 224, 224)
	copy(c.Bytes(), clean)
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
			m := measure(corrupttest.Corrupted(t, c, 1, g.Name, g.Severity, fmt.Sprint("v", key), s), clean)
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
