package robust

import (
	"cmp"
	"math"
	"slices"

	"vidcsl/model/eval"
)

// Within returns a cell of an attack that looks for the smallest perturbation as one of an attack limited to epsilon: a clip whose
// perturbation is larger counts as taken for what it is.
func (c *Cell) Within(epsilon float64) Cell {
	out := Cell{Condition: c.Condition, Clips: slices.Clone(c.Clips)}
	out.Epsilon = epsilon
	for i, clip := range out.Clips {
		if clip.Predicted != Undecodable && clip.Norm > epsilon {
			out.Clips[i].Predicted, out.Clips[i].Norm = clip.Label, 0
		}
	}
	return out
}

// Success returns the share of the clips that were taken for what they are before the attack, and not after it. That a clip was wrong
// before it shows by a perturbation of norm 0.
func (c *Cell) Success() eval.Accuracy {
	hits, n := 0, 0
	for _, clip := range c.Clips {
		switch {
		case clip.Predicted == Undecodable || !clip.Right() && clip.Norm == 0:
		case clip.Right():
			n++
		default:
			hits, n = hits+1, n+1
		}
	}
	return eval.NewAccuracy(hits, n)
}

// Point is how an attack fares at one size.
type Point struct {
	Epsilon  float64       `json:"epsilon"`
	Accuracy eval.Accuracy `json:"accuracy"`
	Success  eval.Accuracy `json:"success"` // see [Cell.Success]
}

// Curve returns how an attack fares by size, the smallest first. Where it looks for the smallest perturbation, its one cell gives a point at
// each of the given sizes.
func (r *Run) Curve(name, norm string, epsilons ...float64) []Point {
	var list []Point
	add := func(c *Cell) { list = append(list, Point{c.Epsilon, c.Accuracy(), c.Success()}) }
	for i := range r.Cells {
		c := &r.Cells[i]
		switch {
		case c.Kind != Attack || c.Name != name || c.Norm != norm:
		case c.Epsilon > 0:
			add(c)
		default:
			for _, e := range epsilons {
				within := c.Within(e)
				add(&within)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Point) int { return cmp.Compare(a.Epsilon, b.Epsilon) })
	return list
}

// MedianNorm returns the median norm of the perturbations of an attack that looks for the smallest one, over the clips that could be
// decoded: 0 for those that were wrong before, infinite for those of which it found none (as in Brendel et al., "Accurate, reliable and
// fast robustness evaluation", arXiv 1907.01003, section 4). It is not defined where it found none for half of the clips or more. The
// interval is between order statistics: sorted, those at n/2 -+ 0.98 sqrt(n) (the normal approximation to the binomial).
func (c *Cell) MedianNorm() Value {
	var norms []float64
	for _, clip := range c.Clips {
		switch {
		case clip.Predicted == Undecodable:
		case clip.Right():
			norms = append(norms, math.Inf(1))
		default:
			norms = append(norms, clip.Norm)
		}
	}
	if len(norms) == 0 {
		return Value{Undefined: "no clips"}
	}
	slices.Sort(norms)
	n := len(norms)
	middle := norms[n/2]
	if n%2 == 0 {
		middle = (norms[n/2-1] + norms[n/2]) / 2
	}
	if math.IsInf(middle, 1) {
		return Value{Undefined: "the attack found no perturbation of half of the clips"}
	}
	reach := 0.98 * math.Sqrt(float64(n))
	low, high := int(math.Floor(float64(n)/2-reach)), int(math.Ceil(float64(n)/2+reach))
	v := Value{Value: middle, High: math.Inf(1)}
	if low >= 1 {
		v.Low = norms[low-1]
	}
	if high < n {
		v.High = norms[high]
	}
	return v
}

// ECE returns the expected calibration error in 15 bins (Guo et al., "On Calibration of Modern Neural Networks", arXiv 1706.04599, equation 3):
// clips are put in bins of equal width by confidence, ((m-1)/15, m/15], and the differences between the accuracy and the mean confidence
// of each are averaged, weighted by its clips. Only clips with a confidence count; ok is false where there is none.
func (c *Cell) ECE() (ece float64, ok bool) {
	const bins = 15
	var gap [bins]float64 // sum of hits less that of confidences
	n := 0
	for _, clip := range c.Clips {
		if clip.Predicted == Undecodable || clip.Confidence == 0 {
			continue
		}
		n++
		m := min(max(int(math.Ceil(clip.Confidence*bins))-1, 0), bins-1)
		gap[m] -= clip.Confidence
		if clip.Right() {
			gap[m]++
		}
	}
	for _, g := range gap {
		ece += math.Abs(g)
	}
	return ece / float64(max(n, 1)), n > 0
}
