package sample

import (
	"bytes"
	"image"
	"slices"
	"testing"

	"vidcsl/cmd/internal/stages"
)

// Every transform, group and recipe can be shown, and what it makes differs from what it was given.
func TestStripOfEverything(t *testing.T) {
	src, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	c := stages.List()
	for _, l := range slices.Concat(c.Transforms, c.Groups, c.Recipes) {
		e, err := stages.Find(l.Name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Strip(t.Context(), src, e.Pipeline, e.Views)
		if err != nil {
			t.Errorf("%s: %v", l.Name, err)
			continue
		}
		same := bytes.Equal(line(m, 0), line(m, 1))
		if want := l.Name == "normalize" || l.Name == "none"; same != want { // these leave the pixels as they are
			t.Errorf("%s: before and after are the same: %v, want %v", l.Name, same, want)
		}
	}
}

// line is the pixels of a line of the strip, without its captions.
func line(m image.Image, n int) []byte {
	const high = side + 6 + 15
	r := m.(*image.RGBA)
	var pix []byte
	for y := 6 + n*high; y < 6+n*high+side; y++ {
		pix = append(pix, r.Pix[y*r.Stride:][:r.Stride]...)
	}
	return pix
}
