package attack

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Finding is what a [Searcher] found.
type Finding struct {
	// X is the clip, the caller's own. Where nothing was found it is a copy of the sample, or the best point of [Square].
	X []float32
	// Fooled says that the network takes X for another class than the label, and that X is within the limit of the attack.
	Fooled bool
	// Norm is that of X less the sample, in the norm of the attack.
	Norm float64
	// By is the name of the attack that found X: one of those that a [Cascade] is made of. It is empty where nothing was found, and
	// where the network is wrong without any change.
	By string
}

// Searcher is an attack that says more about what it found than the clip.
type Searcher interface {
	Attack
	// Search is Perturb with the whole result.
	Search(ctx context.Context, s *Sample, net Network, rng *rand.Rand) (Finding, error)
}

// begin asks net for the logits of the sample before any change and returns a copy of them, and the finding of an attack that has not
// found anything: it is Fooled if the network is wrong already. It is an error if the sample does not fit its shape, or its label the network.
func begin(ctx context.Context, name string, s *Sample, net Network) ([]float32, Finding, error) {
	none := Finding{X: slices.Clone(s.X)}
	if n := s.Shape[0] * s.Shape[1] * s.Shape[2] * s.Shape[3]; n != len(s.X) || n == 0 {
		return nil, none, fmt.Errorf("attack: %s: clip %q has %d values, want those of %v", name, s.Key, len(s.X), s.Shape)
	}
	if k := net.Classes(); k < 2 {
		return nil, none, fmt.Errorf("attack: %s needs a network with a head of at least 2 classes, got %d", name, k)
	} else if s.Label < 0 || s.Label >= k {
		return nil, none, fmt.Errorf("attack: %s: clip %q has the label %d, want 0 to %d", name, s.Key, s.Label, k-1)
	}
	logits, err := net.Logits(ctx, s.X)
	if err != nil {
		return nil, none, err
	}
	none.Fooled = s.wrong(logits)
	return slices.Clone(logits), none, nil
}

// rival returns the class with the largest logit except label, of equal ones the first.
func rival(logits []float32, label int) int {
	best := -1
	for k, z := range logits {
		if k != label && (best < 0 || z > logits[best]) {
			best = k
		}
	}
	return best
}

// others returns all classes except label, from the largest logit to the smallest.
func others(logits []float32, label int) []int {
	return slices.DeleteFunc(Ranked(logits), func(k int) bool { return k == label })
}

// difference is the loss z_up - z_down of a network of classes classes.
func difference(classes, up, down int) Loss {
	v := make([]float32, classes)
	v[up], v[down] = 1, -1
	return Loss{Kind: Weighted, Vector: v}
}

// limit names an eps in an attack's name: nothing if it is 0, which is no limit.
func limit(eps float64) string {
	if eps == 0 {
		return ""
	}
	return ", " + Level(eps)
}

// keep stores x in r if it is nearer to s than what r holds, and within eps if that is not 0. It reports whether it is.
func (r *Finding) keep(n Norm, s *Sample, x []float32, eps float64, name string) bool {
	d := n.Of(s.X, x)
	if math.IsNaN(d) || eps != 0 && d > eps || r.Fooled && d >= r.Norm {
		return false
	}
	copy(r.X, x)
	r.Fooled, r.Norm, r.By = true, d, name
	return true
}

// unit holds v within 0 to 1.
func unit(v float64) float32 { return float32(min(max(v, 0), 1)) }

// around is the ball of an attack for which an eps of 0 is no limit.
func around(n Norm, eps float64) Ball {
	if eps == 0 {
		eps = math.Inf(1)
	}
	return Ball{n, eps}
}

// size returns the norm of a perturbation.
func (n Norm) size(d []float32) float64 {
	var s float64
	for _, v := range d {
		switch e := math.Abs(float64(v)); n {
		case Linf:
			s = max(s, e)
		case L2:
			s += e * e
		default:
			s += e
		}
	}
	if n == L2 {
		return math.Sqrt(s)
	}
	return s
}

// dual returns the norm of a gradient that says how much a perturbation of length 1 in n can change: of the empty name for none of the norms.
func (n Norm) dual() Norm { return map[Norm]Norm{Linf: L1, L2: L2, L1: Linf}[n] }
