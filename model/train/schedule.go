package train

import "math"

// rate returns the learning rate of a step, counted from 0, of a run of total steps: it grows linearly through the warm-up, whose last
// step has all of lr, and then stays, or falls as half a cosine (Loshchilov, Hutter, arXiv 1608.03983) that would reach 0 one step after
// the last.
func (s Schedule) rate(lr float64, step, total int) float64 {
	warm := int(math.Round(s.Warmup * float64(total)))
	switch {
	case step < warm:
		return lr * float64(step+1) / float64(warm)
	case s.Decay == "cosine":
		return lr * (1 + math.Cos(math.Pi*float64(step-warm)/float64(total-warm))) / 2
	}
	return lr
}
