package corrupt_test

import (
	"bytes"
	"slices"
	"testing"

	"vidcsl/augment"
	"vidcsl/robust/corrupt"
	"vidcsl/robust/corrupt/internal/corrupttest"
)

// TestWeatherIsOneWorld gives a clip without motion: from frame to frame less changes than the weather has changed in all.
func TestWeatherIsOneWorld(t *testing.T) {
	const n = 6
	c := corrupttest.Still(t, n, 96, 80)
	size := len(c.Frame(0))
	for _, i := range corrupt.List() {
		if i.Group != "weather" {
			continue
		}
		pix := corrupttest.Corrupted(t, c, n, i.Name, 3, "c", new(augment.Scratch))
		total := measure(pix[:size], c.Frame(0)).Diff
		for k := 1; k < n; k++ {
			if d := measure(pix[k*size:(k+1)*size], pix[(k-1)*size:k*size]).Diff; d > total/2 {
				t.Errorf("%s: from frame %d to %d values change by %.2f, of a distortion of %.2f", i.Name, k-1, k, d, total)
			}
		}
	}
}

// TestSnowFalls holds the layer to be the same in every frame, only elsewhere: on black frames what is added is moved by the fall.
func TestSnowFalls(t *testing.T) {
	const n = 4
	c := corrupttest.Movie(t, n, 112, 112)
	clear(c.Bytes())
	size := len(c.Frame(0))
	pix := corrupttest.Corrupted(t, c, n, "snow", 3, "a", new(augment.Scratch))
	first := slices.Clone(pix[:size])
	slices.Sort(first)
	for k := 1; k < n; k++ {
		frame := slices.Clone(pix[k*size : (k+1)*size])
		if bytes.Equal(frame, pix[:size]) {
			t.Errorf("frame %d is frame 0", k)
		}
		if slices.Sort(frame); !bytes.Equal(frame, first) {
			t.Errorf("frame %d has other flakes than frame 0", k)
		}
	}
}
