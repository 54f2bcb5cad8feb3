package corrupt_test

import (
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/decode/clip"
	"vidcsl/robust/corrupt"
)

// The damages of streams keep the rules of transforms, as far as those are drawn.
func TestStreamsKeepTheRules(t *testing.T) {
	corrupt.Register()
	for _, name := range []string{"bit_error", "packet_loss"} {
		t.Run(name, func(t *testing.T) { augmenttest.Run(t, augmenttest.Opt{Name: corrupt.Prefix + name}) })
	}
}

// drawStream draws one view through corruptions at a severity.
func drawStream(t *testing.T, severity int, names ...string) (clip.View, error) {
	t.Helper()
	var list []augment.Transform
	for _, name := range names {
		c, err := corrupt.New(name, severity)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	p, err := augment.NewPipeline(list...)
	if err != nil {
		t.Fatal(err)
	}
	m := &clip.Meta{Source: "a.mp4", Width: 32, Height: 24, TimeBase: clip.Rational{Num: 1, Den: 25}, Frames: clip.FrameTable{PTS: []int64{0, 1, 2}}, Duration: 3}
	drawn, err := augment.Planner{Seed: 3, Views: 1, Pipeline: p, Sampler: clip.RegularClips{Frames: 2, Stride: 1}}.Draw(clip.Item{Source: "a.mp4", Clips: 1, Total: 1}, m, 0)
	if err != nil {
		return clip.View{}, err
	}
	return drawn.Views[0], nil
}

// The damage stands in the plan, grows with the severity, and stands there once; pixels in memory have no stream to damage.
func TestStreamsInPlans(t *testing.T) {
	for name, kind := range map[string]clip.DamageKind{"bit_error": clip.BitError, "packet_loss": clip.PacketLoss} {
		last := clip.Damage{}
		for severity := 1; severity <= 5; severity++ {
			v, err := drawStream(t, severity, name)
			if err != nil {
				t.Fatal(err)
			}
			if d := v.Damage; d == nil || d.Kind != kind || d.Rate <= last.Rate || d.Rate > 0.1 || severity > 1 && d.Seed != last.Seed || len(v.Ops) != 0 {
				t.Fatalf("%s at severity %d: %s", name, severity, v.JSON())
			}
			last = *v.Damage
		}
	}
	if _, err := drawStream(t, 3, "bit_error", "packet_loss"); err == nil || !strings.Contains(err.Error(), "has its bit_error already") {
		t.Errorf("a stream is damaged twice: %v", err)
	}
	v, err := drawStream(t, 3, "bit_error")
	if err != nil {
		t.Fatal(err)
	}
	pixels := clip.New(memory.DefaultAllocator, v)
	defer pixels.Release()
	if _, err := augment.Execute(augment.Options{}, pixels, v, &augment.Scratch{}); err == nil || !strings.Contains(err.Error(), "(bit_error), which needs the video") {
		t.Errorf("executed on pixels: %v", err)
	}
}
