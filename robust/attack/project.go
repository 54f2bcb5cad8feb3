package attack

import (
	"cmp"
	"math"
	"slices"
)

// real is what a projection reckons in: float32 for clips. All sums are float64.
type real interface{ float32 | float64 }

// project writes into d the smallest change, in the norm n, that takes the point t of the box [0,1]^n onto the hyperplane
// <w, x> = b without leaving the box; excess is <w, t> - b. If the box does not reach the hyperplane, d leads to the corner of the box
// that is nearest to it. It is the projection of FAB (Croce and Hein 2020, arXiv 1907.02044, section 3.2 and appendix A).
//
// Each value can move by its distance m_i to the side of the box that w_i asks for, which closes |w_i| m_i of the excess. In L1 the
// values with the largest |w_i| move first, to the end. In Linf all values move by the same λ, or m_i if that is less; in L2 by
// λ |w_i|. What is closed is a concave, piecewise linear function of λ, so Newton's steps from 0 come to the exact λ from below in a few
// passes.
func project[F real](n Norm, t, w []F, excess float64, d []F) {
	if n == L1 {
		greedy(t, w, excess, d)
		return
	}
	lambda := multiplier(n, t, w, excess)
	for i, v := range w {
		step := lambda
		if n == L2 {
			step *= math.Abs(float64(v))
		}
		d[i] = F(toward(v, excess) * min(step, room(t[i], v, excess)))
		if v == 0 {
			d[i] = 0
		}
	}
}

// toward returns the direction in which a value with the weight w moves to close the excess.
func toward[F real](w F, excess float64) float64 {
	if (float64(w) > 0) == (excess > 0) {
		return -1
	}
	return 1
}

// room returns how far the value t can move in that direction.
func room[F real](t, w F, excess float64) float64 {
	if toward(w, excess) < 0 {
		return float64(t)
	}
	return 1 - float64(t)
}

// multiplier returns the λ of Linf or L2 that closes the excess; +Inf if none does.
func multiplier[F real](n Norm, t, w []F, excess float64) float64 {
	lambda, full := 0.0, -1
	for {
		left, slope, n0 := math.Abs(excess), 0.0, 0
		for i, v := range w {
			size := math.Abs(float64(v))
			speed := 1.0
			if n == L2 {
				speed = size
			}
			if m := room(t[i], v, excess); lambda*speed >= m {
				left -= size * m
				n0++
			} else {
				slope += size * speed
			}
		}
		if n0 == full {
			return lambda
		}
		if slope == 0 {
			return math.Inf(1)
		}
		lambda, full = max(lambda, left/slope), n0
	}
}

// greedy is project in L1.
func greedy[F real](t, w []F, excess float64, d []F) {
	order := make([]int32, 0, len(w))
	for i, v := range w {
		d[i] = 0
		if v != 0 {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(i, j int32) int {
		return cmp.Or(cmp.Compare(math.Abs(float64(w[j])), math.Abs(float64(w[i]))), cmp.Compare(i, j))
	})
	need := math.Abs(excess)
	for _, i := range order {
		size := math.Abs(float64(w[i]))
		step := min(room(t[i], w[i], excess), need/size)
		d[i] = F(toward(w[i], excess) * step)
		need -= step * size
		if need <= 0 {
			return
		}
	}
}
