package eval

import (
	"cmp"
	"fmt"
	"slices"

	"vidcsl/model/op"
)

// Classification says how well labels were predicted.
type Classification struct {
	Top1      Accuracy   `json:"top1"`
	Top5      *Accuracy  `json:"top5,omitempty"` // the label is among the five best; nil if there are not more than five classes
	Balanced  float64    `json:"balanced"`       // the mean over the classes that occur of their accuracies
	PerClass  []Accuracy `json:"per_class"`      // in the order of Confusion.Classes
	Confusion Confusion  `json:"confusion"`
	Predicted []int32    `json:"-"` // of the labelled samples, in their order
}

// Classify compares scores f32[N,C], such as logits or [Features].Scores, with labels: a sample's prediction is the class of the
// highest score, of equals the first. Samples without a label are left out. names are those of the classes; nil: their numbers.
func Classify(scores op.Tensor, labels []int32, names []string) (Classification, error) {
	switch {
	case scores.DType != op.F32 || len(scores.Shape) != 2 || scores.Shape[0] != len(labels) || scores.Data == nil:
		return Classification{}, fmt.Errorf("eval: scores are %v for %d labels, want f32[%d C]", scores.Type, len(labels), len(labels))
	case names != nil && len(names) != scores.Shape[1]:
		return Classification{}, fmt.Errorf("eval: scores are %v, but there are %d classes", scores.Type, len(names))
	}
	if err := checkFinite("scores:", scores, func(i int) string { return fmt.Sprintf("sample %d", i) }); err != nil {
		return Classification{}, err
	}
	k, data := scores.Shape[1], op.Data[float32](scores)
	var ranked [][]int
	var known []int32
	for i, l := range labels {
		switch {
		case int(l) >= k:
			return Classification{}, fmt.Errorf("eval: label %d is %d, but the scores are of %d classes", i, l, k)
		case l >= 0:
			known = append(known, l)
			ranked = append(ranked, ranking(data[i*k:][:k], func(float32) bool { return true }))
		}
	}
	if len(known) == 0 {
		return Classification{}, fmt.Errorf("eval: none of the %d samples has a label", len(labels))
	}
	return newClassification(ranked, known, classNames(names, k)), nil
}

// ranking returns up to five classes whose scores count, the best first, of equals the lower.
func ranking[T float32 | float64](scores []T, counts func(T) bool) []int {
	best := make([]int, 0, 6)
	for c, s := range scores {
		if !counts(s) {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, s, func(b int, s T) int {
			if scores[b] >= s {
				return -1
			}
			return 1
		})
		if at < 5 {
			best = slices.Insert(best, at, c)[:min(len(best)+1, 5)]
		}
	}
	return best
}

// newClassification counts; ranked holds for each sample at least one class.
func newClassification(ranked [][]int, labels []int32, names []string) Classification {
	c := Classification{Confusion: newConfusion(names), Predicted: make([]int32, len(labels))}
	first, among := 0, 0
	for i, l := range labels {
		c.Predicted[i] = int32(ranked[i][0])
		c.Confusion.Counts[l][ranked[i][0]]++
		if ranked[i][0] == int(l) {
			first++
		}
		if slices.Contains(ranked[i], int(l)) {
			among++
		}
	}
	c.Top1 = NewAccuracy(first, len(labels))
	if len(names) > 5 {
		top5 := NewAccuracy(among, len(labels))
		c.Top5 = &top5
	}
	c.PerClass = c.Confusion.PerClass()
	occur := 0
	for _, a := range c.PerClass {
		if a.N > 0 {
			c.Balanced += a.Value
			occur++
		}
	}
	c.Balanced /= float64(cmp.Or(occur, 1))
	return c
}
