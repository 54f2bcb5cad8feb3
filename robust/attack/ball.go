package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Norm is a way to measure a perturbation.
type Norm string

// The norms.
const (
	Linf Norm = "linf" // the greatest change of a number
	L2   Norm = "l2"   // the Euclidean length of the change of the clip
	L1   Norm = "l1"   // the sum of the changes
)

// Of returns the distance of two clips; NaN if a number is.
func (n Norm) Of(a, b []float32) float64 {
	d := 0.0
	for i := range a {
		v := math.Abs(float64(b[i]) - float64(a[i]))
		switch {
		case n == L1:
			d += v
		case n == L2:
			d += v * v
		case v > d || v != v:
			d = v
		}
	}
	if n == L2 {
		d = math.Sqrt(d)
	}
	return d
}

// Ball is what an attack is limited to: the clips that are no farther from the one under attack than Eps, and from 0 to 1.
type Ball struct {
	Norm Norm    `json:"norm"`
	Eps  float64 `json:"eps"`
}

// Bounded is an attack that stays in a ball. The driver checks it.
type Bounded interface {
	Attack
	Ball() Ball
}

// check returns an error unless the ball is one.
func (b Ball) check() error {
	switch b.Norm {
	case Linf:
		if !(b.Eps > 0 && b.Eps <= 1) {
			return fmt.Errorf("attack: epsilon %v in linf, want above 0 and up to 1, the range of pixels: 8 of 255 levels are 0.0314", b.Eps)
		}
	case L2, L1:
		if !(b.Eps > 0) || math.IsInf(b.Eps, 0) {
			return fmt.Errorf("attack: epsilon %v in %s, want above 0", b.Eps, b.Norm)
		}
	default:
		return fmt.Errorf("attack: norm %q, want linf, l2 or l1", b.Norm)
	}
	return nil
}

// Project changes x into a clip of the ball around origin, which is one itself: the nearest for [Linf] and [L1]; for [L2] the nearest of the
// ball, then of the range of pixels. What is NaN becomes as in origin.
func (b Ball) Project(x, origin []float32) {
	switch b.Norm {
	case Linf:
		eps := float32(b.Eps)
		for i, o := range origin {
			if x[i] != x[i] {
				x[i] = o
			}
			x[i] = min(max(x[i], o-eps, 0), o+eps, 1)
		}
	case L2:
		clean(x, origin)
		scale := 1.0
		if d := L2.Of(origin, x); d > b.Eps {
			scale = b.Eps / d
		}
		for i, o := range origin {
			if scale < 1 {
				x[i] = o + float32(scale*float64(x[i]-o))
			}
			x[i] = min(max(x[i], 0), 1)
		}
	case L1:
		clean(x, origin)
		projectL1(x, origin, b.Eps)
	}
}

func clean(x, origin []float32) {
	for i, v := range x {
		if v != v {
			x[i] = origin[i]
		}
	}
}

// projectL1 changes x into the nearest clip of both the L1 ball and the range of pixels (Croce and Hein 2021, "Mind the box: l1-APGD for
// sparse adversarial attacks on image classifiers", arXiv 2103.01208, proposition 2.1): every change is shortened by the same length, no
// less than to 0, and then ends at the border of the range.
func projectL1(x, origin []float32, eps float64) {
	change, room := make([]float64, len(x)), make([]float64, len(x))
	sum := 0.0
	for i, o := range origin {
		d := float64(x[i]) - float64(o)
		change[i], room[i] = math.Abs(d), 1-float64(o)
		if d < 0 {
			room[i] = float64(o)
		}
		sum += min(change[i], room[i])
	}
	cut := 0.0
	if sum > eps {
		cut = shortening(change, room, eps)
	}
	for i, o := range origin {
		d := float32(min(max(change[i]-cut, 0), room[i]))
		if x[i] < o {
			d = -d
		}
		x[i] = min(max(o+d, 0), 1)
	}
}

// shortening returns the length by which all changes are to be shortened for a sum of eps, which is less than that without. The
// sum falls along straight pieces, so that Newton's method ends on the right one exactly; where it leaves what is known of the
// length, that is halved.
func shortening(change, room []float64, eps float64) float64 {
	low, high := 0.0, 0.0 // the sum is too great at low, and not at high
	for _, c := range change {
		high = max(high, c)
	}
	cut := low
	for range 200 { // about ten are enough
		sum, slope := 0.0, 0.0
		for i, c := range change {
			if left := c - cut; left > room[i] {
				sum += room[i]
			} else if left > 0 {
				sum += left
				slope++
			}
		}
		if sum > eps {
			low = cut
		} else {
			high = cut
		}
		next := cut + (sum-eps)/slope // without a slope it is out of bounds
		if math.Abs(next-cut) <= 1e-12*high {
			return next
		}
		if !(next > low && next < high) {
			next = (low + high) / 2
		}
		if high-low <= 1e-12*high {
			return high
		}
		cut = next
	}
	return high
}

// shrink changes a perturbation into the nearest in the ball; there is no range of pixels.
func (b Ball) shrink(p []float32) {
	switch b.Norm {
	case Linf:
		eps := float32(b.Eps)
		for i, v := range p {
			p[i] = min(max(v, -eps), eps)
		}
	case L2:
		if d := length(p); d > b.Eps {
			scale(p, b.Eps/d)
		}
	case L1:
		change, room, sum := make([]float64, len(p)), make([]float64, len(p)), 0.0
		for i, v := range p {
			change[i], room[i] = math.Abs(float64(v)), math.Inf(1)
			sum += change[i]
		}
		if sum <= b.Eps {
			return
		}
		cut := shortening(change, room, b.Eps)
		for i, v := range p {
			p[i] = float32(math.Copysign(max(change[i]-cut, 0), float64(v)))
		}
	}
}

// scale multiplies a vector by a number.
func scale(x []float32, by float64) {
	for i, v := range x {
		x[i] = float32(by * float64(v))
	}
}

// random sets p to a point drawn evenly from the ball; one of [L1] by exponential numbers over their sum, one of [L2] by a direction
// and the length that is right for so many dimensions.
func (b Ball) random(p []float32, rng *rand.Rand) {
	switch b.Norm {
	case Linf:
		for i := range p {
			p[i] = float32(b.Eps * (2*rng.Float64() - 1))
		}
	case L2:
		gaussian(p, rng)
		scale(p, b.Eps*math.Pow(rng.Float64(), 1/float64(len(p)))/max(length(p), 1e-12))
	case L1:
		sum := rng.ExpFloat64() // what is left of the ball
		draws := make([]float64, len(p))
		for i := range draws {
			draws[i] = rng.ExpFloat64()
			sum += draws[i]
		}
		for i, d := range draws {
			if rng.Uint64()&1 == 0 {
				d = -d
			}
			p[i] = float32(b.Eps * d / sum)
		}
	}
}

func gaussian(p []float32, rng *rand.Rand) {
	for i := range p {
		p[i] = float32(rng.NormFloat64())
	}
}
