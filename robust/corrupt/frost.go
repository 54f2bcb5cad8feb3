package corrupt

import (
	"fmt"
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// FrostParams is one draw of a frosted glass.
type FrostParams struct {
	Severity int `json:"severity"`
	Glass    int `json:"glass"` // 0 to 4
	X        int `json:"x"`     // of the frame's corner on the glass, 0 to 511
	Y        int `json:"y"`
}

// CheckParams implements [augment.ParamsChecker].
func (p FrostParams) CheckParams() error {
	if p.Glass < 0 || p.Glass >= len(glasses) {
		return fmt.Errorf("glass is %d, want 0 to %d", p.Glass, len(glasses)-1)
	}
	if p.X < 0 || p.Y < 0 || p.X >= frostSize || p.Y >= frostSize {
		return fmt.Errorf("x and y are %d and %d, want 0 to %d", p.X, p.Y, frostSize-1)
	}
	return checkLevel(p.Severity)
}

const unevenFrost = "severity 4 keeps less of the picture than 3 under as much ice, which is brighter than most pictures"

// glasses has the mean colour and the deviation of the five photographs from which ImageNet-C's program draws; two of them are the same.
var glasses = [5]struct{ mean, spread [3]float32 }{
	{[3]float32{78, 149, 166}, [3]float32{24, 14, 13}},
	{[3]float32{201, 205, 214}, [3]float32{20, 20, 21}},
	{[3]float32{201, 205, 214}, [3]float32{20, 20, 21}},
	{[3]float32{138, 153, 165}, [3]float32{26, 26, 27}},
	{[3]float32{112, 123, 135}, [3]float32{36, 36, 35}},
}

var frostLevels = [5]struct{ keep, ice float64 }{{1, 0.4}, {0.8, 0.6}, {0.7, 0.7}, {0.65, 0.7}, {0.6, 0.75}}

// frost lays one pane over all frames. The original cuts it out of photographs; here it is drawn, with their colours and contrast.
var frost = augment.Spec[Config, FrostParams]{
	Summary: "look through a frosted glass",
	Doc: "c' = k c + i g, g a frosted glass, (k, i) = (1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75). The glass is not one of the original's photographs but drawn, needle by needle; " +
		"its mean and deviation in each channel are theirs.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (FrostParams, error) {
		return FrostParams{c.Severity, rng.IntN(len(glasses)), rng.IntN(frostSize), rng.IntN(frostSize)}, nil
	},
	Apply: func(p FrostParams, f *augment.Frames) error {
		l, c := augment.Local[layer](f), frostLevels[p.Severity-1]
		add, gain := l.pane(p, f.H, f.W, float32(c.ice)), room(&l.gain, f.H*f.W*3)
		for i := range gain {
			gain[i] = uint16(c.keep*(1<<15) + 0.5)
		}
		kernel.Overlay(f.Pix, f.T, gain, add)
		return nil
	},
}

// pane returns what the glass adds to each value of h x w pixels, in 1/128: the pattern, which repeats itself, between its pixels.
func (l *layer) pane(p FrostParams, h, w int, ice float32) []uint16 {
	pattern, glass := frostPattern(), glasses[p.Glass]
	var ices [frostDepths][3]uint16
	for i := range ices {
		v := 6*float32(i)/(frostDepths-1) - 3
		for k, m := range glass.mean {
			ices[i][k] = uint16(min(max(m+float32(glass.spread[k]*v), 0), 255)*ice*128 + 0.5)
		}
	}
	add, step := room(&l.add, h*w*3), int(256/scale(h, w)+0.5) // of 256
	for y := range h {
		ty, fy := y*step>>8, uint32(y*step&255)
		a, b := pattern[(p.Y+ty)%frostSize*frostSize:][:frostSize], pattern[(p.Y+ty+1)%frostSize*frostSize:][:frostSize]
		row := add[y*w*3:][:w*3]
		for x := range w {
			i, fx := (p.X+x*step>>8)%frostSize, uint32(x*step&255)
			j := (i + 1) % frostSize
			up, down := uint32(a[i])*(256-fx)+uint32(a[j])*fx, uint32(b[i])*(256-fx)+uint32(b[j])*fx
			c := &ices[(up*(256-fy)+down*fy)>>16]
			row[x*3], row[x*3+1], row[x*3+2] = c[0], c[1], c[2]
		}
	}
	return add
}
