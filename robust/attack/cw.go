package attack

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// CarliniWagner looks for the smallest perturbation in L2 (Carlini and Wagner 2017, arXiv 1608.04644, sections V and VI.A, the f_6 of the
// paper without confidence). It goes down |x - s|^2 + c max(z_label - max of the others, 0) with Adam, where x = (tanh(w) + 1) / 2 cannot
// leave 0 to 1, and looks for the smallest c that fools the network by steps of ten and then by halving. It asks for one
// gradient per step, and for a second where the strongest other class changes. It draws nothing.
type CarliniWagner struct {
	// Eps ends the attack at the first clip within it, and limits what counts as found. 0 looks for the smallest perturbation.
	Eps float64
	// Searches is the number of values of c.
	Searches int
	// Steps is the largest number of Adam's steps for one c. They end earlier when the objective does not fall over a tenth of them.
	Steps int
	// Rate is Adam's learning rate.
	Rate float64
	// Constant is the first c.
	Constant float64
}

// NewCarliniWagner returns the attack with the authors' 9 searches from c = 0.001 and learning rate of 0.01, and with 1000 steps, where
// they have 10000.
func NewCarliniWagner(eps float64) CarliniWagner {
	return CarliniWagner{Eps: eps, Searches: 9, Steps: 1000, Rate: 0.01, Constant: 1e-3}
}

// Name returns such as cw(l2, 1000, step 0.01, 9 searches from 0.001).
func (a CarliniWagner) Name() string {
	return fmt.Sprintf("cw(l2%s, %d, step %v, %d searches from %v)", limit(a.Eps), a.Steps, a.Rate, a.Searches, a.Constant)
}

// Check returns an error unless the settings are right. Perturb does so too.
func (a CarliniWagner) Check() error {
	if err := a.Ball().check(); err != nil && a.Eps != 0 {
		return err
	}
	if a.Searches < 1 || a.Steps < 1 || !(a.Rate > 0) || !(a.Constant > 0) {
		return fmt.Errorf("attack: cw with %d searches of %d steps, a rate of %v and a constant of %v, want at least 1 and 1, and above 0",
			a.Searches, a.Steps, a.Rate, a.Constant)
	}
	return nil
}

// Ball implements [Bounded]. Without an Eps it is infinite.
func (a CarliniWagner) Ball() Ball { return around(L2, a.Eps) }

// Perturb implements [Attack].
func (a CarliniWagner) Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error) {
	r, err := a.Search(ctx, s, net, rng)
	return r.X, err
}

// Search implements [Searcher].
func (a CarliniWagner) Search(ctx context.Context, s *Sample, net Network, _ *rand.Rand) (Finding, error) {
	if err := a.Check(); err != nil {
		return Finding{}, err
	}
	logits, best, err := begin(ctx, a.Name(), s, net)
	if err != nil || best.Fooled {
		return best, err
	}
	o := newTanhAdam(s.X, a.Rate)
	margin := margin{s: s, net: net, rival: rival(logits, s.Label)}
	c, low, high := a.Constant, 0.0, math.Inf(1)
	for range a.Searches {
		found, err := a.descend(ctx, o, &margin, c, &best)
		if err != nil {
			return best, err
		}
		if best.Fooled && a.Eps != 0 {
			break
		}
		if found {
			high = c
		} else {
			low = c
		}
		if c *= 10; !math.IsInf(high, 1) {
			c = (low + high) / 2
		}
	}
	return best, nil
}

// descend goes down the objective of one c, and reports whether the network was fooled on the way.
func (a CarliniWagner) descend(ctx context.Context, o *tanhAdam, m *margin, c float64, best *Finding) (bool, error) {
	o.reset()
	found, before, tenth := false, math.Inf(1), (a.Steps+9)/10
	for step := range a.Steps {
		distance := o.place()
		value, grad, wrong, err := m.at(ctx, o.x)
		if err != nil {
			return found, err
		}
		if step%tenth == 0 {
			now := distance + c*max(value, 0)
			if !(now <= 0.9999*before) {
				break
			}
			before = now
		}
		if wrong {
			found = true
			if best.keep(L2, m.s, o.x, a.Eps, a.Name()) && a.Eps != 0 {
				break
			}
		}
		if value <= 0 {
			grad = nil
		}
		o.step(grad, c)
	}
	return found, nil
}

// margin asks for z_label - max of the others and its gradient. As the strongest of the others is known only with the answer, it asks
// for the last one's, and again if that was wrong.
type margin struct {
	s     *Sample
	net   Network
	rival int
}

// at returns the margin, its gradient, and whether the network is fooled. The gradient is valid until the next question.
func (m *margin) at(ctx context.Context, x []float32) (float64, []float32, bool, error) {
	for again := false; ; again = true {
		g, err := m.net.Gradient(ctx, x, difference(m.net.Classes(), m.s.Label, m.rival))
		if err != nil {
			return 0, nil, false, err
		}
		best, before := rival(g.Logits, m.s.Label), m.rival
		if m.rival = best; best == before || again {
			return float64(g.Loss), g.Grad, m.s.wrong(g.Logits), nil
		}
	}
}

// tanhAdam moves a clip in the space of w with Adam (Kingma and Ba 2015, arXiv 1412.6980).
type tanhAdam struct {
	start, w  []float64 // of w
	goal      []float32 // the sample as w gives it
	x         []float32 // the clip of w
	one, two  []float64 // the moments
	rate, now float64
}

// newTanhAdam starts at the sample, brought a little from 0 and 1, where w would be infinite.
func newTanhAdam(x []float32, rate float64) *tanhAdam {
	n := len(x)
	o := &tanhAdam{start: make([]float64, n), w: make([]float64, n), goal: make([]float32, n), x: make([]float32, n),
		one: make([]float64, n), two: make([]float64, n), rate: rate}
	for i, v := range x {
		o.start[i] = math.Atanh((2*float64(v) - 1) * 0.999999)
	}
	o.reset()
	o.place()
	o.goal = slices.Clone(o.x)
	return o
}

// reset goes back to the start.
func (o *tanhAdam) reset() {
	copy(o.w, o.start)
	clear(o.one)
	clear(o.two)
	o.now = 0
}

// place computes x, and returns the square of its distance to the goal.
func (o *tanhAdam) place() float64 {
	var distance float64
	for i, w := range o.w {
		o.x[i] = unit((math.Tanh(w) + 1) / 2)
		d := float64(o.x[i]) - float64(o.goal[i])
		distance += d * d
	}
	return distance
}

// step goes down the square of the distance and c times the function of the gradient grad, which is nil where it is flat.
func (o *tanhAdam) step(grad []float32, c float64) {
	const b1, b2, tiny = 0.9, 0.999, 1e-8
	o.now++
	c1, c2 := 1-math.Pow(b1, o.now), 1-math.Pow(b2, o.now)
	for i, x := range o.x {
		g := 2 * (float64(x) - float64(o.goal[i]))
		if grad != nil {
			g += c * float64(grad[i])
		}
		t := math.Tanh(o.w[i])
		g *= (1 - t*t) / 2
		o.one[i] += (1 - b1) * (g - o.one[i])
		o.two[i] += (1 - b2) * (g*g - o.two[i])
		o.w[i] -= o.rate * (o.one[i] / c1) / (math.Sqrt(o.two[i]/c2) + tiny)
	}
}
