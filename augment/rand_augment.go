package augment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vidcsl/augment/internal/kernel"
	"vidcsl/decode/clip"
)

// RandAugmentConfig configures [RandAugment].
type RandAugmentConfig struct {
	NumOps    int    `yaml:"num_ops" legal:"1..16" doc:"changes drawn for a view, with repeats"`
	Magnitude int    `yaml:"magnitude" legal:"0..30" doc:"strength of each, 0 to 30"`
	Fill      [3]int `yaml:"fill" legal:"0..255" doc:"red, green and blue of what geometry leaves uncovered"`
}

// RandAugmentParams is the changes drawn, in order.
type RandAugmentParams struct {
	Ops  []RandAugmentOp `json:"ops"`
	Fill [3]int          `json:"fill"`
}

// RandAugmentOp is one change: its name and its value, in the unit of that change.
type RandAugmentOp struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// CheckParams implements [ParamsChecker].
func (p RandAugmentParams) CheckParams() error {
	if len(p.Ops) > 16 {
		return fmt.Errorf("%d ops, want at most 16", len(p.Ops))
	}
	for _, op := range p.Ops {
		if err := op.check(); err != nil {
			return err
		}
	}
	return colorWithin("fill", p.Fill)
}

func (op RandAugmentOp) check() error {
	switch op.Name {
	case "shear_x", "shear_y":
		return within(op.Name, op.Value, -1, 1)
	case "translate_x", "translate_y":
		return within(op.Name, op.Value, -clip.MaxSide, clip.MaxSide)
	case "rotate":
		return within(op.Name, op.Value, -360, 360)
	case "brightness", "color", "contrast", "sharpness":
		return within(op.Name, op.Value, 0, 2)
	case "posterize":
		return within(op.Name, op.Value, 0, 8)
	case "solarize":
		return within(op.Name, op.Value, 0, 256)
	}
	if !slices.Contains(randAugmentNames, op.Name) {
		return fmt.Errorf("no change %q; there are %v", op.Name, randAugmentNames)
	}
	return nil
}

// RandAugment applies NumOps changes drawn from fourteen, all at one Magnitude of 31, with random sign: torchvision's RandAugment
// ("RandAugment: Practical automated data augmentation with a reduced search space", arXiv 1909.13719). Every frame of a view is
// changed alike; the histograms of autocontrast and equalize and the mean of contrast are the whole view's. Geometry is sampled bilinearly (torchvision's
// default is the nearest pixel).
//
// Against torchvision: translation, posterize, solarize, autocontrast and equalize are equal to the bit; shear, rotation,
// brightness and sharpness within 1 of 255, color and contrast within 2.
var RandAugment = Spec[RandAugmentConfig, RandAugmentParams]{
	Name:    "rand_augment",
	Summary: "apply a few of fourteen changes, all of one strength",
	Doc: "shear 0.3 m, translate 150/331 of the side m, rotate 30 m degrees, brightness, color, contrast, sharpness 1 +- 0.9 m, posterize 8 - 4 m bits,\n" +
		"solarize from 255 (1-m), autocontrast, equalize, identity; m = magnitude/30. Source: torchvision RandAugment; arXiv 1909.13719.",
	Default: RandAugmentConfig{NumOps: 2, Magnitude: 9},
	Draw: func(c RandAugmentConfig, rng *rand.Rand, d *Draft) (RandAugmentParams, error) {
		p := RandAugmentParams{Fill: c.Fill}
		for range c.NumOps {
			name := randAugmentNames[rng.IntN(len(randAugmentNames))]
			sign := float64(2*rng.IntN(2) - 1)
			p.Ops = append(p.Ops, RandAugmentOp{name, randAugmentValue(name, float64(c.Magnitude)/30, sign, d)})
		}
		return p, nil
	},
	Apply: func(p RandAugmentParams, f *Frames) error {
		for _, op := range p.Ops {
			f.randAugment(op, p.Fill)
		}
		return nil
	},
}

var randAugmentNames = []string{
	"identity", "shear_x", "shear_y", "translate_x", "translate_y", "rotate", "brightness",
	"color", "contrast", "sharpness", "posterize", "solarize", "autocontrast", "equalize",
}

// randAugmentValue is the value of a change at strength m, 0 to 1.
func randAugmentValue(name string, m, sign float64, d *Draft) float64 {
	switch name {
	case "shear_x", "shear_y":
		return sign * 0.3 * m
	case "translate_x":
		return sign * math.Trunc(150.0/331*float64(d.w)*m)
	case "translate_y":
		return sign * math.Trunc(150.0/331*float64(d.h)*m)
	case "rotate":
		return sign * 30 * m
	case "brightness", "color", "contrast", "sharpness":
		return 1 + sign*0.9*m
	case "posterize":
		return 8 - math.RoundToEven(4*m)
	case "solarize":
		return 255 * (1 - m)
	}
	return 0
}

func (f *Frames) randAugment(op RandAugmentOp, fill [3]int) {
	v := op.Value
	switch op.Name {
	case "identity":
	case "shear_x": // about the top left corner, as torchvision since 0.13
		f.shear([4]float64{1, v, 0, 1}, fill)
	case "shear_y":
		f.shear([4]float64{1, 0, v, 1}, fill)
	case "translate_x":
		f.Affine(0, f.T, [4]float64{1, 0, 0, 1}, [2]float64{v, 0}, rgb(fill))
	case "translate_y":
		f.Affine(0, f.T, [4]float64{1, 0, 0, 1}, [2]float64{0, v}, rgb(fill))
	case "rotate":
		sin, cos := math.Sincos(v * math.Pi / 180)
		f.Affine(0, f.T, [4]float64{cos, -sin, sin, cos}, [2]float64{}, rgb(fill))
	case "brightness":
		f.color(brightness(v))
	case "color":
		f.color(saturation(v))
	case "contrast":
		f.color(contrast(v, f.mean()))
	case "sharpness":
		kernel.Sharpness(f.Pix, f.copied(f.Pix), f.T, f.H, f.W, v)
	case "posterize":
		mask := 0xff &^ (1<<(8-int(v)) - 1)
		f.lut(func(c int) int { return c & mask })
	case "solarize":
		f.lut(func(c int) int {
			if float64(c) >= v {
				return 255 - c
			}
			return c
		})
	case "autocontrast":
		f.histogramLut(false)
	case "equalize":
		f.histogramLut(true)
	}
}

func (f *Frames) shear(a [4]float64, fill [3]int) {
	// about the corner of the first pixel: x and y are pixel centres, half a pixel inside
	inv := [6]float64{a[0], a[1], 0.5*(a[0]+a[1]) - 0.5, a[2], a[3], 0.5*(a[2]+a[3]) - 0.5}
	kernel.Affine(f.Pix, f.copied(f.Pix), f.T, f.H, f.W, inv, rgb(fill), &f.s.k)
}

func (f *Frames) color(m ColorMatrix) {
	k := kernel.NewColorMatrix(m)
	kernel.Color(f.Pix, f.Pix, &k)
}

func (f *Frames) mean() [3]float64 {
	r, g, b := kernel.Sums(f.Pix)
	n := float64(f.T * f.H * f.W)
	return [3]float64{float64(r) / n, float64(g) / n, float64(b) / n}
}

// histogramLut maps each channel by a table made of its histogram: autocontrast, or equalize.
func (f *Frames) histogramLut(equal bool) {
	var h [3][256]uint64
	var lut [3][256]byte
	kernel.Histogram(&h, f.Pix)
	for c := range h {
		if equal {
			equalize(&h[c], &lut[c])
		} else {
			autocontrast(&h[c], &lut[c])
		}
	}
	kernel.LutRGB(f.Pix, f.Pix, &lut)
}

// autocontrast stretches the values in use to 0..255.
func autocontrast(h *[256]uint64, lut *[256]byte) {
	lo, hi := 0, 255
	for lo < 255 && h[lo] == 0 {
		lo++
	}
	for hi > 0 && h[hi] == 0 {
		hi--
	}
	for v := range lut {
		lut[v] = byte(v)
		if hi > lo {
			lut[v] = byte(min(max((v-lo)*255/(hi-lo), 0), 255)) // floor, as torchvision's conversion to uint8
		}
	}
}

// equalize makes the values in use equally frequent: Pillow's and torchvision's formula.
func equalize(h *[256]uint64, lut *[256]byte) {
	last, total := uint64(0), uint64(0)
	for _, n := range h {
		if total += n; n > 0 {
			last = n
		}
	}
	step := (total - last) / 255
	sum := step / 2
	for v := range lut {
		lut[v] = byte(v)
		if step > 0 {
			lut[v] = byte(min(sum/step, 255))
		}
		sum += h[v]
	}
}
