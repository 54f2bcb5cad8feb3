package train_test

import (
	"math/rand/v2"
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/model/train"
)

// A classifier of the direction of bars learns it, and learns nothing where labels are shuffled.
func TestLearns(t *testing.T) {
	run := func(d *bars) float64 {
		c := tiny()
		c.Schedule.Steps = 150
		var h history
		if err := start(t, d, c, train.Observe(&h)).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("loss %.3f at first, %.3f at last, accuracy %.3f", h[0]["loss"], h.mean("loss", 10), h.mean("accuracy", 10))
		return h.mean("accuracy", 10)
	}
	d := newBars(1200, 16, 1)
	if got := run(d); got < 0.95 {
		t.Errorf("accuracy %.2f, want at least 0.95", got)
	}
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(d.info.Labels), func(i, j int) {
		d.info.Labels[i], d.info.Labels[j] = d.info.Labels[j], d.info.Labels[i]
	})
	if got := run(d); got > 0.5 {
		t.Errorf("accuracy %.2f with shuffled labels, want chance", got)
	}
}

// A batch in parts holds the activations of one part at a time.
func TestPartsHoldLessMemory(t *testing.T) {
	bytes := func(parts int) int {
		c := tiny()
		contrastive(&c, "simclr")
		c.Encoder.Arch, c.Encoder.Width, c.Encoder.Depth, c.Batch, c.Parts = "r3d_18", 0.125, 0.5, 64, parts
		return start(t, newBars(64, 64, 2), c).Program().(*cpu.Program).Bytes()
	}
	if whole, parts := bytes(1), bytes(4); parts > whole/2 {
		t.Errorf("%d kB in 4 parts, %d kB as a whole", parts>>10, whole>>10)
	}
}
