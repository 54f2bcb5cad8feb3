package attack

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

// The constants of Croce and Hein 2020, section 3.2, and 2021, section 3.
const (
	apgdMomentum = 0.75 // of the new direction; the rest is of the last step
	apgdRho      = 0.75 // the loss has to go up in more than that part of the steps
	apgdFirst    = 0.22 // the first checkpoint, of all steps
	apgdLess     = 0.03 // by which the distance of checkpoints shrinks
	apgdLeast    = 0.06 // the least distance

	l1Check   = 0.04 // the distance of checkpoints for L1
	l1Share   = 0.2  // the part of the elements that the first steps change
	l1Sparser = 1.5  // by which fewer elements a step changes than the best perturbation does, and steps become shorter
	l1Least   = 10.  // the shortest step is that much shorter than the longest
	l1Fewer   = 0.95 // so much sparser has the perturbation to become for steps to be long again
)

// ascent is one run of APGD on one sample.
type ascent struct {
	sample *Sample
	net    Network
	loss   Loss
	ball   Ball

	x, old   []float32 // where it is, and was before the last step
	gradient []float32 // at x
	value    float64   // the loss at x
	step     float64

	best         []float32
	bestGradient []float32
	most         float64 // the loss at best
}

// run goes up. If it reports that the network is wrong, it is so about x.
func (c *ascent) run(ctx context.Context, a APGD, rng *rand.Rand) (wrong bool, err error) {
	c.ball = a.Ball()
	c.start(rng)
	if a.Norm != L1 {
		return c.climb(ctx, a.Steps)
	}
	wide := int(math.Ceil(0.3 * float64(a.Steps)))
	stages := []struct {
		size  float64
		steps int
	}{{3, wide}, {2, wide}, {1, max(a.Steps-2*wide, 1)}}
	for i, stage := range stages {
		c.ball.Eps = stage.size * a.Eps
		if i > 0 {
			c.x = slices.Clone(c.best)
		}
		c.ball.Project(c.x, c.sample.X)
		wrong, err = c.sparse(ctx, stage.steps, i > 0, stage.size == 1)
		if wrong || err != nil {
			break
		}
	}
	return wrong, err
}

// start draws a point on the border of the ball.
func (c *ascent) start(rng *rand.Rand) {
	d := make([]float32, len(c.sample.X))
	size := 1.0 // for L1 a normal distribution, which is projected
	switch c.ball.Norm {
	case Linf:
		Ball{Linf, 1}.random(d, rng)
		most := 0.0
		for _, v := range d {
			most = max(most, math.Abs(float64(v)))
		}
		size = c.ball.Eps / max(most, 1e-12)
	case L2:
		gaussian(d, rng)
		size = c.ball.Eps / max(length(d), 1e-12)
	case L1:
		gaussian(d, rng)
	}
	for i, o := range c.sample.X {
		d[i] = o + float32(size*float64(d[i]))
	}
	c.x = d
	if c.ball.Norm != L1 {
		c.ball.Project(c.x, c.sample.X)
	}
}

// ask gets the loss and its gradient at x, and keeps x if the loss is the greatest. It reports whether the network is wrong about it.
func (c *ascent) ask(ctx context.Context, first bool) (wrong bool, err error) {
	a, err := c.net.Gradient(ctx, c.x, c.loss)
	if err != nil {
		return false, err
	}
	c.gradient, c.value = append(c.gradient[:0], a.Grad...), float64(a.Loss)
	if first || c.value > c.most {
		c.keep()
	}
	return c.sample.wrong(a.Logits), nil
}

func (c *ascent) keep() {
	c.best, c.bestGradient = append(c.best[:0], c.x...), append(c.bestGradient[:0], c.gradient...)
	c.most = c.value
}

// back returns to the best point.
func (c *ascent) back() {
	c.x, c.gradient = append(c.x[:0], c.best...), append(c.gradient[:0], c.bestGradient...)
}

// climb is algorithm 1 of the paper.
func (c *ascent) climb(ctx context.Context, steps int) (wrong bool, err error) {
	if wrong, err = c.ask(ctx, true); wrong || err != nil {
		return wrong, err
	}
	part := func(share float64) int { return max(int(share*float64(steps)), 1) }
	gap, since, rises := part(apgdFirst), 0, 0
	halved, last := true, c.most // at the last checkpoint
	c.step = 2 * c.ball.Eps
	c.old = slices.Clone(c.x)
	for i := range steps {
		c.move(i == 0)
		before := c.value
		if wrong, err = c.ask(ctx, false); wrong || err != nil {
			return wrong, err
		}
		since++
		if c.value > before {
			rises++
		}
		if since < gap {
			continue
		}
		halved = float64(rises) <= apgdRho*float64(gap) || !halved && last >= c.most
		last = c.most
		if halved {
			c.step /= 2
			c.back()
		}
		gap, since, rises = max(gap-part(apgdLess), part(apgdLeast)), 0, 0
	}
	return false, nil
}

// move makes a step, with momentum but for the first.
func (c *ascent) move(first bool) {
	fresh := float32(apgdMomentum)
	if first {
		fresh = 1
	}
	next := slices.Clone(c.x)
	steepest(c.ball.Norm, c.gradient, c.step, func(i int, by float32) { next[i] += by })
	c.ball.Project(next, c.sample.X)
	for i, x := range c.x {
		next[i] = x + fresh*(next[i]-x) + (1-fresh)*(x-c.old[i])
	}
	c.ball.Project(next, c.sample.X)
	c.old, c.x = c.x, next
}

// sparse is a stage of APGD for L1. Only in the last is a clip within the ball of the attack.
func (c *ascent) sparse(ctx context.Context, steps int, later, last bool) (wrong bool, err error) {
	if wrong, err = c.ask(ctx, true); wrong && last || err != nil {
		return wrong, err
	}
	n := float64(len(c.x))
	share, before := l1Share, n
	if later {
		before = c.changed(c.x)
		share = before / n / l1Sparser
	}
	gap := max(int(l1Check*float64(steps)), 1)
	c.step = c.ball.Eps
	for i := range steps {
		k := len(c.x) - min(int((1-share)*n), len(c.x)-1)
		sparseStep(c.gradient, k, c.step, func(i int, by float32) { c.x[i] += by })
		c.ball.Project(c.x, c.sample.X)
		if wrong, err = c.ask(ctx, false); wrong && last || err != nil {
			return wrong, err
		}
		if (i+1)%gap != 0 {
			continue
		}
		now := c.changed(c.best)
		share = now / n / l1Sparser
		c.step = max(c.step/l1Sparser, c.ball.Eps/l1Least)
		if now < l1Fewer*before {
			c.step = c.ball.Eps
			c.back()
		}
		before = now
	}
	return false, nil
}

// changed returns the number of elements that are not as in the clip.
func (c *ascent) changed(x []float32) float64 {
	n := 0
	for i, o := range c.sample.X {
		if x[i] != o {
			n++
		}
	}
	return float64(n)
}
