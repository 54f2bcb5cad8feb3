package attack

import (
	"fmt"
	"math"
)

// Norm is the norm that the size of a perturbation is measured by.
type Norm uint8

const (
	// Linf is the largest change of a value.
	Linf Norm = iota
	// L2 is the Euclidean length of the change.
	L2
	// L1 is the sum of the changes of all values.
	L1
)

// String returns linf, l2 or l1.
func (n Norm) String() string {
	switch n {
	case Linf:
		return "linf"
	case L2:
		return "l2"
	case L1:
		return "l1"
	}
	return fmt.Sprintf("norm(%d)", uint8(n))
}

// Distance returns the norm of x - y, which have one length. It is summed in float64.
func (n Norm) Distance(x, y []float32) float64 {
	var d float64
	for i, v := range x {
		e := math.Abs(float64(v) - float64(y[i]))
		switch n {
		case Linf:
			d = max(d, e)
		case L2:
			d += e * e
		default:
			d += e
		}
	}
	if n == L2 {
		return math.Sqrt(d)
	}
	return d
}

// of returns the norm of d.
func (n Norm) of(d []float32) float64 {
	var s float64
	for _, v := range d {
		e := math.Abs(float64(v))
		switch n {
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

// dual returns the norm of d that bounds a scalar product with a perturbation of norm n at most 1: L1 for Linf, L2 for L2 and Linf
// for L1.
func (n Norm) dual(d []float32) float64 {
	switch n {
	case Linf:
		return L1.of(d)
	case L1:
		return Linf.of(d)
	}
	return n.of(d)
}
