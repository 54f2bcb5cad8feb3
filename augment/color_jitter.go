package augment

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// ColorJitterConfig configures [ColorJitter].
type ColorJitterConfig struct {
	Brightness float64 `yaml:"brightness" legal:"0..10" doc:"factor from [max(0, 1-b), 1+b]"`
	Contrast   float64 `yaml:"contrast" legal:"0..10" doc:"factor from [max(0, 1-c), 1+c]"`
	Saturation float64 `yaml:"saturation" legal:"0..10" doc:"factor from [max(0, 1-s), 1+s]"`
	Hue        float64 `yaml:"hue" legal:"0..0.5" doc:"shift from [-h, h], in turns of the colour circle"`
}

// ColorJitterParams is one draw: the factors, and the order in which they are applied.
type ColorJitterParams struct {
	Order      [4]int  `json:"order"` // 0 brightness, 1 contrast, 2 saturation, 3 hue
	Brightness float64 `json:"brightness"`
	Contrast   float64 `json:"contrast"`
	Saturation float64 `json:"saturation"`
	Hue        float64 `json:"hue"`
}

// CheckParams implements [ParamsChecker].
func (p ColorJitterParams) CheckParams() error {
	order := p.Order
	if slices.Sort(order[:]); order != [4]int{0, 1, 2, 3} {
		return fmt.Errorf("order is %v, want a permutation of 0 to 3", p.Order)
	}
	return errors.Join(within("brightness", p.Brightness, 0, 11), within("contrast", p.Contrast, 0, 11),
		within("saturation", p.Saturation, 0, 11), within("hue", p.Hue, -0.5, 0.5))
}

// ColorJitter changes brightness, contrast, saturation and hue by random factors in random order: torchvision's ColorJitter,
// on all frames of a view alike.
//
//	brightness  c' = b c
//	contrast    c' = k c + (1-k) m     m: mean luma of the view
//	saturation  c' = s c + (1-s) luma  luma = 0.2989 R + 0.587 G + 0.114 B
//	hue         turns (I, Q) of YIQ by 2 pi h
//
// The four are multiplied into one 3x4 matrix. So, other than in torchvision, values are rounded and clamped once at the end
// and not after each change; m is of the whole view, not of each frame, so that equal colours stay equal in time; and hue is
// linear, as in NVIDIA DALI's Hue, and not a shift in HSV.
//
// Measured against torchvision, in levels of 255: one factor alone is off by 1 at most, by 2 near 0, since torchvision cuts
// off what we round; a hue of 0.1 by 7 on average; brightness 1.3, contrast 0.7 and saturation 1.4 together by 1 to 7 on average,
// depending on the order, in a picture with colours that torchvision clamps on the way; 0.8, 1.2 and 0.7, where nothing is
// clamped, by 1.3 to 1.5.
var ColorJitter = Spec[ColorJitterConfig, ColorJitterParams]{
	Name:    "color_jitter",
	Summary: "change brightness, contrast, saturation and hue",
	Doc: "c' = b c;  c' = k c + (1-k) mean luma;  c' = s c + (1-s) luma;  (I,Q) of YIQ turned by 2 pi h; in random order, as one 3x4 matrix.\n" +
		"A positive hue turns red towards green, as in HSV.\n" +
		"Source: torchvision ColorJitter; hue as NVIDIA DALI. Clamped once, after all colour changes in a row (a grayscale that follows\n" +
		"among them): where torchvision clamps between, bright views differ, by 10 levels on average after a brightness of 1.2. The mean is of the whole view.",
	Default: ColorJitterConfig{Brightness: 0.4, Contrast: 0.4, Saturation: 0.4, Hue: 0.1},
	Draw: func(c ColorJitterConfig, rng *rand.Rand, _ *Draft) (ColorJitterParams, error) {
		factor := func(v float64) float64 { return uniform(rng, max(0, 1-v), 1+v) }
		p := ColorJitterParams{Order: [4]int(rng.Perm(4))}
		p.Brightness, p.Contrast, p.Saturation = factor(c.Brightness), factor(c.Contrast), factor(c.Saturation)
		p.Hue = uniform(rng, -c.Hue, c.Hue)
		return p, nil
	},
	Color: func(p ColorJitterParams, mean func() [3]float64) ColorMatrix {
		m := identity
		for _, i := range p.Order {
			switch i {
			case 0:
				m = mul(brightness(p.Brightness), m)
			case 1:
				if p.Contrast != 1 {
					m = mul(contrast(p.Contrast, m.on(mean())), m)
				}
			case 2:
				m = mul(saturation(p.Saturation), m)
			case 3:
				m = mul(hue(p.Hue), m)
			}
		}
		return m
	},
}

// luma is the weights of red, green and blue in the brightness that the eye sees (ITU-R BT.601, as torchvision rounds them).
var luma = [3]float64{0.2989, 0.587, 0.114}

func lumaOf(c [3]float64) float64 { return luma[0]*c[0] + luma[1]*c[1] + luma[2]*c[2] }

func brightness(f float64) ColorMatrix {
	return ColorMatrix{{f, 0, 0, 0}, {0, f, 0, 0}, {0, 0, f, 0}}
}

// contrast moves colours away from the luma of mean.
func contrast(f float64, mean [3]float64) ColorMatrix {
	m := brightness(f)
	for i := range m {
		m[i][3] = (1 - f) * lumaOf(mean)
	}
	return m
}

func saturation(f float64) ColorMatrix {
	m := brightness(f)
	for i := range m {
		for j := range 3 {
			m[i][j] += (1 - f) * luma[j]
		}
	}
	return m
}

// hue turns the chroma of YIQ (NTSC, FCC 1953) by f turns, from red towards green as in HSV.
func hue(f float64) ColorMatrix {
	if f == 0 {
		return identity
	}
	toYIQ := ColorMatrix{{0.299, 0.587, 0.114, 0}, {0.5959, -0.2746, -0.3213, 0}, {0.2115, -0.5227, 0.3112, 0}}
	toRGB := ColorMatrix{{1, 0.9563, 0.6210, 0}, {1, -0.2721, -0.6474, 0}, {1, -1.1070, 1.7046, 0}}
	sin, cos := math.Sincos(2 * math.Pi * f)
	turn := ColorMatrix{{1, 0, 0, 0}, {0, cos, sin, 0}, {0, -sin, cos, 0}}
	return mul(toRGB, mul(turn, toYIQ))
}
