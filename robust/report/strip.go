package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"strconv"

	"vidcsl/robust"
)

const (
	mostFrames = 32       // of a strip: of longer clips every second frame is shown, every third, …
	largePNG   = 96 << 10 // bytes; above it a strip is a JPEG where that is smaller
	quality    = 92
	smallFrame = 72 // pixels; a frame that is not wider is magnified in squares
)

// film is a loop of frames: one picture that has them side by side.
type film struct {
	Name, Alt     string
	Source        template.URL
	Frames        int
	Width, Height int // of a frame
	Coarse        bool
}

// brokenCard is a clip that broke as the page shows it.
type brokenCard struct {
	Broken
	Films []film
	Size  string // of the perturbation
	Every string // which frames are shown, where not all are
}

func (p *Page) brokenCards() ([]brokenCard, error) {
	var cards []brokenCard
	for _, b := range p.Broken {
		card, err := b.card()
		if err != nil {
			return nil, fmt.Errorf("report: the broken clip %q: %w", b.Key, err)
		}
		cards = append(cards, card)
	}
	return cards, nil
}

func (b Broken) card() (brokenCard, error) {
	every := (len(b.Clean) + mostFrames - 1) / mostFrames
	clean, perturbed := strip(b.Clean, every), strip(b.Perturbed, every)
	diff, times := difference(clean, perturbed, b.Scale)
	card := brokenCard{Broken: b}
	if b.Condition.Kind == robust.Attack && b.Norm > 0 {
		card.Size = fmt.Sprintf("The perturbation has the %s norm %s.", b.Condition.Norm, strconv.FormatFloat(b.Norm, 'g', 4, 64))
	}
	if every > 1 {
		card.Every = fmt.Sprintf("One of %d frames is shown.", every)
	}
	size := b.Clean[0].Bounds().Size()
	for _, f := range []struct {
		name, alt string
		strip     *image.NRGBA
	}{
		{"clean", "The clip as it is, taken for " + b.Before, clean},
		{"perturbed", fmt.Sprintf("The clip under %s, taken for %s", b.Condition, b.After), perturbed},
		{"difference ×" + times, "What was changed, " + times + " times as large, around grey", diff},
	} {
		source, err := encode(f.strip)
		if err != nil {
			return card, err
		}
		card.Films = append(card.Films, film{f.name, f.alt, source, f.strip.Rect.Dx() / size.X, size.X, size.Y, size.X <= smallFrame})
	}
	return card, nil
}

// strip puts frames side by side.
func strip(frames []image.Image, every int) *image.NRGBA {
	size := frames[0].Bounds().Size()
	n := (len(frames) + every - 1) / every
	out := image.NewNRGBA(image.Rect(0, 0, n*size.X, size.Y))
	for i := range n {
		f := frames[i*every]
		draw.Draw(out, image.Rect(i*size.X, 0, (i+1)*size.X, size.Y), f, f.Bounds().Min, draw.Src)
	}
	for i := 3; i < len(out.Pix); i += 4 {
		out.Pix[i] = 255
	}
	return out
}

// difference returns perturbed less clean, so many times as large, around grey, and the factor as text. At 0 times it takes the largest of 1, 2, 5,
// 10, 20, 50 and 100 at which all but a thousandth of the values are within what a pixel can show.
func difference(clean, perturbed *image.NRGBA, times float64) (*image.NRGBA, string) {
	if times == 0 {
		times = magnify(clean, perturbed)
	}
	out := image.NewNRGBA(clean.Rect)
	for i := range out.Pix {
		d := times * (float64(perturbed.Pix[i]) - float64(clean.Pix[i]))
		out.Pix[i] = uint8(math.Round(min(max(128+d, 0), 255)))
		if i%4 == 3 {
			out.Pix[i] = 255
		}
	}
	return out, fmt.Sprintf("%.3g", times)
}

func magnify(clean, perturbed *image.NRGBA) float64 {
	var counts [256]int
	total := 0
	for i := range clean.Pix {
		if i%4 != 3 {
			d := int(clean.Pix[i]) - int(perturbed.Pix[i])
			counts[max(d, -d)]++
			total++
		}
	}
	largest := 255
	for above := 0; largest > 1; largest-- {
		if above += counts[largest]; above > total/1000 {
			break
		}
	}
	times := 1.0
	for _, t := range []float64{2, 5, 10, 20, 50, 100} {
		if t*float64(largest) <= 127 {
			times = t
		}
	}
	return times
}

// encode returns a picture as a data URL.
func encode(img *image.NRGBA) (template.URL, error) {
	var best bytes.Buffer
	kind := "png"
	if err := png.Encode(&best, img); err != nil {
		return "", err
	}
	if best.Len() > largePNG {
		var smaller bytes.Buffer
		if err := jpeg.Encode(&smaller, img, &jpeg.Options{Quality: quality}); err != nil {
			return "", err
		}
		if smaller.Len() < best.Len() {
			best, kind = smaller, "jpeg"
		}
	}
	return template.URL("data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString(best.Bytes())), nil
}
