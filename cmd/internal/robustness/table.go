package robustness

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"vidcsl/robust"
)

// WriteTable writes the report as text, for people: of each run its cells, then all runs side by side, then how much of the gap is closed.
func (r *Report) WriteTable(w io.Writer) error {
	for i, t := range r.Runs {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %s, removal %v; tested on %s by %s\n\n", t.Run, t.objective(), t.Removal, r.Data, t.Head)
		if err := t.Summary.WriteTable(w); err != nil {
			return err
		}
		t.writeSkipped(w)
	}
	if len(r.Runs) > 1 {
		if err := r.writeComparison(w); err != nil {
			return err
		}
	}
	if r.Closed != nil {
		if err := r.Closed.writeTable(w); err != nil {
			return err
		}
	}
	return r.writeAnswer(w)
}

// objective is what a run learned from, with the kind of its adversarial views if it had any.
func (t *Tested) objective() string {
	if t.Attacked == "" {
		return t.Objective
	}
	return t.Objective + ", " + t.Attacked
}

// Lines puts each sentence of an answer on a line of its own, and then each finding.
func Lines(answer string, findings []string) string {
	return strings.Join(append([]string{strings.ReplaceAll(answer, ". ", ".\n")}, findings...), "\n- ")
}

// writeAnswer writes the page's answer and findings; nothing of a report that was read from JSON.
func (r *Report) writeAnswer(w io.Writer) error {
	if r.Page == nil {
		return nil
	}
	_, err := fmt.Fprintf(w, "\n%s\n", Lines(r.Page.Answer, r.Page.Findings))
	return err
}

// writeSkipped writes a line for each reason.
func (t *Tested) writeSkipped(w io.Writer) {
	var reasons []string
	names := map[string][]string{}
	for _, s := range t.Skipped {
		if names[s.Why] == nil {
			reasons = append(reasons, s.Why)
		}
		names[s.Why] = append(names[s.Why], s.Name)
	}
	for _, why := range reasons {
		fmt.Fprintf(w, "left out: %s (%s)\n", strings.Join(names[why], ", "), why)
	}
}

func (r *Report) writeComparison(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	first := r.Runs[0].Summary
	fmt.Fprint(t, "\nrun\tobjective\tremoval\tclean")
	if len(first.Corruptions) > 0 {
		fmt.Fprint(t, "\tmPC\trPC")
	}
	if first.MCE != nil && len(first.Corruptions) > 0 {
		fmt.Fprint(t, "\tmCE")
	}
	for _, a := range first.Attacks {
		if a.Epsilon > 0 {
			fmt.Fprintf(t, "\t%v", a.Condition)
		}
	}
	fmt.Fprintln(t)
	for _, run := range r.Runs {
		s := run.Summary
		fmt.Fprintf(t, "%s\t%s\t%v\t%.1f %%", run.Run, run.objective(), run.Removal, 100*s.Clean.Accuracy.Value)
		if len(first.Corruptions) > 0 {
			fmt.Fprintf(t, "\t%s\t%s", point(s.MPC), point(s.RPC))
		}
		if s.MCE != nil && len(first.Corruptions) > 0 {
			fmt.Fprintf(t, "\t%s", point(*s.MCE))
		}
		for _, a := range s.Attacks {
			if a.Epsilon > 0 {
				fmt.Fprintf(t, "\t%.1f %%", 100*a.Accuracy.Value)
			}
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// point is a value without its interval, which stands with its run.
func point(v robust.Value) string {
	if !v.Defined() {
		return "-"
	}
	return fmt.Sprintf("%.3f", v.Value)
}

// brief is a value within a table, without the reason where there is none.
func brief(v robust.Value) string {
	if !v.Defined() {
		return "not defined"
	}
	return v.String()
}

// writeTable writes a line for each way: its accuracies, and how much of the gap they close.
func (c *Closed) writeTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\ngap closed\t%s\n", strings.Join(c.Measures, "\t"))
	var why []string
	for _, way := range c.Ways {
		name, end := strings.Join(way.Runs, ", "), false
		switch way.Runs[0] {
		case c.Baseline[0]:
			name, end = name+" (baseline)", true
		case c.Supervised[0]:
			name, end = name+" (supervised)", true
		}
		fmt.Fprint(t, name)
		for i, v := range way.Closed {
			accuracy := "-"
			if of := way.Values[i]; of.Defined() {
				accuracy = fmt.Sprintf("%.1f %%", 100*of.Value)
			}
			switch {
			case end:
				fmt.Fprintf(t, "\t%s", accuracy)
			default:
				fmt.Fprintf(t, "\t%s: %s", accuracy, brief(v))
			}
			if reason := c.Measures[i] + ": " + v.Undefined; !v.Defined() && !slices.Contains(why, reason) {
				why = append(why, reason)
			}
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, reason := range why {
		fmt.Fprintf(w, "not defined, %s\n", reason)
	}
	return nil
}
