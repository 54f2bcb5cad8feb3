package attack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
)

// FAB is the targeted fast adaptive boundary attack (Croce and Hein 2020, arXiv 1907.02044), as it stands in AutoAttack. For each of the
// classes with the largest logits it goes along the boundary between the label and that class for the clip next to the sample: each step
// puts the point, and the sample, onto the plane that the boundary is there, takes a mean of the two that leans to the nearer, and when
// it is over the boundary goes back towards the sample. It asks for one gradient and one set of logits per step. It starts at the
// sample, and draws nothing.
type FAB struct {
	Norm Norm
	// Eps ends the attack at the first clip within it, and limits what counts as found. 0 looks for the smallest perturbation.
	Eps float64
	// Steps is the number of steps for each class.
	Steps int
	// Targets is the number of classes, or all if there are fewer.
	Targets int
}

// The constants of FAB, section 3.4 of the paper and AutoAttack: the largest weight of the sample in a step, the overshoot over the
// plane, and how much is kept of the way from the sample when going back.
const (
	fabAlpha = 0.1
	fabEta   = 1.05
	fabBeta  = 0.9
)

// NewFAB returns the attack as AutoAttack runs it, with 100 steps for each of 9 classes.
func NewFAB(n Norm, eps float64) FAB { return FAB{Norm: n, Eps: eps, Steps: 100, Targets: 9} }

// Name returns such as fab(linf, 8/255, 100, 9 targets).
func (a FAB) Name() string {
	return fmt.Sprintf("fab(%s%s, %d, %d targets)", a.Norm, limit(a.Eps), a.Steps, a.Targets)
}

// Check returns an error unless the settings are right. Perturb does so too.
func (a FAB) Check() error {
	if err := a.Ball().check(); err != nil && a.Eps != 0 {
		return err
	}
	if a.Norm.dual() == "" || a.Steps < 1 || a.Targets < 1 {
		return fmt.Errorf("attack: fab in %q with %d steps for %d classes, want linf, l2 or l1, and at least 1 of each", a.Norm, a.Steps, a.Targets)
	}
	return nil
}

// Ball implements [Bounded]. Without an Eps it is infinite.
func (a FAB) Ball() Ball { return around(a.Norm, a.Eps) }

// Perturb implements [Attack].
func (a FAB) Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error) {
	r, err := a.Search(ctx, s, net, rng)
	return r.X, err
}

// Search implements [Searcher].
func (a FAB) Search(ctx context.Context, s *Sample, net Network, _ *rand.Rand) (Finding, error) {
	if err := a.Check(); err != nil {
		return Finding{}, err
	}
	logits, best, err := begin(ctx, a.Name(), s, net)
	if err != nil || best.Fooled {
		return best, err
	}
	classes := others(logits, s.Label)
	for _, target := range classes[:min(a.Targets, len(classes))] {
		if err := a.approach(ctx, s, net, target, &best); err != nil {
			return best, err
		}
		if best.Fooled && a.Eps != 0 {
			break
		}
	}
	return best, nil
}

// approach searches along the boundary of one class.
func (a FAB) approach(ctx context.Context, s *Sample, net Network, target int, best *Finding) error {
	loss := difference(net.Classes(), target, s.Label)
	x, near, far := slices.Clone(s.X), make([]float32, len(s.X)), make([]float32, len(s.X))
	for range a.Steps {
		g, err := net.Gradient(ctx, x, loss)
		if err != nil {
			return err
		}
		// The boundary is where loss + <grad, z - x> is 0.
		atSample := float64(g.Loss)
		for i, v := range g.Grad {
			atSample += float64(v) * (float64(s.X[i]) - float64(x[i]))
		}
		project(a.Norm, x, g.Grad, float64(g.Loss), near)
		project(a.Norm, s.X, g.Grad, atSample, far)
		alpha := max(a.Norm.size(near), 1e-8)
		alpha = min(alpha/(alpha+max(a.Norm.size(far), 1e-8)), fabAlpha)
		for i := range x {
			mine, sample := float64(x[i])+fabEta*float64(near[i]), float64(s.X[i])+fabEta*float64(far[i])
			x[i] = unit((1-alpha)*mine + alpha*sample)
		}
		logits, err := net.Logits(ctx, x)
		if err != nil {
			return err
		}
		if !s.wrong(logits) {
			continue
		}
		if best.keep(a.Norm, s, x, a.Eps, a.Name()) && a.Eps != 0 {
			return nil
		}
		for i := range x {
			x[i] = s.X[i] + fabBeta*(x[i]-s.X[i])
		}
	}
	return nil
}
