package eval

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Confusion counts for each class what its samples were taken for.
type Confusion struct {
	Classes []string `json:"classes"`
	Counts  [][]int  `json:"counts"` // [true class][predicted class]
}

func newConfusion(names []string) Confusion {
	c := Confusion{Classes: names, Counts: make([][]int, len(names))}
	for i := range c.Counts {
		c.Counts[i] = make([]int, len(names))
	}
	return c
}

// PerClass returns the accuracy of each class: the share of its samples that were recognised.
func (c Confusion) PerClass() []Accuracy {
	list := make([]Accuracy, len(c.Counts))
	for i, row := range c.Counts {
		n := 0
		for _, count := range row {
			n += count
		}
		list[i] = NewAccuracy(row[i], n)
	}
	return list
}

// Mistake is a class that was taken for another.
type Mistake struct {
	Class, Predicted string
	Count, N         int // so many of the N samples of the class
}

// Mistakes returns the most frequent mistakes, at most n.
func (c Confusion) Mistakes(n int) []Mistake {
	var list []Mistake
	for i, a := range c.PerClass() {
		for j, count := range c.Counts[i] {
			if i != j && count > 0 {
				list = append(list, Mistake{c.Classes[i], c.Classes[j], count, a.N})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Mistake) int { return cmp.Compare(b.Count, a.Count) })
	return list[:min(n, len(list))]
}

// widest is how many classes a matrix on a terminal can have.
const widest = 16

// WriteTable writes the matrix as text, with the accuracy of each class in the last column; a class without samples has none. Of
// more than 16 classes it writes the accuracies of the worst ten and the ten most frequent mistakes instead.
func (c Confusion) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(c.Classes) > widest {
		c.summary(t)
		return t.Flush()
	}
	fmt.Fprint(t, "true \\ predicted\t")
	for j, name := range c.Classes {
		fmt.Fprintf(t, "%d %s\t", j, clip(name, 10))
	}
	fmt.Fprint(t, "accuracy\t\n")
	for i, a := range c.PerClass() {
		fmt.Fprintf(t, "%d %s\t", i, clip(c.Classes[i], 20))
		for j, count := range c.Counts[i] {
			switch {
			case count == 0 && i != j:
				fmt.Fprint(t, "·\t")
			default:
				fmt.Fprintf(t, "%d\t", count)
			}
		}
		fmt.Fprintf(t, "%s\t\n", percent(a))
	}
	return t.Flush()
}

func (c Confusion) summary(w io.Writer) {
	const most = 10
	list := c.PerClass()
	order := make([]int, 0, len(list))
	for i, a := range list {
		if a.N > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(list[a].Value, list[b].Value) })
	fmt.Fprint(w, "worst classes\tn\taccuracy\t\n")
	for _, i := range order[:min(most, len(order))] {
		fmt.Fprintf(w, "%s\t%d\t%s\t\n", clip(c.Classes[i], 30), list[i].N, percent(list[i]))
	}
	fmt.Fprint(w, "mistake\tn\ttimes\t\n")
	for _, m := range c.Mistakes(most) {
		fmt.Fprintf(w, "%s as %s\t%d\t%d\t\n", clip(m.Class, 30), clip(m.Predicted, 30), m.N, m.Count)
	}
}

// percent returns the value of an accuracy; - if there are no samples.
func percent(a Accuracy) string {
	if a.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*a.Value)
}

// clip shortens a name to n characters and keeps it on one line.
func clip(name string, n int) string {
	runes := []rune(strings.Join(strings.Fields(name), " "))
	if len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return string(runes)
}
