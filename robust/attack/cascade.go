package attack

import (
	"context"
	"math/rand/v2"
)

// Cascade runs attacks one after the other on a sample, each on the sample itself, until one fools the network.
type Cascade struct {
	// Title is its name.
	Title string
	// Norm is that of the attacks.
	Norm Norm
	// Attacks are tried in this order.
	Attacks []Attack
}

// Name returns the title.
func (c Cascade) Name() string { return c.Title }

// Perturb implements [Attack].
func (c Cascade) Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error) {
	r, err := c.Search(ctx, s, net, rng)
	return r.X, err
}

// Search implements [Searcher]. By is the name of the attack that fooled the network; X is a copy of the sample where none did.
func (c Cascade) Search(ctx context.Context, s *Sample, net Network, rng *rand.Rand) (Finding, error) {
	_, r, err := begin(ctx, c.Title, s, net)
	if err != nil || r.Fooled {
		return r, err
	}
	for _, a := range c.Attacks {
		x, err := a.Perturb(ctx, s, net, rng)
		if err != nil {
			return r, err
		}
		logits, err := net.Logits(ctx, x)
		if err != nil {
			return r, err
		}
		if fooled(logits, s.Label) {
			return Finding{X: x, Fooled: true, Norm: c.Norm.Of(s.X, x), By: a.Name()}, nil
		}
	}
	return r, nil
}
