package train_test

import (
	"math/rand/v2"
	"testing"

	"vidcsl/model/train"
)

// A classifier of the direction of bars learns it, and learns nothing where labels are shuffled.
func TestLearns(t *testing.T) {
	run := func(d *bars) float64 {
		c := tiny()
		c.Schedule.Steps = 120
		var h history
		if err := start(t, d, c, train.Observe(&h)).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("loss %.3f at first, %.3f at last", h[0]["loss"], h.mean("loss", 10))
		return h.mean("accuracy", 10)
	}
	d := newBars(512, 16, 1)
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
