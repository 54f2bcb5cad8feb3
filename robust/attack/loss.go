package attack

import (
	"math"
	"slices"
)

// Of returns the loss of logits z, of as many as the loss was made for: what [Network.Gradient] returns, but for rounding.
func (l Loss) Of(z []float32) float64 {
	at := func(i int) float64 { return float64(z[i]) }
	switch l.Kind {
	case CrossEntropy:
		most, sum := float64(slices.Max(z)), 0.0
		for i := range z {
			sum += math.Exp(at(i) - most)
		}
		return most + math.Log(sum) - at(l.Label)
	case DLR, DLRTargeted:
		order := Ranked(z)
		first, third := at(order[0]), at(order[2])
		if l.Kind == DLRTargeted {
			return -(at(l.Label) - at(l.Target)) / (first - (third+at(order[3]))/2 + 1e-12)
		}
		other := order[0]
		if other == l.Label {
			other = order[1]
		}
		return -(at(l.Label) - at(other)) / (first - third + 1e-12)
	case Weighted:
		sum := 0.0
		for i, v := range l.Vector {
			sum += at(i) * float64(v)
		}
		return sum
	}
	return distance(z, l.Vector)
}

// Ranked returns the classes in the order of their logits, the greatest first; of equals the first class first.
func Ranked(logits []float32) []int {
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case logits[i] > logits[j]:
			return -1
		case logits[i] < logits[j]:
			return 1
		}
		return 0
	})
	return order
}
