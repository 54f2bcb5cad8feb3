package attack

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/sourcegraph/conc/panics"

	"vidcsl/pipeline"
)

// lane is one sample under attack: its network, which asks through the scheduler, and what is counted.
type lane struct {
	*lanes
	sample   *Sample
	question question
	result   Result
}

// Classes implements [Network].
func (l *lane) Classes() int { return l.m.net.Classes }

// Logits implements [Network].
func (l *lane) Logits(ctx context.Context, x []float32) ([]float32, error) {
	l.result.Forwards++
	err := l.ask(ctx, x, nil)
	return l.question.logits, err
}

// Gradient implements [Network].
func (l *lane) Gradient(ctx context.Context, x []float32, loss Loss) (Answer, error) {
	if err := l.m.allows(loss); err != nil {
		return Answer{}, err
	}
	l.result.Gradients++
	err := l.ask(ctx, x, &loss)
	return Answer{Loss: l.question.value, Logits: l.question.logits, Grad: l.question.grad}, err
}

func (l *lane) ask(ctx context.Context, x []float32, loss *Loss) error {
	if len(x) != len(l.sample.X) {
		return fmt.Errorf("attack: a question about a clip of %d numbers, want %d", len(x), len(l.sample.X))
	}
	l.question.x, l.question.loss = x, loss
	select {
	case l.asked <- &l.question:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-l.question.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// run attacks the sample and hands on the result, or ends all with the error.
func (l *lane) run(ctx context.Context) {
	var err error
	if p := panics.Try(func() { err = l.examine(ctx) }); p != nil {
		err = p.AsError()
	}
	if err != nil {
		l.fail(fmt.Errorf("attack: %s on sample %q: %w", l.attack.Name(), l.sample.Key, err))
		return
	}
	select {
	case l.ended <- &l.result:
	case <-ctx.Done():
	}
}

// examine asks what the network takes the clip for, attacks it and looks at what came of it.
func (l *lane) examine(ctx context.Context) error {
	s, r := l.sample, &l.result
	r.sample, r.Key, r.Label, r.Clean, r.Prediction = l.question.sample, s.Key, s.Label, -1, -1
	z, err := l.Logits(ctx, s.X)
	if err != nil {
		return err
	}
	clean := append([]float32(nil), z...)
	if l.Classes() > 0 {
		r.Clean = Best(clean)
		r.Prediction = r.Clean
		if s.wrong(clean) {
			return nil
		}
	}
	rng := pipeline.Rand(l.options.Seed, l.attack.Name(), s.Key)
	r.Attacked, r.Forwards = true, 0
	x, err := l.perturb(ctx, rng)
	if err != nil {
		return err
	}
	asked := r.Forwards
	if err := within(l.attack, s.X, x); err != nil {
		return err
	}
	if z, err = l.Logits(ctx, x); err != nil {
		return err
	}
	if l.Classes() > 0 {
		r.Prediction = Best(z)
	}
	r.Distance = distance(clean, z)
	r.Success = s.Label >= 0 && r.Prediction != s.Label
	r.Forwards = asked
	r.measure(s, x)
	if l.options.Clips {
		r.Adversarial = x
	}
	return nil
}

// perturb attacks the sample, and notes which attack it was, if there are several.
func (l *lane) perturb(ctx context.Context, rng *rand.Rand) ([]float32, error) {
	a, ok := l.attack.(Searcher)
	if !ok {
		return l.attack.Perturb(ctx, l.sample, l, rng)
	}
	f, err := a.Search(ctx, l.sample, l, rng)
	l.result.By = f.By
	return f.X, err
}

// distance is 1 - cos of two vectors; 2, the greatest, if a number is NaN.
func distance(a, b []float32) float64 {
	dot := 0.0
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
	}
	d := 1 - dot/max(length(a)*length(b), 1e-12)
	if d != d {
		return 2
	}
	return d
}

// Best returns the class of the greatest logit, the first of several; -1 if a logit is NaN.
func Best(logits []float32) int {
	best := 0
	for i, z := range logits {
		if z != z {
			return -1
		}
		if z > logits[best] {
			best = i
		}
	}
	return best
}

// fits returns an error unless a sample is one that the network can take.
func (m *Model) fits(s *Sample) error {
	switch n := m.net.Shape; {
	case s.Shape != n || len(s.X) != n[0]*n[1]*n[2]*n[3]:
		return fmt.Errorf("attack: sample %q is of %d numbers %v, want %v", s.Key, len(s.X), s.Shape, n)
	case s.Label < -1 || s.Label >= m.net.Classes && s.Label != -1:
		return fmt.Errorf("attack: the label of sample %q is %d, want -1 to %d", s.Key, s.Label, m.net.Classes-1)
	}
	for i, v := range s.X {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("attack: number %d of sample %q is %v, want 0 to 1", i, s.Key, v)
		}
	}
	return nil
}

// within returns an error unless x has a right value in every place, and lies in the ball of the attack, if it has one.
func within(a Attack, origin, x []float32) error {
	if len(x) != len(origin) {
		return fmt.Errorf("it returned %d numbers, want %d", len(x), len(origin))
	}
	for i, v := range x {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("it returned %v at place %d, want 0 to 1", v, i)
		}
	}
	b, ok := a.(Bounded)
	if !ok {
		return nil
	}
	ball := b.Ball()
	// a sum of float32s, and a difference of them, are rounded
	if d, most := ball.Norm.Of(origin, x), ball.Eps*(1+1e-4)+math.Ldexp(1, -23); d > most {
		return fmt.Errorf("it returned a clip at a distance of %v in %s, want at most %v", d, ball.Norm, ball.Eps)
	}
	return nil
}
