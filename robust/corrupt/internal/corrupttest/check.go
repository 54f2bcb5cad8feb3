package corrupttest

import (
	"fmt"
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/decode/clip"
	"vidcsl/robust/corrupt"
)

// Check checks corruptions, each rule as a subtest. Those of the compressed stream are only drawn.
func Check(t *testing.T, list []corrupt.Info) {
	corrupt.Register()
	var pixels []corrupt.Info
	for _, i := range list {
		if !i.Source {
			pixels = append(pixels, i)
		}
	}
	t.Run("severity", func(t *testing.T) { severity(t, list) })
	t.Run("one frame", func(t *testing.T) { oneFrame(t, list) })
	t.Run("still clip", func(t *testing.T) { still(t, pixels) })
	t.Run("plan alone", func(t *testing.T) { planAlone(t, pixels) })
	t.Run("distortion", func(t *testing.T) { distortion(t, pixels) })
	t.Run("conformance", func(t *testing.T) {
		for _, i := range list {
			t.Run(i.Name, func(t *testing.T) {
				augmenttest.Run(t, augmenttest.Declared(corrupt.Prefix+i.Name))
			})
		}
	})
}

// severity is 1 to 5, and nothing else, in a configuration, in code and in a stored plan.
func severity(t *testing.T, list []corrupt.Info) {
	c := Movie(t, 16, 8, 8)
	for _, i := range list {
		for _, wrong := range []int{-1, 0, 6, 9} {
			if _, err := augment.Default().New(corrupt.Prefix+i.Name, map[string]any{"severity": wrong}); err == nil || !strings.Contains(err.Error(), "severity") || !strings.Contains(err.Error(), "from 1 to 5") {
				t.Errorf("%s: severity %d in a configuration: %v", i.Name, wrong, err)
			}
			if _, err := corrupt.New(i.Name, wrong); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%s: severity %d, want 1 to 5", i.Name, wrong)) {
				t.Errorf("%s: severity %d in code: %v", i.Name, wrong, err)
			}
		}
		v, err := View(c, 8, i.Name, 2, "a")
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []int{-1, 0, 6} {
			text := strings.Replace(v.JSON(), `"severity":2`, fmt.Sprintf(`"severity":%d`, wrong), 1)
			if text == v.JSON() {
				continue // the plan has what follows from it
			}
			stored, err := clip.ParseView(text)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Pixels(c, stored, new(augment.Scratch)); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("severity is %d, want 1 to 5", wrong)) {
				t.Errorf("%s: severity %d in a plan: %v", i.Name, wrong, err)
			}
		}
	}
}

// oneFrame: what needs more frames says so, and what does not works.
func oneFrame(t *testing.T, list []corrupt.Info) {
	c := Movie(t, 1, 8, 8)
	for _, i := range list {
		v, err := View(c, 1, i.Name, 3, "a")
		if i.Frames < 2 && err == nil && !i.Source {
			_, err = Pixels(c, v, new(augment.Scratch))
		}
		if i.Frames < 2 != (err == nil) || err != nil && !strings.Contains(err.Error(), i.Name+", view 0 of a#0: the view has 1 frame, want at least 2") {
			t.Errorf("%s of one frame: %v", i.Name, err)
		}
	}
}
