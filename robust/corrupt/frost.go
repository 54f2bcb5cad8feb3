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
		kernel.Glaze(f.Pix, f.T, int(c.keep*(1<<15)+0.5), l.pane(p, f.H, f.W, float32(c.ice)))
		return nil
	},
}

// pane returns what the glass adds to each value of h x w pixels, in 1/128: the pattern, which repeats itself, between its pixels.
func (l *layer) pane(p FrostParams, h, w int, ice float32) []uint16 {
	pattern, glass := frostPattern(), glasses[p.Glass]
	var ices [frostDepths][4]uint16
	for i := range ices {
		v := 6*float32(i)/(frostDepths-1) - 3
		for k, m := range glass.mean {
			ices[i][k] = uint16(min(max(m+float32(glass.spread[k]*v), 0), 255)*ice*128 + 0.5)
		}
	}
	add, step := room(&l.add, h*w*3), int(256/scale(h, w)+0.5) // of 256
	col := room(&l.at, w)
	for x := range col {
		col[x] = int32((p.X<<8 + x*step) % (frostSize << 8))
	}
	for y := range h {
		ty := p.Y + y*step>>8
		a, b := pattern[ty%frostSize*frostSize:][:frostSize], pattern[(ty+1)%frostSize*frostSize:][:frostSize]
		kernel.Pane(add[y*w*3:][:w*3], a, b, col, y*step&255, ices[:])
	}
	return add
}
