package corrupt

import (
	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// blurs treats all frames of a clip alike: one lens, one pane of glass, one direction. Lengths are ImageNet-C's for a short side of 224
// and shrink and grow with it. The original cuts results off to 8 bits, half a level darker on average; here they are rounded to nearest.
var blurs = []entry{
	of(Info{Name: "defocus_blur", Group: "blur", Set: ImageNetC, Fixed: true}, defocusBlur),
	of(Info{Name: "glass_blur", Group: "blur", Set: ImageNetC, Uneven: "severity 2 moves pixels once, severity 1 twice, and severity 4 twice, severity 3 three times"}, glassBlur),
	of(Info{Name: "motion_blur", Group: "blur", Set: ImageNetC}, motionBlur),
	of(Info{Name: "zoom_blur", Group: "blur", Set: ImageNetC, Fixed: true}, zoomBlur),
	of(Info{Name: "gaussian_blur", Group: "blur", Set: ImageNetCExtra, Fixed: true}, gaussianBlur),
}

// filter is a blur of one frame, in which dst may be src.
type filter interface {
	Blur(dst, src []byte, h, w int, s *kernel.Scratch)
}

// blurred replaces each frame by what a filter makes of it.
func blurred(f *augment.Frames, by filter) error {
	s := augment.Local[kernel.Scratch](f)
	for t := range f.T {
		by.Blur(f.Frame(t), f.Frame(t), f.H, f.W, s)
	}
	return nil
}
