package attack

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Square is the Square attack (Andriushchenko, Croce, Flammarion and Hein 2020, arXiv 1912.00049): a random search that sees logits
// only. It changes one square at a time, which becomes smaller as queries are used up, and keeps what lowers the margin of the label over
// the other classes. In a clip time is folded into the channels: a square is one place in all frames, and each frame and channel has a
// sign of its own. It asks for one set of logits per query, and ends at the first that are wrong.
type Square struct {
	// Norm is Linf or L2.
	Norm Norm
	Eps  float64
	// Queries is the number of queries after the first point.
	Queries int
	// Part is the part of a frame that the first squares cover.
	Part float64
	// Rescale stretches the schedule of the squares' size, which is written for 10000 queries, to Queries, as the paper does. AutoAttack
	// does not, and so ends its 5000 with larger squares.
	Rescale bool
}

// NewSquare returns the attack as AutoAttack runs it, with 5000 queries and 0.8 of the frame at first.
func NewSquare(n Norm, eps float64) Square {
	return Square{Norm: n, Eps: eps, Queries: 5000, Part: 0.8}
}

// Name returns such as square(linf, 8/255, 5000, part 0.8).
func (a Square) Name() string {
	schedule := ""
	if a.Rescale {
		schedule = ", rescaled"
	}
	return fmt.Sprintf("square(%s, %s, %d, part %v%s)", a.Norm, Level(a.Eps), a.Queries, a.Part, schedule)
}

// Check returns an error unless the settings are right. Perturb does so too.
func (a Square) Check() error {
	if err := a.Ball().check(); err != nil {
		return err
	}
	if a.Norm == L1 || a.Queries < 1 || !(a.Part > 0 && a.Part <= 1) {
		return fmt.Errorf("attack: square in %q with %d queries and a part of %v, want linf or l2, at least 1, and above 0 to 1",
			a.Norm, a.Queries, a.Part)
	}
	return nil
}

// Ball implements [Bounded].
func (a Square) Ball() Ball { return Ball{a.Norm, a.Eps} }

// Perturb implements [Attack].
func (a Square) Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error) {
	r, err := a.Search(ctx, s, net, rng)
	return r.X, err
}

// Search implements [Searcher]. Where the network is not fooled, X is the point of the smallest margin.
func (a Square) Search(ctx context.Context, s *Sample, net Network, rng *rand.Rand) (Finding, error) {
	if err := a.Check(); err != nil {
		return Finding{}, err
	}
	_, r, err := begin(ctx, a.Name(), s, net)
	if err != nil || r.Fooled {
		return r, err
	}
	f := frames{s: s, eps: a.Eps, rng: rng, high: s.Shape[2], wide: s.Shape[3]}
	first, next := f.stripes, f.square
	if a.Norm == L2 {
		first, next = f.tiles, f.bump
	}
	x, best := make([]float32, len(s.X)), float32(math.Inf(1))
	first(x)
	for query := 0; ; query++ {
		logits, err := net.Logits(ctx, x)
		if err != nil {
			return r, err
		}
		if margin := logits[s.Label] - logits[rival(logits, s.Label)]; query == 0 || margin < best {
			best = margin
			r.X, x = x, r.X
		}
		if s.wrong(logits) {
			r.Fooled, r.By = true, a.Name()
			break
		}
		if query >= a.Queries {
			break
		}
		copy(x, r.X)
		next(x, a.part(query))
	}
	r.Norm = a.Norm.Of(s.X, r.X)
	return r, nil
}

// part returns the part of a frame that a query's square covers: halved at fixed queries of 10000 (section 3.3 and appendix B).
func (a Square) part(query int) float64 {
	if a.Rescale {
		query = query * 10000 / a.Queries
	}
	p := a.Part
	for _, last := range []int{10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000} {
		if query > last {
			p /= 2
		}
	}
	return p
}

// frames is what the moves of Square are made on: planes of high times wide, one for each channel and frame.
type frames struct {
	s          *Sample
	eps        float64
	rng        *rand.Rand
	high, wide int
}

// coin returns -1 or 1.
func (f frames) coin() float64 { return float64(2*f.rng.IntN(2) - 1) }

// stripes writes the first point in Linf: each column of each plane is moved by eps, up or down.
func (f frames) stripes(x []float32) {
	signs := make([]float64, f.wide)
	for i, v := range f.s.X {
		column := i % f.wide
		if i%(f.high*f.wide) == column {
			signs[column] = f.coin()
		}
		x[i] = unit(float64(v) + signs[column]*f.eps)
	}
}

// square makes x a candidate in Linf: one square, of a part p of the frame, is moved from the sample by eps, up or down in each plane.
func (f frames) square(x []float32, p float64) {
	side := min(max(int(math.RoundToEven(math.Sqrt(p*float64(f.high*f.wide)))), 1), f.high, f.wide)
	top, left := f.rng.IntN(f.high-side+1), f.rng.IntN(f.wide-side+1)
	for plane := 0; plane < len(x); plane += f.high * f.wide {
		sign := f.coin()
		for row := top; row < top+side; row++ {
			for i := plane + row*f.wide + left; i < plane+row*f.wide+left+side; i++ {
				x[i] = unit(float64(f.s.X[i]) + sign*f.eps)
			}
		}
	}
}
