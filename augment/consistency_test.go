package augment_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// drawsNothing lists the transforms whose result does not depend on chance.
var drawsNothing = []string{"center_crop", "resize", "normalize"}

// ready returns a transform of the registry with its defaults, and what makes its views of the size that the run wants.
func ready(t testing.TB, r *augment.Registry, name string) []augment.Transform {
	t.Helper()
	tr, err := r.New(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if name == "resize" {
		return []augment.Transform{tr, byName(t, "center_crop", nil)}
	}
	return []augment.Transform{tr}
}

// still makes a clip whose frames are all the same textured picture.
func still(mem memory.Allocator, frames, h, w int) *clip.Clip {
	return newClip(mem, frames, h, w, func(pix []byte) {
		n := len(pix) / frames
		for i := range pix {
			at := i % n
			pix[i] = byte(at*7 + at/w*31 + at%3*90 + at*at%57)
		}
	})
}

// flickers says whether a plan of the pipeline makes a still clip change from frame to frame. Several keys are tried, so
// that those applied by chance are.
func flickers(t *testing.T, r *augment.Registry, p augment.Pipeline) bool {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	in := still(mem, 5, 36, 48)
	defer in.Release()
	var s augment.Scratch
	for i := range 8 {
		for _, v := range drawWith(t, metaOf(in), 2, 32, i, p).Views {
			out, err := augment.Execute(augment.Options{Registry: r, Alloc: mem}, in, v, &s)
			if err != nil {
				t.Fatal(err)
			}
			same := true
			for k := range out.Frames {
				same = same && bytes.Equal(out.Frame(k), out.Frame(0))
			}
			out.Release()
			if !same {
				return true
			}
		}
	}
	return false
}

// TestFramesOfAViewAreChangedAlike walks the registry: what a transform does to a picture does not depend on its place in time.
func TestFramesOfAViewAreChangedAlike(t *testing.T) {
	for _, name := range augment.Default().Names() {
		if flickers(t, nil, pipelineOf(t, ready(t, augment.Default(), name)...)) {
			t.Errorf("%s treats equal frames differently", name)
		}
	}
	for _, name := range augment.Recipes() {
		p, err := augment.Recipe(name)
		if err != nil {
			t.Fatal(err)
		}
		if flickers(t, nil, p) {
			t.Errorf("recipe %s treats equal frames differently", name)
		}
	}
}

// TestFlickerIsFound makes sure that the check above finds a transform that depends on the frame.
func TestFlickerIsFound(t *testing.T) {
	r := augment.Default().Clone()
	augment.Add(r, augment.Spec[struct{}, struct{}]{
		Name: "flicker", Summary: "darken every other frame",
		Draw: func(struct{}, *rand.Rand, *augment.Draft) (p struct{}, err error) { return p, nil },
		Apply: func(_ struct{}, f *augment.Frames) error {
			clear(f.Frame(1))
			return nil
		},
	})
	if !flickers(t, r, pipelineOf(t, ready(t, r, "flicker")...)) {
		t.Error("a transform that changes one frame passes")
	}
}

// TestDrawsDifferBetweenViewsAndSamples: the same key draws the same, other views and other samples draw otherwise.
func TestDrawsDifferBetweenViewsAndSamples(t *testing.T) {
	const samples = 40 // enough that a chance of a tenth is taken
	for _, name := range augment.Default().Names() {
		ts := ready(t, augment.Default(), name)
		seen, views := map[string]bool{}, 0
		for i := range samples {
			plan := drawPlan(t, meta(), 2, 64, i, ts...)
			again := drawPlan(t, meta(), 2, 64, i, ts...)
			for k := range plan.Views {
				if plan.Views[k].JSON() != again.Views[k].JSON() {
					t.Errorf("%s: the same key draws %s and then %s", name, plan.Views[k].JSON(), again.Views[k].JSON())
				}
			}
			if plan.Views[0].JSON() != plan.Views[1].JSON() {
				views++
			}
			seen[plan.Views[0].JSON()] = true
		}
		if slices.Contains(drawsNothing, name) {
			if len(seen) != 1 || views != 0 {
				t.Errorf("%s draws something after all", name)
			}
			continue
		}
		if len(seen) < 2 || views == 0 {
			t.Errorf("%s: %d different plans for %d samples, %d with different views", name, len(seen), samples, views)
		}
	}
}

// drawn is what a transform adds to a view: in time, in space, on pixels.
func drawn(v clip.View, pixelsAlone bool) string {
	if pixelsAlone {
		return fmt.Sprintf("%v %v", v.Crop, opsOf(v))
	}
	return fmt.Sprint(v.PTS, v.Padded)
}

func opsOf(v clip.View) (s string) {
	for _, op := range v.Ops {
		b, err := op.MarshalJSON()
		if err != nil {
			panic(err)
		}
		s += string(b) + "\n"
	}
	return s
}

// TestOthersDoNotDisturbADraw: a transform put in front changes nobody's draw. What stands in front works where the other does
// not: in time before one in space, on pixels before one in time.
func TestOthersDoNotDisturbADraw(t *testing.T) {
	backwards, gray := byName(t, "reverse", map[string]any{"p": 1}), byName(t, "grayscale", map[string]any{"p": 1})
	for _, name := range augment.Default().Names() {
		ts := ready(t, augment.Default(), name)
		for i := range 10 {
			if name == "grayscale" || name == "reverse" { // it would be its own neighbour, which draws anew
				continue
			}
			plain := drawPlan(t, meta(), 2, 64, i, ts...).Views[1]
			inSpace := drawPlan(t, meta(), 2, 64, i, append([]augment.Transform{backwards}, ts...)...).Views[1]
			if a, b := drawn(plain, true), drawn(inSpace, true); a != b {
				t.Errorf("%s alone draws %s, after reverse %s", name, a, b)
			}
			if info, _ := augment.Default().Info(name); info.Sizes {
				continue
			}
			inTime := drawPlan(t, meta(), 2, 64, i, append([]augment.Transform{gray}, ts...)...).Views[1]
			if a, b := drawn(plain, false), drawn(inTime, false); a != b {
				t.Errorf("%s alone draws %s, after grayscale %s", name, a, b)
			}
		}
	}
	twice := drawPlan(t, meta(), 1, 64, 0, byName(t, "rotate", nil), byName(t, "rotate", nil)).Views[0]
	if first, second := params[augment.RotateParams](t, twice, 0), params[augment.RotateParams](t, twice, 1); first == second {
		t.Error("the second of two equal transforms draws as the first")
	}
}
