package attack

import (
	"cmp"
	"math"
	"slices"
)

// project writes into d the smallest change, in the norm n, that takes the point t of the box [0,1]^k onto the hyperplane
// <w, x> = b without leaving the box; excess is <w, t> - b. If the box does not reach the hyperplane, d leads to the corner of the box
// that is nearest to it. It is the projection of FAB (Croce and Hein 2020, arXiv 1907.02044, section 3.2 and appendix A). Sums are
// float64.
//
// Each value can move by its distance m_i to the side of the box that w_i asks for, which closes |w_i| m_i of the excess. In L1 the
// values with the largest |w_i| move first, to the end. In Linf all values move by the same λ, or m_i if that is less; in L2 by
// λ |w_i|. What is closed is a concave, piecewise linear function of λ, so Newton's steps from 0 come to the exact λ from below, in a few
// passes without sorting.
func project[F float32 | float64](n Norm, t, w []F, excess float64, d []F) {
	if n == L1 {
		greedy(t, w, excess, d)
		return
	}
	lambda := multiplier(n, t, w, excess)
	for i, v := range w {
		room, size := side(v, excess)-float64(t[i]), math.Abs(float64(v))
		step := lambda
		if n == L2 {
			step *= size
		}
		if size == 0 {
			step = 0
		}
		d[i] = F(math.Copysign(min(step, math.Abs(room)), room))
	}
}

// side returns the end of 0 to 1 to which a value with the weight w moves to close the excess: 0 where both have one sign.
func side[F float32 | float64](w F, excess float64) float64 {
	return float64((math.Float64bits(float64(w)) ^ math.Float64bits(excess)) >> 63)
}

// multiplier returns the λ of Linf or L2 that closes the excess; +Inf if none does.
func multiplier[F float32 | float64](n Norm, t, w []F, excess float64) float64 {
	lambda, before := 0.0, -1
	for {
		left, slope, ended := math.Abs(excess), 0.0, 0 // what the values at an end have left, how fast others close it, and the former's number
		for i, v := range w {
			room, size := math.Abs(side(v, excess)-float64(t[i])), math.Abs(float64(v))
			speed := 1.0
			if n == L2 {
				speed = size
			}
			if lambda*speed >= room {
				left -= size * room
				ended++
			} else {
				slope += size * speed
			}
		}
		switch {
		case ended == before:
			return lambda
		case slope == 0:
			return math.Inf(1)
		}
		lambda, before = max(lambda, left/slope), ended
	}
}

// greedy is project in L1.
func greedy[F float32 | float64](t, w []F, excess float64, d []F) {
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
	left := math.Abs(excess)
	for _, i := range order {
		room, size := side(w[i], excess)-float64(t[i]), math.Abs(float64(w[i]))
		step := min(math.Abs(room), left/size)
		d[i] = F(math.Copysign(step, room))
		if left -= step * size; left <= 0 {
			return
		}
	}
}
