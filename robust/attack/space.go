package attack

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Constraint limits which perturbations an attack looks for. All but [Sparse] are linear maps of a smaller or smoother one, of which the
// attack finds the parameters; the clip is clipped to the range of pixels after the map, as in the papers.
type Constraint struct {
	Kind ConstraintKind `json:"kind"`
	// Frames is how many frames [Sparse] changes; it takes those with the longest gradients of the loss at the clip itself. Or At names them.
	Frames int   `json:"frames,omitempty"`
	At     []int `json:"at,omitempty"`
}

// ConstraintKind is a form of perturbation.
type ConstraintKind string

// The constraints.
const (
	// Free perturbations have none.
	Free ConstraintKind = ""
	// Sparse changes a few frames only (Wei et al. 2019, "Sparse Adversarial Perturbations for Videos", arXiv 1803.02536).
	Sparse ConstraintKind = "sparse"
	// Shared adds the same picture to every frame.
	Shared ConstraintKind = "shared"
	// Flicker adds one colour to all pixels of a frame (Pony et al. 2021, "Over-the-Air Adversarial Flickering Attacks against Video
	// Recognition Networks", arXiv 2002.05123).
	Flicker ConstraintKind = "flicker"
	// Smooth has no fast changes along time: every pixel's course is filtered by [1 4 6 4 1]/16, with the clip reflected at its ends.
	Smooth ConstraintKind = "smooth"
)

func (c Constraint) check() error {
	switch c.Kind {
	case Free, Shared, Flicker, Smooth:
		if c.Frames != 0 || c.At != nil {
			return fmt.Errorf("attack: a %q perturbation with a choice of frames: only a sparse one has it", c.Kind)
		}
	case Sparse:
		if (c.Frames > 0) == (len(c.At) > 0) || c.Frames < 0 {
			return fmt.Errorf("attack: a sparse perturbation of %d frames and at %v, want either, at least one", c.Frames, c.At)
		}
	default:
		return fmt.Errorf("attack: constraint %q, want sparse, shared, flicker or smooth, or none", c.Kind)
	}
	return nil
}

// String returns, for example, sparse 4.
func (c Constraint) String() string {
	switch {
	case c.Frames > 0:
		return fmt.Sprintf("%s %d", c.Kind, c.Frames)
	case c.At != nil:
		return fmt.Sprintf("%s at %v", c.Kind, c.At)
	}
	return string(c.Kind)
}

// space is the parameters p of the perturbations A p of one clip, with their limits.
type space struct {
	Constraint
	ball   Ball
	origin []float32
	shape  [4]int
	frames []bool // of Sparse; nil: all
	place  []float32
}

// size returns the number of parameters.
func (s *space) size() int {
	n := len(s.origin)
	switch s.Kind {
	case Shared:
		return n / s.shape[1]
	case Flicker:
		return s.shape[0] * s.shape[1]
	}
	return n
}

// clip sets x to the clip with perturbation A p, within the range of pixels.
func (s *space) clip(x, p []float32) {
	s.add(x, s.origin, p)
	for i, v := range x {
		x[i] = min(max(v, 0), 1)
	}
}

// add sets y to x + A p.
func (s *space) add(y, x, p []float32) {
	frames, size := s.shape[1], s.shape[2]*s.shape[3]
	if s.Kind == Smooth {
		smoothed := make([]float32, len(p))
		s.smooth(smoothed, p)
		p = smoothed
	}
	for i := 0; i < len(y); i += size {
		to, from := y[i:i+size], x[i:i+size]
		switch s.Kind {
		case Flicker:
			for j, v := range from {
				to[j] = v + p[i/size]
			}
		case Shared:
			picture := p[i/(frames*size)*size:][:size]
			for j, v := range from {
				to[j] = v + picture[j]
			}
		default:
			for j, d := range p[i : i+size] {
				to[j] = from[j] + d
			}
		}
	}
}

// reduce sets g to the gradient in the parameters, A^T of that in the clip.
func (s *space) reduce(g, clip []float32) {
	frames, size := s.shape[1], s.shape[2]*s.shape[3]
	switch s.Kind {
	case Smooth:
		s.smooth(g, clip) // which is symmetric
	case Shared, Flicker:
		sums := make([]float64, len(g))
		for i, v := range clip {
			if s.Kind == Shared {
				sums[i/(frames*size)*size+i%size] += float64(v)
			} else {
				sums[i/size] += float64(v)
			}
		}
		for i, v := range sums {
			g[i] = float32(v)
		}
	default:
		copy(g, clip)
		s.mask(g)
	}
}

// mask clears what is in frames that stay as they are.
func (s *space) mask(p []float32) {
	if s.frames == nil {
		return
	}
	size := s.shape[2] * s.shape[3]
	for i := 0; i < len(p); i += size {
		if !s.frames[i/size%s.shape[1]] {
			clear(p[i : i+size])
		}
	}
}

// smooth filters along time. The filter with its ends is a symmetric matrix of rows whose sum is 1, which lengthens no perturbation in any norm.
func (s *space) smooth(y, x []float32) {
	taps := [...]float32{6. / 16, 4. / 16, 1. / 16}
	frames, size := s.shape[1], s.shape[2]*s.shape[3]
	clear(y)
	for t := range frames {
		for k := 1 - len(taps); k < len(taps); k++ {
			from := (t + k) % (2 * frames) // the clip, and then the clip backwards, without end
			if from < 0 {
				from += 2 * frames
			}
			if from >= frames {
				from = 2*frames - 1 - from
			}
			weight := taps[max(k, -k)]
			for c := range s.shape[0] {
				to, of := y[(c*frames+t)*size:][:size], x[(c*frames+from)*size:][:size]
				for i, v := range of {
					to[i] += weight * v
				}
			}
		}
	}
}

// radius returns the greatest distance of the parameters from 0: that at which the perturbation is as long as the ball allows, or, of a
// Smooth one, no longer.
func (s *space) radius() float64 {
	repeated := float64(len(s.origin) / s.size())
	switch s.ball.Norm {
	case L2:
		return s.ball.Eps / math.Sqrt(repeated)
	case L1:
		return s.ball.Eps / repeated
	}
	return s.ball.Eps
}

// limit brings parameters back into the ball; those of single pixels also into the range of pixels.
func (s *space) limit(p []float32) {
	switch s.Kind {
	case Free, Sparse:
		if s.place == nil {
			s.place = make([]float32, len(p))
		}
		for i, o := range s.origin {
			s.place[i] = o + p[i]
		}
		s.ball.Project(s.place, s.origin)
		for i, o := range s.origin {
			p[i] = s.place[i] - o
		}
	default:
		Ball{s.ball.Norm, s.radius()}.shrink(p)
	}
}

// choose finds the frames of a Sparse perturbation, given the gradient at the clip unless they are named.
func (s *space) choose(gradient []float32) error {
	s.frames = make([]bool, s.shape[1])
	for _, t := range s.At {
		if t < 0 || t >= len(s.frames) {
			return fmt.Errorf("attack: a sparse perturbation at frame %d, want 0 to %d", t, len(s.frames)-1)
		}
		s.frames[t] = true
	}
	if s.Frames == 0 {
		return nil
	}
	if s.Frames > len(s.frames) {
		return fmt.Errorf("attack: a sparse perturbation of %d frames, the clip has %d", s.Frames, len(s.frames))
	}
	squares, order, size := make([]float64, s.shape[1]), make([]int, s.shape[1]), s.shape[2]*s.shape[3]
	for i, g := range gradient {
		squares[i/size%s.shape[1]] += float64(g) * float64(g)
	}
	for t := range order {
		order[t] = t
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(squares[b], squares[a]) })
	for _, t := range order[:s.Frames] {
		s.frames[t] = true
	}
	return nil
}
