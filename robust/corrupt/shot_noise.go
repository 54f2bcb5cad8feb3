package corrupt

import (
	"math"
	"sync"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// shotNoise is what counting few photons gives: a Poisson distribution for each value.
var shotNoise = augment.Spec[Config, SeedParams]{
	Summary: "replace each value by a count of few photons",
	Doc:     "c' = 255 min(n/s, 1) with n Poisson of mean s c/255, anew for each value and frame; s = 60, 25, 12, 5, 3.\nSource: ImageNet-C, arXiv 1903.12261.",
	Draw:    drawSeed,
	Apply: perFrame(func(pix []byte, k kernel.Key, severity int) {
		kernel.Replace(pix, k, photons[severity-1]())
	}),
}

// photons is the distributions for each severity, 64 KiB, made when they are first used.
var photons = [...]func() *kernel.Outcomes{counts(60), counts(25), counts(12), counts(5), counts(3)}

// counts returns the distributions where white is a mean of that many photons: exp(-m) m^n / n! of n, and what is left, of white.
func counts(white int) func() *kernel.Outcomes {
	return sync.OnceValue(func() *kernel.Outcomes {
		o := new(kernel.Outcomes)
		value, p := make([]byte, white+1), make([]float64, white+1)
		for c := range 256 {
			mean := float64(c) / 255 * float64(white)
			next, left := math.Exp(-mean), 1.0
			for n := range white {
				value[n], p[n] = byte(math.Round(255*float64(n)/float64(white))), next
				left -= next
				next *= mean / float64(n+1)
			}
			value[white], p[white] = 255, max(left, 0)
			o.Set(byte(c), value, p)
		}
		return o
	})
}
