package robust

import (
	"vidcsl/model/eval"
)

// Summary is what the cells of one run say.
type Summary struct {
	Clean Row   `json:"clean"`
	MPC   Value `json:"mpc"`
	RPC   Value `json:"rpc"`
	// MCE and RelativeMCE are against a baseline; nil without one.
	MCE         *Value  `json:"mce,omitempty"`
	RelativeMCE *Value  `json:"relative_mce,omitempty"`
	Corruptions []Group `json:"corruptions,omitempty"`
	Attacks     []Row   `json:"attacks,omitempty"`
}

// Group is the cells of one corruption.
type Group struct {
	Name       string `json:"name"`
	Mean       Value  `json:"mean"`        // accuracy, over severities
	GammaR     Value  `json:"gamma_r"`     // of the means, see [Study.GammaR]
	GammaA     Value  `json:"gamma_a"`     // see [Study.GammaA]
	Severities []Row  `json:"severities"`  // in the order of the cells
	Lost       int    `json:"undecodable"` // clips of all severities
	Clips      int    `json:"clips"`
}

// Row is one cell in numbers.
type Row struct {
	Condition
	Accuracy    eval.Accuracy `json:"accuracy"` // over the clips that could be decoded
	Undecodable eval.Accuracy `json:"undecodable"`
	GammaR      Value         `json:"gamma_r"`
	GammaA      Value         `json:"gamma_a"`
	ECE         *float64      `json:"ece,omitempty"` // nil without confidences
	// Before, Success and MedianNorm are of attacks: the clean accuracy of the clips that were attacked, and, for attacks that look for
	// the smallest perturbation, how large it is.
	Before     *eval.Accuracy `json:"before,omitempty"`
	Success    *eval.Accuracy `json:"success,omitempty"`
	MedianNorm *Value         `json:"median_norm,omitempty"`
}

// Summary computes what the cells of one run say; baseline may be empty.
func (s *Study) Summary(run int, baseline Role) *Summary {
	role := Role{run}
	out := &Summary{MPC: s.Mean(role, MPC()), RPC: s.RPC(role)}
	if len(baseline) > 0 {
		mce, relative := s.MCE(role, baseline), s.RelativeMCE(role, baseline)
		out.MCE, out.RelativeMCE = &mce, &relative
	}
	at := map[string]int{}
	for i := range s.runs[run].Cells {
		c := &s.runs[run].Cells[i]
		row := s.row(role, c)
		switch c.Kind {
		case Clean:
			out.Clean = row
		case Attack:
			out.Attacks = append(out.Attacks, row)
		case Corruption:
			k, ok := at[c.Name]
			if !ok {
				k = len(out.Corruptions)
				at[c.Name] = k
				m := Measure{c.Name, func(other Condition) bool { return other.Kind == Corruption && other.Name == c.Name }}
				out.Corruptions = append(out.Corruptions, Group{Name: c.Name, Mean: s.Mean(role, m), GammaR: s.GammaR(role, m), GammaA: s.GammaA(role, m)})
			}
			g := &out.Corruptions[k]
			g.Severities = append(g.Severities, row)
			g.Lost, g.Clips = g.Lost+row.Undecodable.Hits, g.Clips+row.Undecodable.N
		}
	}
	return out
}

func (s *Study) row(role Role, c *Cell) Row {
	m := Under(c.Condition)
	r := Row{Condition: c.Condition, Accuracy: c.Accuracy(), Undecodable: c.Undecodable(), GammaR: s.GammaR(role, m), GammaA: s.GammaA(role, m)}
	if ece, ok := c.ECE(); ok {
		r.ECE = &ece
	}
	if c.Kind == Attack {
		success, before := c.Success(), s.before(role[0], c)
		r.Success, r.Before = &success, &before
		if c.Epsilon == 0 {
			v := c.MedianNorm()
			r.MedianNorm = &v
		}
	}
	return r
}

// before returns the clean accuracy of a run on the clips of one of its cells.
func (s *Study) before(run int, c *Cell) eval.Accuracy {
	right := map[string]bool{}
	for _, clean := range s.runs[run].Cells {
		if clean.Kind == Clean {
			for _, clip := range clean.Clips {
				right[clip.Key] = clip.Right()
			}
		}
	}
	hits := 0
	for _, clip := range c.Clips {
		if right[clip.Key] {
			hits++
		}
	}
	return eval.NewAccuracy(hits, len(c.Clips))
}
