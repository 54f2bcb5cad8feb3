package attack

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// DeepFool goes to the nearest of the planes that the boundaries of the label to the other classes are at the point where it stands,
// until the network is fooled (Moosavi-Dezfooli, Fawzi and Frossard 2016, arXiv 1511.04599, algorithm 2; section 3.3 for other norms).
// It asks for one gradient per step and class. It draws nothing.
type DeepFool struct {
	// Norm is L2 or Linf.
	Norm Norm
	// Eps limits what counts as found; 0 does not. DeepFool stops just behind a boundary, and does not look for a nearer one.
	Eps float64
	// Steps is the largest number of steps.
	Steps int
	// Classes is the number of classes, from the largest logit of the sample on, that a boundary is looked for to.
	Classes int
	// Overshoot is how far it goes over the boundary, as a part of the way.
	Overshoot float64
}

// NewDeepFool returns the attack as in the paper: 50 steps, 9 other classes, and an overshoot of 0.02.
func NewDeepFool(n Norm, eps float64) DeepFool {
	return DeepFool{Norm: n, Eps: eps, Steps: 50, Classes: 9, Overshoot: 0.02}
}

// Name returns such as deepfool(l2, 50, 9 classes, overshoot 0.02).
func (a DeepFool) Name() string {
	return fmt.Sprintf("deepfool(%s%s, %d, %d classes, overshoot %v)", a.Norm, limit(a.Eps), a.Steps, a.Classes, a.Overshoot)
}

// Check returns an error unless the settings are right. Perturb does so too.
func (a DeepFool) Check() error {
	if err := a.Ball().check(); err != nil && a.Eps != 0 {
		return err
	}
	if a.Norm != Linf && a.Norm != L2 || a.Steps < 1 || a.Classes < 1 || !(a.Overshoot >= 0) {
		return fmt.Errorf("attack: deepfool in %q with %d steps, %d classes and an overshoot of %v, want linf or l2, at least 1, 1 and 0",
			a.Norm, a.Steps, a.Classes, a.Overshoot)
	}
	return nil
}

// Ball implements [Bounded]. Without an Eps it is infinite.
func (a DeepFool) Ball() Ball { return around(a.Norm, a.Eps) }

// Perturb implements [Attack].
func (a DeepFool) Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error) {
	r, err := a.Search(ctx, s, net, rng)
	return r.X, err
}

// Search implements [Searcher].
func (a DeepFool) Search(ctx context.Context, s *Sample, net Network, _ *rand.Rand) (Finding, error) {
	if err := a.Check(); err != nil {
		return Finding{}, err
	}
	logits, best, err := begin(ctx, a.Name(), s, net)
	if err != nil || best.Fooled {
		return best, err
	}
	classes := others(logits, s.Label)
	classes = classes[:min(a.Classes, len(classes))]
	x, total, step := slices.Clone(s.X), make([]float64, len(s.X)), make([]float32, len(s.X))
	for range a.Steps {
		size, err := a.nearest(ctx, s, net, classes, x, step)
		if err != nil {
			return best, err
		}
		for i, v := range step {
			total[i] += size * float64(v)
			x[i] = unit(float64(s.X[i]) + (1+a.Overshoot)*total[i])
		}
		logits, err := net.Logits(ctx, x)
		if err != nil {
			return best, err
		}
		if s.wrong(logits) {
			best.keep(a.Norm, s, x, a.Eps, a.Name())
			break
		}
	}
	return best, nil
}

// nearest finds the nearest of the planes at x, and writes the direction to it into step; the way is step times what it returns.
func (a DeepFool) nearest(ctx context.Context, s *Sample, net Network, classes []int, x, step []float32) (float64, error) {
	const tiny = 1e-8 // against a gradient of 0
	var size, nearest float64
	for i, k := range classes {
		g, err := net.Gradient(ctx, x, difference(net.Classes(), k, s.Label))
		if err != nil {
			return 0, err
		}
		dual := a.Norm.dual().size(g.Grad) + tiny
		distance := max(-float64(g.Loss), float64(g.Loss)) / dual
		if i > 0 && !(distance < nearest) {
			continue
		}
		nearest, size = distance, (distance+1e-4)/dual // the addition is the authors', so that the last step ends
		copy(step, g.Grad)
	}
	if a.Norm == Linf {
		size = nearest + 1e-4
		for i, v := range step {
			if v != 0 {
				step[i] = float32(math.Copysign(1, float64(v)))
			}
		}
	}
	return size, nil
}
