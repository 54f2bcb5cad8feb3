package study

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"vidcsl/cmd/internal/robustness"
	"vidcsl/robust"
)

// wayOf returns the name of the way that a run is of.
func (r *Result) wayOf(run string) string {
	for _, w := range r.Ways {
		if slices.ContainsFunc(w.Runs, func(folder string) bool { return run == folder || strings.HasPrefix(run, folder+"@") }) {
			return w.Name
		}
	}
	return run
}

// percent is a value without its interval.
func percent(v robust.Value) string {
	if !v.Defined() {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*v.Value)
}

// WriteTable writes what the study found as text, for people: the answer, each way at its end, then at matched accuracy.
func (r *Result) WriteTable(w io.Writer) error {
	fmt.Fprintln(w, robustness.Lines(r.Answer, r.Findings))
	if err := r.writeReport(w, r.Report, nil); err != nil {
		return err
	}
	for _, note := range r.Notes {
		fmt.Fprintln(w, note)
	}
	for _, c := range r.Choices {
		if c.Chosen < 0 {
			continue
		}
		fmt.Fprintf(w, "%s: of %d candidates, %d (%s) was chosen by %s on the validation data\n", c.Way, len(c.Candidates), c.Chosen, c.Candidates[c.Chosen].Train, c.Probe)
	}
	m := r.Matched
	if m == nil {
		return nil
	}
	fmt.Fprintf(w, "\nat the snapshots whose validation accuracy by %s is nearest to the baseline's, %.1f %%, and within %.1f points of it:\n", m.Probe, 100*m.Target, 100*m.Within)
	for _, way := range m.Ways {
		if way.Left != "" {
			fmt.Fprintf(w, "left out: %s: %s\n", way.Way, way.Left)
		}
	}
	if m.Report == nil {
		_, err := fmt.Fprintln(w, "there is nothing to compare with the baseline")
		return err
	}
	return r.writeReport(w, m.Report, m)
}

// writeReport writes a line for each way of a report: accuracies and how much of the gap they close; without a gap to speak of, for each run.
func (r *Result) writeReport(w io.Writer, report *robustness.Report, m *MatchedResult) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	c := report.Closed
	if c == nil {
		fmt.Fprint(t, "\nrun\tclean\tmPC\n")
		for _, run := range report.Runs {
			fmt.Fprintf(t, "%s\t%.1f %%\t%s\n", run.Run, 100*run.Summary.Clean.Accuracy.Value, percent(run.Summary.MPC))
		}
		return t.Flush()
	}
	fmt.Fprintf(t, "\nway\truns\t%s\n", strings.Join(c.Measures, "\t"))
	for _, way := range c.Ways {
		name := r.wayOf(way.Runs[0])
		if m != nil {
			name += m.steps(name)
		}
		fmt.Fprintf(t, "%s\t%d", name, len(way.Runs))
		for i, v := range way.Values {
			fmt.Fprintf(t, "\t%s", percent(v))
			if closed := way.Closed[i]; closed.Defined() && way.Runs[0] != c.Baseline[0] && way.Runs[0] != c.Supervised[0] {
				fmt.Fprintf(t, ", closes %.2f (%.2f to %.2f)", closed.Value, closed.Low, closed.High)
			}
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// steps says which snapshots stand for a way.
func (m *MatchedResult) steps(way string) string {
	for _, w := range m.Ways {
		if w.Way == way {
			var list []string
			for _, step := range w.Steps {
				list = append(list, after(step))
			}
			return " (" + strings.Join(list, ", ") + ")"
		}
	}
	return ""
}
