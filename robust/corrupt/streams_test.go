package corrupt_test

import (
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/robust/corrupt/internal/corrupttest"
)

// The damage stands in the plan, grows with the severity, and stands there once; pixels in memory have no stream to damage.
func TestStreamsInPlans(t *testing.T) {
	c := corrupttest.Movie(t, 3, 24, 32)
	for name, kind := range map[string]clip.DamageKind{"bit_error": clip.BitError, "packet_loss": clip.PacketLoss} {
		last := clip.Damage{}
		for severity := 1; severity <= 5; severity++ {
			v, err := corrupttest.View(c, 2, name, severity, "a")
			if err != nil {
				t.Fatal(err)
			}
			if d := v.Damage; d == nil || d.Kind != kind || d.Rate <= last.Rate || d.Rate > 0.1 || severity > 1 && d.Seed != last.Seed || len(v.Ops) != 0 {
				t.Fatalf("%s at severity %d: %s", name, severity, v.JSON())
			}
			last = *v.Damage
		}
	}
	if _, err := corrupttest.View(c, 2, "bit_error packet_loss", 3, "a"); err == nil || !strings.Contains(err.Error(), "has its bit_error already") {
		t.Errorf("a stream is damaged twice: %v", err)
	}
	v, err := corrupttest.View(c, 2, "bit_error", 3, "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := corrupttest.Pixels(c, v, new(augment.Scratch)); err == nil || !strings.Contains(err.Error(), "(bit_error), which needs the video") {
		t.Errorf("executed on pixels: %v", err)
	}
}
