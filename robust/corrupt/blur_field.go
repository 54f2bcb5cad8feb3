package corrupt

import (
	"math"

	"vidcsl/robust/corrupt/internal/kernel"
)

// border says which row stands for one outside of 0..n-1.
type border int

const (
	nearest  border = iota // a a a | a b c d | d d d
	mirrored               // c b a | a b c d | d c b
)

func (b border) at(i, n int) int {
	if b == nearest {
		return min(max(i, 0), n-1)
	}
	if i = around(i, 2*n); i >= n {
		return 2*n - 1 - i
	}
	return i
}

// blurField blurs noise, whose value at row y and column x of h x w is at [x*h+y], with a Gaussian that ends truncate sigmas from its middle. The result
// is [h,w] in l.a; noise may be l.a and not l.b.
func (l *layer) blurField(noise []float32, h, w int, sigma, truncate float64, b border) []float32 {
	across, turned := room(&l.b, h*w), room(&l.c, h*w)
	kernel.Convolve(across, noise, h, l.across.of(gauss{w, sigma, truncate, b}))
	kernel.Transpose(turned, across, w, h)
	out := room(&l.a, h*w)
	kernel.Convolve(out, turned, w, l.down.of(gauss{h, sigma, truncate, b}))
	return out
}

// gauss is a Gaussian over n rows.
type gauss struct {
	n               int
	sigma, truncate float64
	border          border
}

// gaussRows are the rows of the last Gaussian asked for.
type gaussRows struct {
	is   gauss
	rows kernel.Rows
	fold []float32
	from []int32
}

// of returns the weights of g. Rows whose window is inside share theirs.
func (k *gaussRows) of(g gauss) *kernel.Rows {
	if k.is == g {
		return &k.rows
	}
	k.is = g
	r := int(g.truncate*g.sigma + 0.5)
	taps, fold, from := g.taps(r), room(&k.fold, g.n), room(&k.from, g.n+2*r)
	for i := range from {
		from[i] = int32(g.border.at(i-r, g.n))
	}
	o := &k.rows
	o.First, o.From, o.Taps, o.Weight = o.First[:0], o.From[:0], o.Taps[:0], o.Weight[:0]
	for y := range g.n {
		lo, hi := max(y-r, 0), min(y+r, g.n-1)
		if y == 0 || y <= r || y+r >= g.n {
			clear(fold)
			for j, i := range from[y : y+len(taps)] {
				fold[i] += taps[j]
			}
			o.From = append(o.From, int32(len(o.Weight)))
			o.Weight = append(o.Weight, fold[lo:hi+1]...)
		} else {
			o.From = append(o.From, o.From[y-1])
		}
		o.First, o.Taps = append(o.First, int32(lo)), append(o.Taps, int32(hi-lo+1))
	}
	return o
}

// taps are the weights of rows -r to r.
func (g gauss) taps(r int) []float32 {
	weight, sum := make([]float64, 2*r+1), 0.0
	for j := range weight {
		d := float64(j-r) / g.sigma
		weight[j] = math.Exp(-d * d / 2)
		sum += weight[j]
	}
	taps := make([]float32, len(weight))
	for j, w := range weight {
		taps[j] = float32(w / sum)
	}
	return taps
}
