package attack

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// PGD is projected gradient ascent: from the clip, or a random point near it, it goes up a loss in steps of one length, each followed by
// the projection into the ball (Madry et al. 2018, "Towards Deep Learning Models Resistant to Adversarial Attacks", arXiv 1706.06083; Kurakin et
// al. 2017, arXiv 1607.02533, without the random start). A step goes along the sign of the gradient for [Linf], along the gradient for
// [L2], and along the signs of the hundredth part with the greatest gradients for [L1] (Tramèr and Boneh 2019, "Adversarial Training and Robustness
// for Multiple Perturbations", arXiv 1904.13000, SLIDE). [FGSM] and others return it with the settings of their papers.
//
// It ends as soon as the network is wrong about the clip, unless Full is set. Otherwise it returns the last clip; that of the
// restart with the greatest loss, where there are several.
type PGD struct {
	Norm     Norm    // a ball of Norm and Eps
	Eps      float64 // of Linf 0 to 1, such as 8.0/255
	Steps    int
	Step     float64 // the length of one in Norm; 0: 2.5 Eps / Steps
	Restarts int     // 0: one run
	// RandomStart begins at a random point of the ball.
	RandomStart bool
	// Momentum adds up the gradients, each divided by its mean magnitude (for L2: its length), and those before times Momentum.
	Momentum float64
	// Nesterov asks for the gradient at the place where the momentum alone would lead.
	Nesterov   bool
	Diversity  Diversity
	Constraint Constraint
	Loss       LossKind // CrossEntropy, DLR, or Distance from what the network gives for the clip, which needs no label
	Full       bool     // make all steps, for comparison with other implementations
}

// FGSM returns the fast gradient sign method: one step of length eps (Goodfellow et al. 2015, "Explaining and Harnessing Adversarial
// Examples", arXiv 1412.6572), and its like for the other norms.
func FGSM(norm Norm, eps float64) PGD { return PGD{Norm: norm, Eps: eps, Steps: 1, Step: eps} }

// BIM returns the basic iterative method: PGD without a random start, in steps of eps/steps.
func BIM(norm Norm, eps float64, steps int) PGD {
	return PGD{Norm: norm, Eps: eps, Steps: steps, Step: eps / float64(steps)}
}

// NewPGD returns PGD with a random start.
func NewPGD(norm Norm, eps float64, steps int) PGD {
	return PGD{Norm: norm, Eps: eps, Steps: steps, RandomStart: true}
}

// MIFGSM returns the momentum iterative method (Dong et al. 2018, "Boosting Adversarial Attacks with Momentum", arXiv 1710.06081): momentum 1,
// steps of eps/steps.
func MIFGSM(norm Norm, eps float64, steps int) PGD {
	p := BIM(norm, eps, steps)
	p.Momentum = 1
	return p
}

// NIFGSM returns the momentum method with Nesterov's gradient (Lin et al. 2020, "Nesterov Accelerated Gradient and Scale Invariance for
// Adversarial Attacks", arXiv 1908.06281).
func NIFGSM(norm Norm, eps float64, steps int) PGD {
	p := MIFGSM(norm, eps, steps)
	p.Nesterov = true
	return p
}

// DIFGSM returns the momentum method with diverse inputs (Xie et al. 2019, "Improving Transferability of Adversarial Examples with Input
// Diversity", arXiv 1803.06978): half of the gradients are those of the clip made up to a tenth smaller, at a random place.
func DIFGSM(norm Norm, eps float64, steps int) PGD {
	p := MIFGSM(norm, eps, steps)
	p.Diversity = Diversity{Share: 0.5, Smallest: 0.9}
	return p
}

// Representation returns an attack that needs no labels: PGD that takes what the network gives, such as the features of an encoder without a
// head, as far as it can from what it gives for the clip, by cosine similarity (as Kim et al. 2020, "Adversarial Self-Supervised Contrastive
// Learning", arXiv 2006.07589, attack instances).
func Representation(norm Norm, eps float64, steps int) PGD {
	p := NewPGD(norm, eps, steps)
	p.Loss = Distance
	return p
}

// Check returns an error unless the settings are right. Perturb does so too.
func (p PGD) Check() error {
	if err := p.Ball().check(); err != nil {
		return err
	}
	switch {
	case p.Steps < 1:
		return fmt.Errorf("attack: %d steps, want at least 1", p.Steps)
	case !(p.Step >= 0) || math.IsInf(p.Step, 0):
		return fmt.Errorf("attack: steps of %v, want a length, or 0 for 2.5 epsilon / steps", p.Step)
	case p.Restarts < 0:
		return fmt.Errorf("attack: %d restarts, want at least 1, or 0 for one run", p.Restarts)
	case p.Restarts > 1 && !p.RandomStart:
		return fmt.Errorf("attack: %d restarts without a random start would all do the same", p.Restarts)
	case !(p.Momentum >= 0 && p.Momentum <= 1):
		return fmt.Errorf("attack: momentum %v, want 0 to 1", p.Momentum)
	case p.Nesterov && (p.Momentum == 0 || p.Norm == L1):
		return fmt.Errorf("attack: nesterov's gradient with momentum %v in %s, want momentum, in linf or l2", p.Momentum, p.Norm)
	case p.Loss != CrossEntropy && p.Loss != DLR && p.Loss != Distance:
		return fmt.Errorf("attack: pgd of the loss %s, want cross_entropy, dlr or distance", p.Loss)
	case p.Loss == Distance && !p.RandomStart:
		return fmt.Errorf("attack: distance from the clip has no gradient at the clip: want a random start")
	}
	if err := p.Diversity.check(); err != nil {
		return err
	}
	return p.Constraint.check()
}

// Ball implements [Bounded].
func (p PGD) Ball() Ball { return Ball{p.Norm, p.Eps} }

// Name implements [Attack].
func (p PGD) Name() string {
	name := "pgd"
	switch {
	case p.Loss == Distance:
		name = "representation"
	case p.Diversity.Share > 0:
		name = "di-fgsm"
	case p.Nesterov:
		name = "ni-fgsm"
	case p.Momentum > 0:
		name = "mi-fgsm"
	case p.Steps == 1 && !p.RandomStart:
		name = "fgsm"
	case !p.RandomStart:
		name = "bim"
	}
	parts := []string{string(p.Norm), Level(p.Eps), fmt.Sprint(p.Steps)}
	add := func(yes bool, format string, args ...any) {
		if yes {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(p.Step > 0, "step %s", Level(p.Step))
	add(p.Restarts > 1, "%d restarts", p.Restarts)
	add(p.RandomStart && (p.Momentum > 0 || p.Diversity.Share > 0), "random start")
	add(p.Momentum > 0, "momentum %v", p.Momentum)
	add(p.Nesterov && p.Diversity.Share > 0, "nesterov")
	add(p.Diversity.Share > 0, "diversity %v %v", p.Diversity.Share, p.Diversity.Smallest)
	add(p.Constraint.Kind != Free, "%s", p.Constraint)
	add(p.Loss == DLR, "%s", p.Loss)
	add(p.Full, "full")
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// Level writes a length as levels of 255 where it is a whole number of them or half of one, up to 16, such as 8/255.
func Level(v float64) string {
	if twice := v * 510; twice > 0.5 && twice < 32.5 && math.Abs(twice-math.Round(twice)) < 1e-9 {
		return fmt.Sprintf("%v/255", math.Round(twice)/2)
	}
	return fmt.Sprint(v)
}

// Perturb implements [Attack].
func (p PGD) Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	r, err := p.begin(ctx, s, net, rng)
	if err != nil {
		return nil, err
	}
	var best []float32
	most := math.Inf(-1)
	for run := range max(p.Restarts, 1) {
		wrong, err := r.climb(ctx)
		if err != nil {
			return nil, err
		}
		if wrong || p.Restarts <= 1 {
			return r.x, nil
		}
		z, err := net.Logits(ctx, r.x)
		if err != nil {
			return nil, err
		}
		if s.wrong(z) && !p.Full {
			return r.x, nil
		}
		if value := r.loss.Of(z); run == 0 || value > most {
			best, most = append(best[:0], r.x...), value
		}
	}
	return best, nil
}

// wrong reports whether logits are not those of the right class, and that is what the attack is after.
func (s *Sample) wrong(z []float32) bool { return s.Label >= 0 && !s.surrogate && Best(z) != s.Label }
