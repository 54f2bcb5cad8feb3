package augment_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/pipeline/config"
)

// execute draws and makes the views of a clip, twice: with memory that is new, and that is there.
func execute(t *testing.T, frames, h, w, size int, p augment.Pipeline) error {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	in := still(mem, frames, h, w)
	defer in.Release()
	var s augment.Scratch
	planner := augment.Planner{Seed: 1, Sampler: fixed{4}, Views: 2, Size: size, Pipeline: p}
	for i := range 6 {
		plan, err := planner.Draw(itemOf("a"), metaOf(in), i)
		if err != nil {
			return err
		}
		for k, v := range plan.Views {
			out, err := augment.Execute(augment.Options{Alloc: mem}, in, v, &s)
			if err != nil {
				return err
			}
			want := augment.Shape{T: 4, H: size, W: size}
			if size == 0 {
				want.H, want.W = h, w
			}
			if got := augment.ShapeOf(out); got != want {
				t.Errorf("view %d has the shape %v, want %v", k, got, want)
			}
			out.Release()
		}
	}
	return nil
}

// TestSmallAndOddFrames walks the registry: frames of any size, and sources of any length, make views or a clear error.
func TestSmallAndOddFrames(t *testing.T) {
	for _, name := range augment.Default().Names() {
		p := pipelineOf(t, ready(t, augment.Default(), name)...)
		for _, frames := range []int{1, 3} {
			for _, side := range [][2]int{{1, 1}, {1, 9}, {2, 3}, {3, 2}, {47, 33}, {33, 1}} {
				sizes := []int{0, 1, 5}
				if p.Sizes() {
					sizes = sizes[1:]
				}
				for _, size := range sizes {
					err := execute(t, frames, side[0], side[1], size, p)
					var e *augment.Error
					tooSmall := name == "center_crop" && min(side[0], side[1]) < size
					if (err != nil) != tooSmall || err != nil && !errors.As(err, &e) {
						t.Errorf("%s: %d frames of %v to %d: %v", name, frames, side, size, err)
					}
				}
			}
		}
	}
}

// TestRecipes: every recipe makes views of the run's size, and its configuration is read back as itself.
func TestRecipes(t *testing.T) {
	for _, name := range augment.Recipes() {
		p, err := augment.Recipe(name)
		if err != nil {
			t.Fatal(err)
		}
		if augment.RecipeDoc(name) == "" {
			t.Errorf("%s says nothing of itself", name)
		}
		if err := execute(t, 8, 48, 64, 32, p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, err := config.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		n, err := config.Parse(name, text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		again, err := augment.Default().ReadPipeline(n)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if second, err := config.Marshal(again); err != nil || string(second) != string(text) {
			t.Errorf("%s: %v\n%s\nis read as\n%s", name, err, text, second)
		}
		for i := range 10 {
			a, b := drawWith(t, meta(), 2, 64, i, p), drawWith(t, meta(), 2, 64, i, again)
			if fmt.Sprint(a.Views[1].JSON()) != b.Views[1].JSON() {
				t.Errorf("%s draws other plans once it is read back", name)
			}
		}
	}
	if _, err := augment.Recipe("moco"); err == nil {
		t.Error("an unknown recipe is found")
	}
}

// TestDrawnPlansPass: what any transform draws with its defaults keeps the rules that stored parameters are held to.
func TestDrawnPlansPass(t *testing.T) {
	for _, settings := range []map[string]any{nil, {"num_ops": 16, "magnitude": 30}, {"num_ops": 16, "magnitude": 0}} {
		for i := range 100 {
			v := drawView(t, meta(), i, byName(t, "rand_augment", settings), byName(t, "cutout", map[string]any{"size": 16384}),
				byName(t, "color_jitter", map[string]any{"brightness": 10, "contrast": 10, "saturation": 10, "hue": 0.5}),
				byName(t, "gaussian_blur", map[string]any{"sigma": []any{1e-300, 32}, "kernel_size": 63}))
			stored, err := parsed(v)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := augment.Default().Compile(stored.Ops, augment.Shape{T: 1, H: 241, W: 322}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
