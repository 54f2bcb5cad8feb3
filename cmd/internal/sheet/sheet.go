// Package sheet draws contact sheets: a grid of captioned frames as one PNG.
package sheet

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"vidcsl/pipeline/durable"
)

// Cell is one frame: RGB, [H, W, 3].
type Cell struct {
	RGB     []byte
	W, H    int
	Caption string
}

// Limits of a cell and the space around it, in pixels.
const (
	maxSide = 160
	gap     = 6
	text    = 15
)

// Columns is the number of cells of a [Line].
const Columns = 8

// Line returns the cells of one line: frames spread over a clip of pixels [T, H, W, 3], captioned with their number, and empty
// ones where the clip has fewer. The cells share the pixels.
func Line(pixels []byte, t, h, w int) []Cell {
	cells := make([]Cell, Columns)
	for k := range cells {
		cells[k] = Cell{W: 1, H: 1, RGB: make([]byte, 3)}
		if k < t {
			at, n := k*t/min(t, Columns), h*w*3
			cells[k] = Cell{RGB: pixels[at*n : (at+1)*n], W: w, H: h, Caption: fmt.Sprintf("frame %d", at)}
		}
	}
	return cells
}

// Draw lays the cells out in rows of columns.
func Draw(cells []Cell, columns int) image.Image {
	w, h := 1, 1
	for _, c := range cells {
		cw, ch := fit(c.W, c.H)
		w, h = max(w, cw), max(h, ch)
	}
	columns = max(min(columns, len(cells)), 1)
	rows := (len(cells) + columns - 1) / columns
	sheet := image.NewRGBA(image.Rect(0, 0, gap+columns*(w+gap), gap+rows*(h+text+gap)))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.Gray{Y: 24}), image.Point{}, draw.Src)
	for i, c := range cells {
		x, y := gap+i%columns*(w+gap), gap+i/columns*(h+text+gap)
		cw, ch := fit(c.W, c.H)
		at := image.Rect(x, y, x+cw, y+ch)
		draw.ApproxBiLinear.Scale(sheet, at, c.image(), image.Rect(0, 0, c.W, c.H), draw.Src, nil)
		caption(sheet, c.Caption, x, y+ch+text-4, w)
	}
	return sheet
}

func fit(w, h int) (int, int) {
	if m := max(w, h); m > maxSide {
		w, h = max(w*maxSide/m, 1), max(h*maxSide/m, 1)
	}
	return w, h
}

func (c Cell) image() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, c.W, c.H))
	for i := range c.W * c.H {
		copy(m.Pix[4*i:], c.RGB[3*i:3*i+3])
		m.Pix[4*i+3] = 255
	}
	return m
}

func caption(m draw.Image, s string, x, y, width int) {
	if n := width / basicfont.Face7x13.Advance; len(s) > n {
		s = s[len(s)-n:] // the end of a name tells more than its folder
	}
	d := font.Drawer{Dst: m, Src: image.NewUniform(color.Gray{Y: 200}), Face: basicfont.Face7x13, Dot: fixed.P(x, y)}
	d.DrawString(s)
}

// Write writes the sheet as PNG, under a temporary name that is renamed when it is whole.
func Write(path string, m image.Image) error {
	if err := durable.Write(path, func(w io.WriteSeeker) error { return png.Encode(w, m) }); err != nil {
		return fmt.Errorf("contact sheet %s: %w", path, err)
	}
	return nil
}
