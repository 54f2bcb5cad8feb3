package eval

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Report is all that was measured of an encoder. What was not measured is nil.
type Report struct {
	Version  string      `json:"version"` // of the program that wrote it
	Encoder  Description `json:"encoder"`
	Train    Set         `json:"train"`
	Test     Set         `json:"test"`
	KNN      *KNN        `json:"knn,omitempty"`
	Linear   *Probe      `json:"linear,omitempty"`
	FineTune *FineTune   `json:"finetune,omitempty"`
	// Retrieval has the test samples as queries and the train samples as the gallery.
	Retrieval *Retrieval `json:"retrieval,omitempty"`
	// Within has the test samples as queries and the other test samples as the gallery.
	Within     *Retrieval `json:"within,omitempty"`
	Uniformity *float64   `json:"uniformity,omitempty"` // of the test features, see [Uniformity]
}

// Description says what was evaluated.
type Description struct {
	Arch    string `json:"arch"`
	Weights string `json:"weights"` // the file or the run that they are of; empty: random weights
	Step    int    `json:"step"`    // of training that they were taken after; 0 if that is not known
	Dim     int    `json:"dim"`     // of a feature
	View    [4]int `json:"view"`    // T, H, W, 3 of the clips
	Engine  string `json:"engine"`
}

// Set says which samples were used.
type Set struct {
	Data    string `json:"data"` // the path
	Samples int    `json:"samples"`
	Labels  int    `json:"labels"`  // samples that have one
	Classes int    `json:"classes"` // that occur
}

// FineTune is the result of training an encoder on with labels.
type FineTune struct {
	Train int `json:"train"` // labelled samples
	Steps int `json:"steps"`
	Classification
}

// NewSet describes features that were made from data.
func NewSet(data string, f Features) Set {
	known := f.Labelled().Labels
	return Set{Data: data, Samples: f.Len(), Labels: len(known), Classes: len(slices.Compact(slices.Sorted(slices.Values(known))))}
}

// WriteJSON writes the report as JSON, for programs.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// method is a line of the table.
type method struct {
	name  string
	of    Classification
	train int
}

func (r *Report) methods() []method {
	var list []method
	if k := r.KNN; k != nil {
		name := fmt.Sprintf("kNN, k %d", k.K)
		if k.Center {
			name += ", centred"
		}
		list = append(list, method{name, k.Classification, k.Train})
	}
	if l := r.Linear; l != nil {
		list = append(list, method{fmt.Sprintf("linear, C %v", l.C), l.Classification, l.Train})
	}
	if f := r.FineTune; f != nil {
		list = append(list, method{fmt.Sprintf("fine-tuned, %d steps", f.Steps), f.Classification, f.Train})
	}
	return list
}

// WriteTable writes the report as text, for people: what was evaluated, one line for each method, and what the best of them confuses.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	d := r.Encoder
	fmt.Fprintf(t, "encoder\t%s, %d dimensions, clips of %d frames of %dx%d\n", d.Arch, d.Dim, d.View[0], d.View[2], d.View[1])
	switch {
	case d.Weights == "":
		fmt.Fprint(t, "weights\trandom\n")
	case d.Step > 0:
		fmt.Fprintf(t, "weights\t%s, step %d\n", d.Weights, d.Step)
	default:
		fmt.Fprintf(t, "weights\t%s\n", d.Weights)
	}
	for _, s := range []struct {
		name string
		Set
	}{{"train", r.Train}, {"test", r.Test}} {
		fmt.Fprintf(t, "%s\t%s: %d samples, %d with a label, %d classes\n", s.name, s.Data, s.Samples, s.Labels, s.Classes)
	}
	if r.Retrieval != nil {
		fmt.Fprintf(t, "retrieval\t%v\n", r.Retrieval)
	}
	if r.Within != nil {
		fmt.Fprintf(t, "within test\t%v\n", r.Within)
	}
	if r.Uniformity != nil {
		fmt.Fprintf(t, "uniformity\t%.3f (0: all features are one point)\n", *r.Uniformity)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return r.writeMethods(w)
}

func (r *Report) writeMethods(w io.Writer) error {
	list := r.methods()
	if len(list) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\nmethod\ttop-1\t95 % interval\ttop-5\tmean of classes\ttrain\ttest\n")
	best := list[0]
	for _, m := range list {
		if m.of.Top1.Value > best.of.Top1.Value {
			best = m
		}
		top5 := "-"
		if m.of.Top5 != nil {
			top5 = percent(*m.of.Top5)
		}
		a := m.of.Top1
		fmt.Fprintf(t, "%s\t%s\t%.1f to %.1f %%\t%s\t%.1f %%\t%d\t%d\n",
			m.name, percent(a), 100*a.Low, 100*a.High, top5, 100*m.of.Balanced, m.train, a.N)
	}
	if l := r.Linear; l != nil && !l.Converged {
		fmt.Fprintf(t, "\nthe linear probe has not converged in %d steps: the gradient is %.1e; a smaller C helps\n", l.Steps, l.Gradient)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "\n%s:\n", best.name); err != nil {
		return err
	}
	return best.of.Confusion.WriteTable(w)
}
