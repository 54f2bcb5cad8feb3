package study

import (
	"regexp"
	"strings"

	"vidcsl/cmd/internal/robustness"
	"vidcsl/pipeline/config"
	"vidcsl/robust/report"
)

// page returns the page of the encoders at their end, with what was matched beside it. Ways without a run are not on it, but for the notes.
func (s *Study) page(r *Result, list []training) *report.Page {
	p := r.Report.Page
	p.Reproduce = []report.Command{{Does: "trains all encoders, tests them and writes this page", Line: strings.Join(r.Command, " ")}}
	s.describe(p, list)
	if m := r.Matched; m != nil {
		var ways []report.MatchedWay
		for _, w := range m.Ways {
			if len(w.Steps) > 0 {
				ways = append(ways, report.MatchedWay{Steps: w.Steps, Validation: w.Validation, Left: w.Left})
			}
		}
		var at *report.Page
		if m.Report != nil {
			at = m.Report.Page
		}
		robustness.Match(p, at, report.Matched{Probe: m.Probe, Target: m.Target, Within: m.Within, Ways: ways})
	}
	p.Answer = r.noGap() + p.Answer
	p.Notes = append(r.Notes[:len(r.Notes):len(r.Notes)], p.Notes...)
	return p
}

// describe adds to what ways are what they change of the base.
func (s *Study) describe(p *report.Page, list []training) {
	changes := map[string]string{}
	for _, t := range list {
		changes[s.Config.Ways[t.way].Name] = s.changes(t.candidate)
	}
	for i := range p.Ways {
		w := &p.Ways[i]
		w.About += ". " + changes[w.Name]
	}
}

// changes says what a candidate of a way changes of the base, in YAML.
func (s *Study) changes(c candidate) string {
	w := s.Config.Ways[c.way]
	parts := []config.Part{w.Train}
	if c.number >= 0 {
		parts = append(parts, w.Grid[c.number])
	}
	var texts []string
	for _, part := range parts {
		if text := flow(part); text != "{}" {
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return "The base as it is"
	}
	return "The base with " + strings.Join(texts, " and ")
}

var quoted = regexp.MustCompile(`"([A-Za-z_][A-Za-z0-9_.-]*)"`)

// flow is a part of a configuration as YAML on one line.
func flow(part config.Part) string {
	text, err := config.MarshalJSON(part)
	if err != nil {
		return err.Error()
	}
	return quoted.ReplaceAllString(strings.Join(strings.Fields(string(text)), " "), "$1")
}
