package attack

import "math"

// window is a square of pixels in every plane.
type window struct{ top, left, side int }

// holds reports whether the pixel is in the window.
func (w window) holds(row, column int) bool {
	return row >= w.top && row < w.top+w.side && column >= w.left && column < w.left+w.side
}

// tiles writes the first point in L2: bumps on a grid of about 5 by 5, with a sign for each plane.
func (f frames) tiles(x []float32) {
	short := min(f.high, f.wide)
	side := max(short/5, 1)
	start := max(short-5*side, 0) / 2
	delta := make([]float64, len(x))
	for top := start; top+side <= f.high; top += side {
		for left := start; left+side <= f.wide; left += side {
			bump := f.shape(side)
			for plane := 0; plane < len(x); plane += f.high * f.wide {
				sign := f.coin()
				for k, v := range bump {
					delta[plane+(top+k/side)*f.wide+left+k%side] = sign * v
				}
			}
		}
	}
	f.settle(x, delta)
}

// bump makes x a candidate in L2: the perturbation in one window is taken away, and its length, with what the whole lacks to eps, put into
// another window, where a bump is added to the direction that is there (algorithm 3).
func (f frames) bump(x []float32, p float64) {
	side := max(int(math.RoundToEven(math.Sqrt(p*float64(f.high*f.wide)))), 3)
	side = min(side+1-side%2, f.high, f.wide)
	to := window{f.rng.IntN(f.high - side + 1), f.rng.IntN(f.wide - side + 1), side}
	from := window{f.rng.IntN(f.high - side + 1), f.rng.IntN(f.wide - side + 1), side}
	delta, whole := make([]float64, len(x)), 0.0
	for i, v := range x {
		delta[i] = float64(v) - float64(f.s.X[i])
		whole += delta[i] * delta[i]
	}
	planes := len(x) / (f.high * f.wide)
	spare := max(f.eps*f.eps-whole, 0) / float64(planes)
	shape := f.shape(side)
	for k := range planes {
		f.move(delta[k*f.high*f.wide:][:f.high*f.wide], shape, to, from, spare)
	}
	f.settle(x, delta)
}

// move is bump in one plane; spare is the square of the length that is added.
func (f frames) move(plane, shape []float64, to, from window, spare float64) {
	var inTo, inBoth float64
	for i, v := range plane {
		row, column := i/f.wide, i%f.wide
		if to.holds(row, column) {
			inTo += v * v
			inBoth += v * v
		} else if from.holds(row, column) {
			inBoth += v * v
			plane[i] = 0
		}
	}
	const tiny = 1e-12
	sign, old := f.coin(), 1/(math.Sqrt(inTo)+tiny)
	fresh, length := make([]float64, len(shape)), 0.0
	for k, v := range shape {
		fresh[k] = sign*v + old*plane[(to.top+k/to.side)*f.wide+to.left+k%to.side]
		length += fresh[k] * fresh[k]
	}
	scale := math.Sqrt(spare+inBoth) / (math.Sqrt(length) + tiny)
	for k, v := range fresh {
		plane[(to.top+k/to.side)*f.wide+to.left+k%to.side] = scale * v
	}
}

// settle writes the sample with the perturbation, brought to the length eps, and then to 0 to 1.
func (f frames) settle(x []float32, delta []float64) {
	length := 0.0
	for _, v := range delta {
		length += v * v
	}
	scale := f.eps / (math.Sqrt(length) + 1e-12)
	for i, v := range delta {
		x[i] = unit(float64(f.s.X[i]) + scale*v)
	}
}

// shape returns the bump of a window, of length 1: two halves, one up and one down, one above or beside the other. Each is a pyramid that
// gains 1/(k+1)^2 with each ring k that a pixel is in, from its middle to its border (section 3.4).
func (f frames) shape(side int) []float64 {
	v := make([]float64, side*side)
	half := side / 2
	pyramid(v[:half*side], half, side, 1)
	pyramid(v[half*side:], side-half, side, -1)
	length := 0.0
	for _, e := range v {
		length += e * e
	}
	for k := range v {
		v[k] /= math.Sqrt(length)
	}
	if f.rng.IntN(2) == 0 {
		for row := range side {
			for column := range row {
				v[row*side+column], v[column*side+row] = v[column*side+row], v[row*side+column]
			}
		}
	}
	return v
}

// pyramid writes one half of a bump, of length 1.
func pyramid(v []float64, high, wide int, sign float64) {
	rings, length := max(high, wide)/2+1, 0.0
	for i := range v {
		ring := max(i/wide-high/2, high/2-i/wide, i%wide-wide/2, wide/2-i%wide)
		for k := ring; k < rings; k++ {
			v[i] += 1 / float64((k+1)*(k+1))
		}
		length += v[i] * v[i]
	}
	for i := range v {
		v[i] *= sign / math.Sqrt(length)
	}
}
