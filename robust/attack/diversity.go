package attack

import (
	"fmt"
	"math/rand/v2"
)

// Diversity asks for gradients of smaller versions of the clip: with the share as probability, all frames are resized (bilinear, without
// filter, as in the paper's code) by the same factor, from Smallest up to 1, and put at the same random place, with 0 around. The map is linear, so
// that the gradient goes through its adjoint.
type Diversity struct {
	Share    float64 `json:"share"` // 0: none
	Smallest float64 `json:"smallest"`
}

func (d Diversity) check() error {
	if d != (Diversity{}) && !(d.Share > 0 && d.Share <= 1 && d.Smallest > 0 && d.Smallest < 1) {
		return fmt.Errorf("attack: diversity of a share %v and down to %v, want both above 0, 1 at most and less than 1", d.Share, d.Smallest)
	}
	return nil
}

// variant is one smaller version: its size and place in frames.
type variant struct {
	shape           [4]int
	h, w, top, left int
	y, x            []tap // of its rows and columns
}

// tap says from which two rows, or columns, one is mixed.
type tap struct {
	at     [2]int
	weight [2]float32
}

func (d Diversity) draw(shape [4]int, rng *rand.Rand) *variant {
	h, w := shape[2], shape[3]
	least := max(1, int(float64(h)*d.Smallest))
	rows := h
	if least < h {
		rows = least + rng.IntN(h-least)
	}
	columns := max(1, w*rows/h)
	return newVariant(shape, rows, columns, rng.IntN(h-rows+1), rng.IntN(w-columns+1))
}

func newVariant(shape [4]int, h, w, top, left int) *variant {
	return &variant{shape, h, w, top, left, taps(shape[2], h), taps(shape[3], w)}
}

// taps are those of bilinear interpolation from n to m places, whose ends coincide.
func taps(n, m int) []tap {
	list := make([]tap, m)
	for i := range list {
		from := max((float64(i)+0.5)*float64(n)/float64(m)-0.5, 0)
		low := min(int(from), n-1)
		part := float32(from - float64(low))
		list[i] = tap{[2]int{low, min(low+1, n-1)}, [2]float32{1 - part, part}}
	}
	return list
}

// each calls f for every pixel of the smaller version with its place, and the places and weights that it is mixed from.
func (v *variant) each(f func(to, from int, weight float32)) {
	h, w := v.shape[2], v.shape[3]
	for frame := range v.shape[0] * v.shape[1] {
		for i, row := range v.y {
			for j, column := range v.x {
				to := (frame*h+v.top+i)*w + v.left + j
				for a, y := range row.at {
					for b, x := range column.at {
						f(to, (frame*h+y)*w+x, row.weight[a]*column.weight[b])
					}
				}
			}
		}
	}
}

// apply sets y to the smaller version of x.
func (v *variant) apply(y, x []float32) {
	clear(y)
	v.each(func(to, from int, weight float32) { y[to] += weight * x[from] })
}

// adjoint sets y to the transpose of the map, of x.
func (v *variant) adjoint(y, x []float32) {
	clear(y)
	v.each(func(to, from int, weight float32) { y[from] += weight * x[to] })
}
