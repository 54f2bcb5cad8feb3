package robust

import (
	"fmt"
	"strconv"

	"vidcsl/model/eval"
	"vidcsl/pipeline"
)

// Measure is an accuracy over some cells of a run: the mean, over the corruptions or attacks among them, of the mean over the cells of each.
type Measure struct {
	Name string
	In   func(c Condition) bool // the cells that count
}

// CleanAccuracy is the accuracy on clips as they are.
func CleanAccuracy() Measure {
	return Measure{"clean", func(c Condition) bool { return c.Kind == Clean }}
}

// MPC is the mean performance under corruption: the accuracy, averaged over severities and then over corruptions (Michaelis et al.,
// "Benchmarking Robustness in Object Detection", arXiv 1907.07484).
func MPC() Measure {
	return Measure{"mPC", func(c Condition) bool { return c.Kind == Corruption }}
}

// Under is the accuracy in one condition.
func Under(c Condition) Measure {
	return Measure{c.String(), func(other Condition) bool { return other == c }}
}

// accuracy returns a measure of one run.
func (s *Study) accuracy(run int, m Measure) draws {
	return s.over(run, m, func(_ Condition, t tally) draws { return t.hit })
}

// over returns the mean over names of the mean over cells of what f makes of a cell.
func (s *Study) over(run int, m Measure, f func(c Condition, t tally) draws) draws {
	var names []string
	by := map[string][]draws{}
	for i, c := range s.runs[run].Cells {
		if !m.In(c.Condition) {
			continue
		}
		if by[c.Name] == nil {
			names = append(names, c.Name)
		}
		by[c.Name] = append(by[c.Name], f(c.Condition, s.cells[run][i]))
	}
	if len(names) == 0 {
		return undefined("there are no cells for %s", m.Name)
	}
	means := make([]draws, len(names))
	for i, n := range names {
		means[i] = mean(by[n]...)
	}
	return mean(means...)
}

// Role names runs that differ in the seed of their training alone, by their places in the study. Where there are several, a statistic
// is that of their mean, and its interval that of a hierarchical bootstrap: first runs are drawn with replacement, then videos. Of
// three or four seeds such an interval is too narrow, as the spread of so few is.
type Role []int

// drawn returns the mean over the runs of a role. Equal roles are drawn alike.
func (s *Study) drawn(role Role, f func(run int) draws) draws {
	if len(role) == 0 {
		return undefined("there is no run")
	}
	all := make([]draws, len(role))
	for i, run := range role {
		all[i] = f(run)
	}
	if len(role) == 1 {
		return all[0]
	}
	out := mean(all...)
	if out.why != "" {
		return out
	}
	name := fmt.Sprint([]int(role))
	for r := 1; r < len(out.at); r++ {
		rng, sum := pipeline.Rand(s.o.Seed, "seeds "+name, strconv.Itoa(r)), 0.0
		for range all {
			sum += all[rng.IntN(len(all))].at[r]
		}
		out.at[r] = sum / float64(len(all))
	}
	return out
}

// Mean returns a measure of a role. Where every clip is right, or every one wrong, all resamples are alike and their interval would have no width, which
// says nothing of how few clips there are. Then the far end is that of Wilson's interval (Wilson 1927) for as many clips as there are videos: what several
// cells or runs make of one video is not counted twice. Of 10 videos, none right, it is 0 to 0.278.
func (s *Study) Mean(role Role, m Measure) Value {
	v := s.drawn(role, func(run int) draws { return s.accuracy(run, m) }).value()
	return s.atEnd(v, role, m)
}

// atEnd widens an interval without width at 0 or 1.
func (s *Study) atEnd(v Value, role Role, m Measure) Value {
	if !v.Defined() || v.Low != v.High || v.Value != 0 && v.Value != 1 {
		return v
	}
	videos := map[string]bool{}
	for _, run := range role {
		for _, c := range s.runs[run].Cells {
			for _, clip := range c.Clips {
				if m.In(c.Condition) && clip.Predicted != Undecodable {
					videos[clip.Key] = true
				}
			}
		}
	}
	n := len(videos)
	a := eval.NewAccuracy(n*int(v.Value), n)
	return Value{Value: v.Value, Low: a.Low, High: a.High}
}

// RPC is the relative performance under corruption: [MPC] by the clean accuracy (Michaelis et al., arXiv 1907.07484).
func (s *Study) RPC(role Role) Value {
	of := func(m Measure) draws { return s.drawn(role, func(run int) draws { return s.accuracy(run, m) }) }
	return ratio(of(MPC()), of(CleanAccuracy()), "the clean accuracy").value()
}

// GammaA is the absolute robustness, 1 - (clean - accuracy), and GammaR the relative one, 1 - (clean - accuracy) / clean, with accuracies from
// 0 to 1 (Schiappa et al., "A Large-scale Robustness Analysis of Video Action Recognition Models", CVPR 2023, which writes percentages).
// The clean accuracy is that on the videos of the cell that could be decoded, so that both are of the same ones.
func (s *Study) GammaA(role Role, m Measure) Value {
	lost := s.drawn(role, func(run int) draws {
		return s.over(run, m, func(_ Condition, t tally) draws { return difference(t.clean, t.hit) })
	})
	return combine(func(v []float64) float64 { return 1 - v[0] }, lost).value()
}

// GammaR is the relative robustness, see [Study.GammaA].
func (s *Study) GammaR(role Role, m Measure) Value {
	of := func(f func(_ Condition, t tally) draws) draws {
		return s.drawn(role, func(run int) draws { return s.over(run, m, f) })
	}
	hit, clean := of(func(_ Condition, t tally) draws { return t.hit }), of(func(_ Condition, t tally) draws { return t.clean })
	return ratio(hit, clean, "the clean accuracy").value()
}

// GapClosed is how much of the robustness that training without labels (csl) lacks of training with labels (supervised) another way of
// training has made up for:
//
//	(rob(x) - rob(csl)) / (rob(supervised) - rob(csl))
//
// where rob is a measure, such as [MPC]: 0 is no better than csl, 1 as good as supervised. It is not defined where there is no gap to
// close: where the interval of the denominator is not above 0. All three are resampled alike; where roles have several seeds, each role
// draws its own.
func (s *Study) GapClosed(x, csl, supervised Role, m Measure) Value {
	of := func(role Role) draws { return s.drawn(role, func(run int) draws { return s.accuracy(run, m) }) }
	from := of(csl)
	return ratio(difference(of(x), from), difference(of(supervised), from), "the gap between supervised and the baseline").value()
}

// Difference returns by how much a measure of one role is above that of another. Both are resampled alike; where roles have several seeds, each draws
// its own.
func (s *Study) Difference(a, b Role, m Measure) Value {
	of := func(role Role) draws { return s.drawn(role, func(run int) draws { return s.accuracy(run, m) }) }
	return difference(of(a), of(b)).value()
}

// Before returns the clean accuracy of a role on the clips of the cells of a measure: on those that were attacked, or that a corruption left.
// Its interval is as that of [Study.Mean].
func (s *Study) Before(role Role, m Measure) Value {
	v := s.drawn(role, func(run int) draws {
		return s.over(run, m, func(_ Condition, t tally) draws { return t.clean })
	}).value()
	return s.atEnd(v, role, m)
}
