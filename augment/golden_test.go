package augment_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// golden is one expected picture, as scripts/golden_augment.py describes it. One of Op, View and Transforms is set.
type golden struct {
	Op         *clip.Op
	View       *clip.View
	Transforms []map[string]map[string]any

	Input         string
	Frames        int // of the input
	Width, Height int // of the result
	Row           int
	Reference     string
	Max           int     // greatest difference allowed, in levels of 255
	Mean          float64 // mean difference allowed

	want []byte
}

func (g golden) String() string {
	switch {
	case g.Op != nil:
		return fmt.Sprintf("%s %s", g.Op.Name, g.Op.Params)
	case g.View != nil:
		return fmt.Sprintf("%+v to %dx%d, flip %v", g.View.Crop, g.View.Width, g.View.Height, g.View.Flip)
	}
	return fmt.Sprint(g.Transforms)
}

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "golden", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// readGolden reads the cases of a file with their pixels.
func readGolden(t testing.TB, name string) []golden {
	t.Helper()
	var file struct{ Cases []golden }
	readJSON(t, name+".json", &file)
	f, err := os.Open(filepath.Join("testdata", "golden", name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range file.Cases {
		g := &file.Cases[i]
		g.want = cut(sheet, g.Row, g.Frames*g.Height, g.Width)
	}
	return file.Cases
}

func cut(sheet image.Image, row, h, w int) []byte {
	pix := make([]byte, 0, h*w*clip.Channels)
	for y := row; y < row+h; y++ {
		for x := range w {
			r, g, b, _ := sheet.At(x, y).RGBA()
			pix = append(pix, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return pix
}

// inputClip makes the first frames of an input of the golden files; the caller releases it.
func inputClip(t testing.TB, mem memory.Allocator, name string, frames int) *clip.Clip {
	t.Helper()
	for _, g := range readGolden(t, "input") {
		if g.Input == name {
			return newClip(mem, frames, g.Height, g.Width, func(pix []byte) { copy(pix, g.want) })
		}
	}
	t.Fatalf("no input %q", name)
	return nil
}

// newClip makes a clip with timestamps 0, 1, 2, ...; the caller releases it.
func newClip(mem memory.Allocator, frames, h, w int, fill func(pix []byte)) *clip.Clip {
	c := clip.New(mem, clip.View{PTS: make([]int64, frames), Height: h, Width: w, TimeBase: clip.Rational{Num: 1, Den: 25}})
	for k := range c.PTS {
		c.PTS[k] = int64(k)
	}
	fill(c.Bytes())
	return c
}

func metaOf(c *clip.Clip) *clip.Meta {
	return &clip.Meta{Source: "clip", Width: c.Width, Height: c.Height, TimeBase: c.TimeBase, Frames: clip.FrameTable{PTS: c.PTS}}
}

// difference returns the greatest and the mean difference of two byte slices.
func difference(a, b []byte) (greatest int, mean float64) {
	sum := 0
	for i := range a {
		d := int(a[i]) - int(b[i])
		d = max(d, -d)
		sum, greatest = sum+d, max(greatest, d)
	}
	return greatest, float64(sum) / float64(max(len(a), 1))
}

// TestGolden compares every transform of pixels with an independent implementation; with -v it prints how far apart they are.
func TestGolden(t *testing.T) {
	for _, name := range []string{"geometry", "color_jitter", "simple", "gaussian_blur", "rotate", "rand_augment"} {
		t.Run(name, func(t *testing.T) {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			for _, g := range readGolden(t, name) {
				in := inputClip(t, mem, g.Input, g.Frames)
				got := g.run(t, mem, in)
				if len(got) != len(g.want) {
					t.Fatalf("%v: %d bytes, want %d", g, len(got), len(g.want))
				}
				greatest, mean := difference(got, g.want)
				text := fmt.Sprintf("%s, %s: max %d, mean %.3f (allowed %d, %.3f): %v", g.Reference, g.Input, greatest, mean, g.Max, g.Mean, g)
				if greatest > g.Max || mean > g.Mean {
					t.Error(text)
				} else {
					t.Log(text)
				}
				in.Release()
			}
		})
	}
}

// run returns the pixels that the case gives.
func (g golden) run(t *testing.T, mem memory.Allocator, in *clip.Clip) []byte {
	t.Helper()
	view := clip.Native(metaOf(in))
	switch {
	case g.Op != nil:
		view.Ops = []clip.Op{*g.Op}
	case g.View != nil:
		view = *g.View
	default:
		size := 0
		ts := g.transforms(t)
		if p, err := augment.NewPipeline(ts...); err != nil || p.Sizes() {
			size = g.Width
		}
		view = drawPlan(t, metaOf(in), 1, size, 0, ts...).Views[0]
	}
	view.PTS = in.PTS
	var s augment.Scratch
	out, err := augment.Execute(augment.Options{Alloc: mem}, in, view, &s)
	if err != nil {
		t.Fatalf("%v: %v", g, err)
	}
	defer out.Release()
	if out.Width != g.Width || out.Height != g.Height {
		t.Fatalf("%v: the result is %dx%d, want %dx%d", g, out.Width, out.Height, g.Width, g.Height)
	}
	return bytes.Clone(out.Bytes())
}

func (g golden) transforms(t *testing.T) (list []augment.Transform) {
	t.Helper()
	for _, one := range g.Transforms {
		for name, settings := range one {
			list = append(list, byName(t, name, settings))
		}
	}
	return list
}

func byName(t testing.TB, name string, settings map[string]any) augment.Transform {
	t.Helper()
	tr, err := augment.Default().New(name, settings)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
