package cmd

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/pipeline/shard"
)

// withBroken makes the process one that has registered transforms which do not work; the other tests do not see them.
const withBroken = "VIDCSL_TEST_BROKEN_TRANSFORMS"

func init() { // before TestMain
	if os.Getenv(withBroken) == "" {
		return
	}
	type none struct{}
	augment.Register(augment.Spec[none, none]{
		Name: "broken_by_test", Summary: "fail", Doc: "Does not work.",
		Draw:  func(none, *rand.Rand, *augment.Draft) (none, error) { return none{}, nil },
		Apply: func(none, *augment.Frames) error { return errors.New("out of order") },
	})
	augmenttest.Declare(augmenttest.Opt{Name: "broken_by_test", Constant: true})
	augment.Register(augment.Spec[moodyConfig, moodyParams]{
		Name: "moody_by_test", Summary: "invert, and break a rule on the second video of each class", Doc: "c' = 255 - c.",
		Default: moodyConfig{Mode: "error"}, Draw: drawMoody, Apply: applyMoody,
	})
	augment.Register(augment.Spec[moodyConfig, moodyParams]{
		Name: "moody_colour_by_test", Summary: "keep, and break a rule on the second video of each class", Doc: "c' = c.",
		Default: moodyConfig{Mode: "panic"}, Draw: drawMoody,
		Color: func(p moodyParams, _ func() [3]float64) augment.ColorMatrix {
			if p.Mode != "" {
				panic("no colour for this")
			}
			return augment.ColorMatrix{{1}, {0, 1}, {0, 0, 1}}
		},
	})
}

type moodyConfig struct {
	Mode string `yaml:"mode" legal:"error|panic|shape|pixels|draw error|draw panic|not a number" doc:"what it does"`
}

type moodyParams struct {
	Mode   string
	Number float64
}

func drawMoody(c moodyConfig, _ *rand.Rand, d *augment.Draft) (moodyParams, error) {
	if !strings.Contains(d.Key, "video-001") {
		return moodyParams{}, nil
	}
	switch c.Mode {
	case "draw error":
		return moodyParams{}, errors.New("no luck with this")
	case "draw panic":
		panic("no luck with this")
	case "not a number":
		return moodyParams{Number: math.NaN()}, nil
	}
	return moodyParams{Mode: c.Mode}, nil
}

func applyMoody(p moodyParams, f *augment.Frames) error {
	for i := range f.Pix {
		f.Pix[i] = ^f.Pix[i]
	}
	switch p.Mode {
	case "error":
		return errors.New("no pixels for this")
	case "panic":
		panic("no pixels for this")
	case "shape":
		f.H /= 2
	case "pixels":
		f.Pix = make([]byte, len(f.Pix))
	}
	return nil
}

// A transform that fails on some clips costs these clips, and says so; all others are written.
func TestTransformsThatMisbehave(t *testing.T) {
	for mode, want := range map[string]string{
		"error": "no pixels for this", "panic": "panic: no pixels for this", "shape": "it changed the shape", "pixels": "other memory",
		"draw error": "no luck with this", "draw panic": "panic: no luck with this", "not a number": "cannot be stored",
	} {
		t.Run(mode, func(t *testing.T) { t.Parallel(); misbehave(t, "moody_by_test", mode, want) })
	}
	t.Run("panic in Color", func(t *testing.T) {
		t.Parallel()
		misbehave(t, "moody_colour_by_test", "panic", "no colour for this")
	})
}

func misbehave(t *testing.T, transform, mode, want string) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pipeline.yaml")
	yaml := "frames: 4\nsize: 32\nclips_per_video: 2\naugment:\n  - horizontal_flip\n  - " + transform + ": {mode: " + mode + "}\n"
	if err := os.WriteFile(file, []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	var first map[string]string
	for _, workers := range []string{"1", "8"} {
		out := filepath.Join(dir, "workers-"+workers)
		args := []string{"preprocess", "--config", file, "--input", videos(t), "--output", out, "--workers", workers}
		code, _, errs := runRegistered(args...)
		if code != TooManyLost || !strings.Contains(errs, "8 of 48 clips failed") {
			t.Fatalf("exit code %d, want %d\n%s", code, TooManyLost, errs)
		}
		rows, err := shard.ReadFailures(filepath.Join(out, "failures.arrow"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range rows {
			if !strings.Contains(f.Key, "video-001.mp4#") || f.Reason != "augment" || !strings.Contains(f.Message, want) ||
				!strings.Contains(f.Message, transform) || !strings.Contains(f.Message, f.Key) {
				t.Errorf("%+v, want the transform, the key and %q", f, want)
			}
		}
		r, err := shard.Verify(out)
		if err != nil || !r.OK || !r.Complete || r.Rows != 40 || r.Failures != 8 || len(rows) != 8 {
			t.Errorf("%+v, %v", r, err)
		}
		if got := digest(t, out); first == nil {
			first = got
		} else {
			sameFiles(t, "8 workers", first, got)
		}
	}
}
