package report

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"
)

// flat returns frames of one grey each.
func flat(size int, greys ...uint8) []image.Image {
	var frames []image.Image
	for _, g := range greys {
		f := image.NewGray(image.Rect(3, 5, 3+size, 5+size)) // a picture need not begin at 0, 0
		for i := range f.Pix {
			f.Pix[i] = g
		}
		frames = append(frames, f)
	}
	return frames
}

func decode(t *testing.T, source string) (image.Image, string) {
	t.Helper()
	_, text, found := strings.Cut(source, ";base64,")
	raw, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil {
		t.Fatalf("%.40s is no data URL: %v", source, err)
	}
	img, kind, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return img, kind
}

// The three strips have the frames side by side; the last one their difference, as many times as it is to be or fits.
func TestStrips(t *testing.T) {
	for _, c := range []struct {
		scale float64
		name  string
		want  []uint8
	}{
		{4, "difference ×4", []uint8{128, 132, 88}},
		{0, "difference ×10", []uint8{128, 138, 28}}, // 10 levels are the most: 10 times that is below 127, 20 times is not
		{100, "difference ×100", []uint8{128, 228, 0}},
	} {
		card, err := Broken{Clean: flat(8, 10, 100, 200), Perturbed: flat(8, 10, 101, 190), Scale: c.scale}.card()
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range [][]uint8{{10, 100, 200}, {10, 101, 190}, c.want} {
			f := card.Films[k]
			img, kind := decode(t, string(f.Source))
			if kind != "png" || img.Bounds() != image.Rect(0, 0, 24, 8) || f.Frames != 3 || f.Width != 8 || f.Height != 8 || !f.Coarse {
				t.Errorf("%s: a %s of %v for %d frames of %d by %d", f.Name, kind, img.Bounds(), f.Frames, f.Width, f.Height)
			}
			for i, w := range want {
				if got := color.NRGBAModel.Convert(img.At(8*i+4, 4)); got != (color.NRGBA{w, w, w, 255}) {
					t.Errorf("%s: frame %d is %v, expected %d", f.Name, i, got, w)
				}
			}
		}
		if card.Films[2].Name != c.name {
			t.Errorf("%s, expected %s", card.Films[2].Name, c.name)
		}
	}
}

// Of long clips only some frames are shown, and strips that are large as PNG are JPEG.
func TestLongAndLargeStrips(t *testing.T) {
	greys := make([]uint8, 70)
	for i := range greys {
		greys[i] = uint8(i)
	}
	card, err := Broken{Clean: flat(4, greys...), Perturbed: flat(4, greys...)}.card()
	if err != nil {
		t.Fatal(err)
	}
	img, _ := decode(t, string(card.Films[0].Source))
	if f := card.Films[0]; f.Frames != 24 || img.Bounds().Dx() != 96 || card.Every != "One of 3 frames is shown." {
		t.Errorf("%d frames of 70, %v, %q", f.Frames, img.Bounds(), card.Every)
	}
	if got := color.GrayModel.Convert(img.At(4*5+1, 1)); got != (color.Gray{15}) {
		t.Errorf("the sixth frame is %v, expected the 16th of the clip", got)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	noise := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(rng.Uint32())
	}
	source, err := encode(noise)
	if err != nil {
		t.Fatal(err)
	}
	if _, kind := decode(t, string(source)); kind != "jpeg" {
		t.Errorf("256 by 256 pixels of noise are a %s", kind)
	}
}
