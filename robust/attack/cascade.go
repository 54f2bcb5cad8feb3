package attack

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// Cascade runs attacks one after the other on a sample, each on the sample itself, until one fools the network.
type Cascade struct {
	// Title is its name.
	Title string
	// Within is the ball of all of the attacks.
	Within Ball
	// Attacks are tried in this order.
	Attacks []Attack
}

// AutoAttack returns the standard version of AutoAttack (Croce and Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble of
// diverse parameter-free attacks", arXiv 2003.01690) in linf or l2: [APGDCE], [APGDT], [NewFAB] and [NewSquare], without restarts. It
// needs at least 4 classes.
func AutoAttack(norm Norm, eps float64) Cascade {
	return Cascade{
		Title:   fmt.Sprintf("autoattack(%s, %s)", norm, Level(eps)),
		Within:  Ball{norm, eps},
		Attacks: []Attack{APGDCE(norm, eps), APGDT(norm, eps), NewFAB(norm, eps), NewSquare(norm, eps)},
	}
}

// Name returns the title.
func (c Cascade) Name() string { return c.Title }

// Check returns an error unless the settings of all attacks are right. Perturb does so too.
func (c Cascade) Check() error {
	if err := c.Within.check(); err != nil {
		return err
	}
	for _, a := range c.Attacks {
		if a, ok := a.(interface{ Check() error }); ok {
			if err := a.Check(); err != nil {
				return err
			}
		}
		if b, ok := a.(Bounded); !ok || b.Ball() != c.Within {
			return fmt.Errorf("attack: %s is made of %s, want attacks within %v in %s", c.Title, a.Name(), c.Within.Eps, c.Within.Norm)
		}
	}
	return nil
}

// Ball implements [Bounded].
func (c Cascade) Ball() Ball { return c.Within }

// Perturb implements [Attack].
func (c Cascade) Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error) {
	r, err := c.Search(ctx, s, net, rng)
	return r.X, err
}

// Search implements [Searcher]. By is the name of the attack that fooled the network; X is a copy of the sample where none did.
func (c Cascade) Search(ctx context.Context, s *Sample, net Network, rng *rand.Rand) (Finding, error) {
	if err := c.Check(); err != nil {
		return Finding{}, err
	}
	_, none, err := begin(ctx, c.Title, s, net)
	if err != nil || none.Fooled {
		return none, err
	}
	for _, a := range c.Attacks {
		x, err := a.Perturb(ctx, s, net, rng)
		if err != nil {
			return Finding{}, err
		}
		logits, err := net.Logits(ctx, x)
		if err != nil {
			return Finding{}, err
		}
		if s.wrong(logits) {
			return Finding{X: x, Fooled: true, Norm: c.Within.Norm.Of(s.X, x), By: a.Name()}, nil
		}
	}
	return none, nil
}
