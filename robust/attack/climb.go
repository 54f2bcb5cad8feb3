package attack

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// climber is PGD on one sample.
type climber struct {
	PGD
	sample *Sample
	net    Network
	rng    *rand.Rand
	loss   Loss
	space  space

	p        []float32 // the parameters of the perturbation
	x        []float32 // the clip that they give
	gradient []float32 // in the parameters
	momentum []float32 // nil without
	ahead    []float32 // what momentum alone adds to p
	asked    []float32 // the clip that is asked about, where it is not x
}

// begin asks what has to be known before the first step.
func (p PGD) begin(ctx context.Context, s *Sample, net Network, rng *rand.Rand) (*climber, error) {
	c := &climber{PGD: p, sample: s, net: net, rng: rng, loss: Loss{Kind: p.Loss, Label: s.Label}}
	if c.Step == 0 {
		c.Step = 2.5 * p.Eps / float64(p.Steps)
	}
	if p.Loss == Distance {
		z, err := net.Logits(ctx, s.X)
		if err != nil {
			return nil, err
		}
		c.loss.Vector = slices.Clone(z)
	}
	c.space = space{Constraint: p.Constraint, ball: p.Ball(), origin: s.X, shape: s.Shape}
	n := c.space.size()
	c.p, c.gradient, c.x = make([]float32, n), make([]float32, n), make([]float32, len(s.X))
	if p.Momentum > 0 {
		c.momentum = make([]float32, n)
	}
	if p.Nesterov {
		c.ahead = make([]float32, n)
	}
	if p.Nesterov || p.Diversity.Share > 0 {
		c.asked = make([]float32, len(s.X))
	}
	if p.Constraint.Kind != Sparse {
		return c, nil
	}
	var gradient []float32
	if p.Constraint.Frames > 0 {
		from := s.X
		if p.Loss == Distance { // which has no gradient there
			c.start()
			from = c.x
		}
		a, err := net.Gradient(ctx, from, c.loss)
		if err != nil {
			return nil, err
		}
		gradient = a.Grad
	}
	return c, c.space.choose(gradient)
}

// start sets the parameters to those of the clip itself, or random ones.
func (c *climber) start() {
	clear(c.p)
	clear(c.momentum)
	if c.RandomStart {
		Ball{c.Norm, c.space.radius()}.random(c.p, c.rng)
		c.space.mask(c.p)
		c.space.limit(c.p)
	}
	c.space.clip(c.x, c.p)
}

// climb makes a run. It reports whether it ended because the network is wrong about x.
func (c *climber) climb(ctx context.Context) (wrong bool, err error) {
	c.start()
	for range c.Steps {
		at, smaller := c.look()
		a, err := c.net.Gradient(ctx, at, c.loss)
		if err != nil {
			return false, err
		}
		if !c.Full && &at[0] == &c.x[0] && c.sample.wrong(a.Logits) {
			return true, nil
		}
		gradient := a.Grad
		if smaller != nil {
			gradient = c.asked
			smaller.adjoint(gradient, a.Grad)
		}
		c.space.reduce(c.gradient, gradient)
		c.step()
		c.space.limit(c.p)
		c.space.clip(c.x, c.p)
	}
	return false, nil
}

// look returns the clip at which the gradient is asked for, and the smaller version that it is, if it is one.
func (c *climber) look() (at []float32, smaller *variant) {
	at = c.x
	if c.Nesterov {
		for i, v := range c.momentum {
			c.ahead[i] = float32(c.Momentum * c.stride() * float64(v))
		}
		at = c.asked
		c.space.add(at, c.x, c.ahead) // beyond the ball and the range of pixels, as in the paper
	}
	if c.Diversity.Share > 0 && c.rng.Float64() < c.Diversity.Share {
		smaller = c.Diversity.draw(c.sample.Shape, c.rng)
		smaller.apply(c.asked, slices.Clone(at))
		at = c.asked
	}
	return at, smaller
}

// stride returns the length of a step in the parameters.
func (c *climber) stride() float64 { return c.Step * c.space.radius() / c.Eps }

// step goes up along the gradient, or the momentum.
func (c *climber) step() {
	g := c.gradient
	if c.momentum != nil {
		size := length(g)
		if c.Norm != L2 {
			size = 0
			for _, v := range g {
				size += math.Abs(float64(v))
			}
			size /= float64(len(g))
		}
		for i, v := range g {
			c.momentum[i] = float32(c.Momentum*float64(c.momentum[i]) + float64(v)/max(size, 1e-30))
		}
		g = c.momentum
	}
	steepest(c.Norm, g, c.stride(), func(i int, by float32) { c.p[i] += by })
}

// steepest calls add with the elements of the step of a length in a norm that goes up steepest, or for L1 nearly so.
func steepest(norm Norm, g []float32, size float64, add func(i int, by float32)) {
	switch norm {
	case Linf:
		for i, v := range g {
			if s := sign(v); s != 0 {
				add(i, s*float32(size))
			}
		}
	case L2:
		by := size / (length(g) + 1e-12)
		for i, v := range g {
			add(i, float32(by*float64(v)))
		}
	case L1:
		sparseStep(g, max(1, len(g)/100), size, add)
	}
}

// sparseStep shares a length evenly among the elements of which the gradient is greatest, k of them and those equal to the last.
func sparseStep(g []float32, k int, size float64, add func(i int, by float32)) {
	sizes := make([]float32, len(g))
	for i, v := range g {
		sizes[i] = max(v, -v)
		if v != v {
			sizes[i] = 0
		}
	}
	least, n := greatest(sizes, k), 0
	for _, v := range g {
		if sign(v) != 0 && max(v, -v) >= least {
			n++
		}
	}
	for i, v := range g {
		if s := sign(v); s != 0 && max(v, -v) >= least {
			add(i, s*float32(size/float64(n)))
		}
	}
}

// greatest returns the k-th greatest number, from 1 on, and changes the order: of numbers around a middle one, the part is kept in which it is. None is NaN.
func greatest(list []float32, k int) float32 {
	for len(list) > 1 {
		a, b, c := list[0], list[len(list)/2], list[len(list)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		above, i, end := 0, 0, len(list) // greater, equal, not seen, less
		for i < end {
			switch v := list[i]; {
			case v > pivot:
				list[i], list[above] = list[above], v
				above++
				i++
			case v == pivot:
				i++
			default:
				end--
				list[i], list[end] = list[end], v
			}
		}
		switch {
		case k <= above:
			list = list[:above]
		case k <= end:
			return pivot
		default:
			list, k = list[end:], k-end
		}
	}
	return list[0]
}

// sign is 1, -1, or 0 for 0 and NaN.
func sign(v float32) float32 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
