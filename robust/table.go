package robust

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"vidcsl/model/eval"
)

// WriteTable writes the summary as text, for people: the means, a line for each corruption, a line for each attack. Accuracies are in
// percent.
func (s *Summary) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	clean := s.Clean.Accuracy.String()
	if s.Clean.ECE != nil {
		clean += fmt.Sprintf(", calibration error %.3f", *s.Clean.ECE)
	}
	fmt.Fprintf(t, "clean\t%s\n", clean)
	if len(s.Corruptions) > 0 {
		fmt.Fprintf(t, "mPC\t%v\nrPC\t%v\n", s.MPC, s.RPC)
	}
	if s.MCE != nil && len(s.Corruptions) > 0 {
		fmt.Fprintf(t, "mCE\t%v\nrelative mCE\t%v\n", s.MCE, s.RelativeMCE)
	}
	s.corruptions(t)
	s.attacks(t)
	return t.Flush()
}

func (s *Summary) corruptions(t *tabwriter.Writer) {
	if len(s.Corruptions) == 0 {
		return
	}
	var severities []int
	for _, g := range s.Corruptions {
		for _, r := range g.Severities {
			if !slices.Contains(severities, r.Severity) {
				severities = append(severities, r.Severity)
			}
		}
	}
	slices.Sort(severities)
	fmt.Fprint(t, "\ncorruption")
	for _, v := range severities {
		fmt.Fprintf(t, "\t%d", v)
	}
	fmt.Fprint(t, "\tmean\tγr\tγa\tundecodable\n")
	for _, g := range s.Corruptions {
		fmt.Fprint(t, g.Name)
		for _, v := range severities {
			cell := "-"
			if i := slices.IndexFunc(g.Severities, func(r Row) bool { return r.Severity == v }); i >= 0 {
				cell = percent(g.Severities[i].Accuracy)
			}
			fmt.Fprintf(t, "\t%s", cell)
		}
		fmt.Fprintf(t, "\t%s\t%s\t%s\t%.1f %%\n", short(g.Mean, 100, "%.1f"), short(g.GammaR, 1, "%.2f"), short(g.GammaA, 1, "%.2f"), 100*float64(g.Lost)/float64(max(g.Clips, 1)))
	}
}

func (s *Summary) attacks(t *tabwriter.Writer) {
	if len(s.Attacks) == 0 {
		return
	}
	fmt.Fprint(t, "\nattack\tsize\tbefore\taccuracy\tsuccess\tγr\n")
	for _, r := range s.Attacks {
		size := FormatEpsilon(r.Epsilon)
		if r.MedianNorm != nil {
			size = "smallest, median " + short(*r.MedianNorm, 1, "%.4g")
		}
		fmt.Fprintf(t, "%s %s\t%s\t%s\t%v\t%s\t%s\n", r.Name, r.Norm, size, percent(*r.Before), r.Accuracy, percent(*r.Success), short(r.GammaR, 1, "%.2f"))
	}
}

// percent is an accuracy in a small table; - where nothing is known.
func percent(a eval.Accuracy) string {
	if a.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100*a.Value)
}

// short is a value in a small table; - where it is not defined.
func short(v Value, times float64, format string) string {
	if !v.Defined() {
		return "-"
	}
	return fmt.Sprintf(format, times*v.Value)
}
