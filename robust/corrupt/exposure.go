package corrupt

import (
	"math"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// unsteady is how far the exposure is off at most, in stops.
var unsteady = [5]float64{0.5, 1, 1.5, 2, 2.5}

// flicker exposes each frame differently.
var flicker = augment.Spec[Config, SeedParams]{
	Summary: "expose each frame differently",
	Doc: "the light of frame k is multiplied by 2^e, e ~ U(-a, a), a = 0.5, 1, 1.5, 2, 2.5 stops: c' = 2^(e/2.2) c, as c is light to the power of 1/2.2.\n" +
		"Source: constants are our own.",
	Draw: drawSeed,
	Apply: func(p SeedParams, f *augment.Frames) error {
		var shown [256]byte
		for t := range f.T {
			gain := math.Exp2(unsteady[p.Severity-1] * signed(p.at(t)) / 2.2)
			for v := range shown {
				shown[v] = byte(min(math.Round(gain*float64(v)), 255))
			}
			pix := f.Frame(t)
			for i, v := range pix {
				pix[i] = shown[v]
			}
		}
		return nil
	},
}

// lit is the share of the light that is left.
var lit = [5]float64{1. / 2, 1. / 4, 1. / 8, 1. / 16, 1. / 32}

// Of the camera in low light: the electrons that white gives in full light, and those that reading adds as noise.
const (
	fullWell  = 1000
	readNoise = 2
)

// lowLight takes the light away: the picture is dark, and the noise of single photons and of the sensor is seen.
var lowLight = augment.Spec[Config, SeedParams]{
	Summary: "take light away, so that the sensor's noise is seen",
	Doc: "of x = g (c/255)^2.2, g = 1/2, 1/4, 1/8, 1/16, 1/32, a sensor reads x + n, " +
		"n normal of variance (1000 x + 2^2)/1000^2 anew for each value: shot noise of 1000 electrons at white, and reading noise of 2. c' = 255 (x + n)^(1/2.2).\n" +
		"Source: the noise model of arXiv 1811.11127; constants are our own.",
	Draw: drawSeed,
	Apply: func(p SeedParams, f *augment.Frames) error {
		s := augment.Local[kernel.Sensor](f)
		s.Set(lit[p.Severity-1], fullWell, readNoise)
		for t := range f.T {
			s.Sense(f.Frame(t), p.at(t).Uint64())
		}
		return nil
	},
}
