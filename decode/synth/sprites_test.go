package synth

import (
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// sheet draws a sheet of 2 rows of perRow items for each class: a bright frame with a hole whose place tells the class.
func sheet(t testing.TB, classes, perRow, cell int) string {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, perRow*cell, 2*classes*cell))
	for j := range img.Rect.Dy() {
		for i := range img.Rect.Dx() {
			class, item := j/cell/2, j/cell%2*perRow+i/cell
			x, y := i%cell, j%cell
			hole := x/2 == 1+class%(cell/2-2) && y > 2 && y < cell-3
			if min(x, y, cell-1-x, cell-1-y) > 0 && !hole {
				img.SetGray(i, j, color.Gray{Y: uint8(120 + 7*item)})
			}
		}
	}
	return writePNG(t, img)
}

func writePNG(t testing.TB, img image.Image) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sheet.png")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return file
}

// fewSprites is a small set of a drawn sheet: 3 classes of 10 items, 2 to 4 in each split, 3 frames.
func fewSprites(t testing.TB) Sprites {
	t.Helper()
	s, err := ReadSheet(sheet(t, 3, 5, 12), 3, 12)
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultSprites(s)
	o.Train, o.Val, o.Test, o.Frames = Part{4, 2}, Part{2, 1}, Part{3, 1}, 3
	return o
}

// golden is a case of testdata/sprites.json, as scripts/golden_sprites.py describes it.
type golden struct {
	Size, Cell               int
	Frames                   []int
	Scale, Grow, Angle, Turn float64
	X, Y, VX, VY             float64
	Gain, Level, Amplitude   float64
	DriftX                   float64 `json:"drift_x"`
	DriftY                   float64 `json:"drift_y"`
	Knots                    []float64
	Item, Greys              []byte
}

// TestSpritesLikePyTorch renders the same scenes as PyTorch's affine_grid, grid_sample and bicubic interpolate.
func TestSpritesLikePyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/sprites.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Cases []golden }
	if err := json.Unmarshal(data, &all); err != nil || len(all.Cases) == 0 {
		t.Fatalf("%d cases, error %v", len(all.Cases), err)
	}
	for k, c := range all.Cases {
		sheet := &Sheet{names: []string{"a"}, cell: c.Cell, items: [][]byte{c.Item}}
		s := &spriteScene{
			size: c.Size, item: sheet.field(0, 0), scale: c.Scale, grow: c.Grow, angle: c.Angle, turn: c.Turn,
			x: c.X, y: c.Y, vx: c.VX, vy: c.VY, gain: c.Gain, level: c.Level, driftX: c.DriftX, driftY: c.DriftY,
		}
		s.setBackground(&field{fieldKnots, c.Knots}, c.Amplitude)
		n := c.Size * c.Size
		got := make([]byte, n)
		for f, at := range c.Frames {
			s.frame(at, got)
			off := 0
			for i, v := range got {
				d := math.Abs(float64(v) - float64(c.Greys[f*n+i]))
				if d > 1 {
					t.Fatalf("case %d, frame %d: pixel %d, %d is %d, want %d", k, at, i%c.Size, i/c.Size, v, c.Greys[f*n+i])
				}
				off += int(d)
			}
			if off > n/200 { // both round to nearest: few ties apart
				t.Errorf("case %d, frame %d: %d of %d pixels are off by one", k, at, off, n)
			}
		}
	}
}
