package runs

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"vidcsl/model/eval"
)

// Compared is one of several runs that are evaluated alike.
type Compared struct {
	Run       string       `json:"run"`
	Objective string       `json:"objective"`
	Removal   Removed      `json:"removal"`
	Report    *eval.Report `json:"report"`
}

// Removed says which false negatives a run removed, over the last tenth of its steps. Shares are 0 to 1.
type Removed struct {
	Detector  string  `json:"detector"`
	Action    string  `json:"action,omitempty"`
	Share     float64 `json:"share"`     // of all pairs
	Precision float64 `json:"precision"` // share of those removed that have one label; 0 if nothing was removed
	Recall    float64 `json:"recall"`    // share of the pairs of one label that were removed
	BaseRate  float64 `json:"base_rate"` // share of all pairs that have one label
}

// Compare measures what the encoders of several runs, by their folders, have learned.
func (e *Evaluation) Compare(ctx context.Context, list []string) ([]Compared, error) {
	var all []Compared
	for _, run := range list {
		c, err := e.compared(ctx, run)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (e *Evaluation) compared(ctx context.Context, run string) (Compared, error) {
	s, err := e.Open(ctx, run)
	if err != nil {
		return Compared{}, err
	}
	defer s.Close()
	report, err := e.report(ctx, s)
	return Compared{Run: run, Objective: s.Config.Objective, Report: report, Removal: s.Removed()}, err
}

// Removed says which false negatives the run removed.
func (r *Record) Removed() Removed {
	removed := Removed{Detector: r.Config.Removal.Detector}
	if r.Result != nil && removed.Detector != "none" {
		removed.Action = r.Config.Removal.Action
		removed.Share, removed.BaseRate = r.Result.Metrics["removed"], r.Result.Metrics["base_rate"]
		removed.Precision, removed.Recall = r.Result.Metrics["precision"], r.Result.Metrics["recall"]
	}
	return removed
}

// WriteComparison writes a line for each run, for people.
func WriteComparison(w io.Writer, list []Compared) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "run\tobjective\tremoval")
	top := func(c *eval.Classification) string { return c.Top1.String() }
	methods := []struct {
		name string
		of   func(r *eval.Report) string
	}{
		{"kNN", func(r *eval.Report) string {
			return text(r.KNN, func(k *eval.KNN) string { return top(&k.Classification) })
		}},
		{"linear", func(r *eval.Report) string {
			return text(r.Linear, func(p *eval.Probe) string { return top(&p.Classification) })
		}},
		{"fine-tuned", func(r *eval.Report) string {
			return text(r.FineTune, func(f *eval.FineTune) string { return top(&f.Classification) })
		}},
		{"retrieval", func(r *eval.Report) string { return text(r.Retrieval, (*eval.Retrieval).String) }},
	}
	used := methods[:0]
	for _, m := range methods {
		if m.of(list[0].Report) != "" {
			used = append(used, m)
			fmt.Fprintf(t, "\t%s", m.name)
		}
	}
	fmt.Fprintln(t, "\tremoved\tprecision (base rate)\trecall")
	for _, c := range list {
		fmt.Fprintf(t, "%s\t%s\t%s", c.Run, c.Objective, c.Removal)
		for _, m := range used {
			fmt.Fprintf(t, "\t%s", m.of(c.Report))
		}
		if r := c.Removal; r.Action != "" {
			fmt.Fprintf(t, "\t%.1f %%\t%.2f (%.2f)\t%.2f", 100*r.Share, r.Precision, r.BaseRate, r.Recall)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// String returns the detector and the action.
func (r Removed) String() string {
	if r.Action == "" {
		return r.Detector
	}
	return r.Detector + ", " + r.Action
}

// text is that of v, "" of nothing.
func text[T any](v *T, of func(*T) string) string {
	if v == nil {
		return ""
	}
	return of(v)
}
