package feed

import (
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/model/train"
)

// What is fed can be trained on, from videos and from shards, also where some cannot be decoded.
func TestTrainer(t *testing.T) {
	for name, path := range map[string]string{"videos": hurt(t), "shards": shardsOf(t, "h264")} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Augment = recipe(t, "mocov2")
			d := open(t, path, o)
			c := train.Default()
			c.Encoder.Arch, c.Encoder.Width, c.Batch, c.Queue, c.Schedule.Epochs = "tiny3d", 0.25, o.Batch, 16, 4
			r, err := train.New(cpu.New(cpu.Options{Threads: 1}), d, c, train.Log(o.filled().Log))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := r.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r.Step() != 4*(len(d.Info().Keys)/o.Batch) {
				t.Errorf("%d steps", r.Step())
			}
		})
	}
}
