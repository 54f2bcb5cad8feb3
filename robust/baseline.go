package robust

// MCE is the mean corruption error against a baseline (Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common
// Corruptions and Perturbations", arXiv 1903.12261, section 4): for each corruption the sum over severities of the errors (1 - accuracy) by that
// of the baseline, averaged over corruptions. 1 is as robust as the baseline, less is better. Both must have the same cells. It is not
// defined where the baseline makes clearly no error.
func (s *Study) MCE(role, baseline Role) Value {
	return s.errorsBy(role, baseline, func(t tally) draws {
		return combine(func(v []float64) float64 { return 1 - v[0] }, t.hit)
	}, "the error of the baseline")
}

// RelativeMCE is the relative mean corruption error (the same section): as [Study.MCE], of the errors in excess of the clean one. The clean
// error is that on the videos of the cell that could be decoded.
func (s *Study) RelativeMCE(role, baseline Role) Value {
	return s.errorsBy(role, baseline, func(t tally) draws { return difference(t.clean, t.hit) }, "what the baseline loses")
}

func (s *Study) errorsBy(role, baseline Role, of func(t tally) draws, what string) Value {
	if len(role) == 0 || len(baseline) == 0 {
		return Value{Undefined: "there is no run"}
	}
	own, other := s.severities(role[0]), s.severities(baseline[0])
	if len(own.names) == 0 {
		return Value{Undefined: "there are no corruptions"}
	}
	var list []draws
	for _, name := range own.names {
		if own.by[name] != other.by[name] {
			return Value{Undefined: name + ": the runs have cells of different severities"}
		}
		one := Measure{name, func(c Condition) bool { return c.Kind == Corruption && c.Name == name }}
		sum := func(r Role) draws {
			return s.drawn(r, func(run int) draws { return s.over(run, one, func(_ Condition, t tally) draws { return of(t) }) })
		}
		list = append(list, ratio(sum(role), sum(baseline), name+": "+what))
	}
	return mean(list...).value()
}

// severities is which severities of which corruptions a run has cells of.
type severities struct {
	names []string
	by    map[string]uint8 // a bit for each
}

func (s *Study) severities(run int) severities {
	v := severities{by: map[string]uint8{}}
	for _, c := range s.runs[run].Cells {
		if c.Kind != Corruption {
			continue
		}
		if v.by[c.Name] == 0 {
			v.names = append(v.names, c.Name)
		}
		v.by[c.Name] |= 1 << c.Severity
	}
	return v
}
