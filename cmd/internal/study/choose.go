package study

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"

	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/config"
)

// choicesFile is where the choices are recorded, in the folder of the study.
const choicesFile = "choices.json"

// Choice is which candidate of a way was chosen, and why.
type Choice struct {
	Way        string      `json:"way"`
	Probe      string      `json:"probe"`
	Seeds      []uint64    `json:"seeds"`
	Candidates []Candidate `json:"candidates"`
	Chosen     int         `json:"chosen"` // the first of those whose mean is the highest; -1: all diverged
}

// Candidate is how one of the grid did on the validation data.
type Candidate struct {
	Train      json.RawMessage `json:"train"`      // what the grid says
	Validation []float64       `json:"validation"` // accuracy, by seed; of those that ended
	Mean       float64         `json:"mean"`       // 0 if one diverged
	Failed     []Failure       `json:"failed,omitempty"`
}

// choose trains the candidates of ways that have several and chooses by the validation data. What it finds is recorded.
func (s *Study) choose(ctx context.Context) ([]Choice, error) {
	var parts []part
	all := s.Config.all()
	for way, list := range all {
		if len(list) < 2 {
			continue
		}
		for k, c := range list {
			for n, seed := range s.Config.selecting(way) {
				parts = append(parts, s.part(s.training(c, seed), way+k+n))
			}
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	if err := s.do(ctx, "candidates", parts); err != nil {
		return nil, err
	}
	var choices []Choice
	for way, list := range all {
		if len(list) < 2 {
			continue
		}
		c, err := s.choice(way, list)
		if err != nil {
			return nil, err
		}
		choices = append(choices, c)
	}
	return choices, runs.WriteJSON(filepath.Join(s.Output, choicesFile), choices)
}

// choice compares the candidates of a way. One of which a training diverged is not chosen.
func (s *Study) choice(way int, list []candidate) (Choice, error) {
	w := s.Config.Ways[way]
	choice := Choice{Way: w.Name, Probe: s.Config.Select.Probe, Seeds: s.Config.selecting(way), Chosen: -1}
	for k, c := range list {
		text, err := config.MarshalJSON(w.Grid[k])
		if err != nil {
			return choice, err
		}
		one := Candidate{Train: bytes.TrimSpace(text)}
		for _, seed := range choice.Seeds {
			t := s.training(c, seed)
			if f := s.failure(t); f != nil {
				one.Failed = append(one.Failed, *f)
				continue
			}
			v, err := s.validated(t, 0)
			if err != nil {
				return choice, err
			}
			one.Validation = append(one.Validation, v)
			one.Mean += v / float64(len(choice.Seeds))
		}
		switch {
		case len(one.Failed) > 0:
			one.Mean = 0
		case choice.Chosen < 0 || one.Mean > choice.Candidates[choice.Chosen].Mean:
			choice.Chosen = k
		}
		choice.Candidates = append(choice.Candidates, one)
	}
	return choice, nil
}

// chosen returns all runs of the study, way by way. Of a way whose candidates all diverged it has those that did.
func (s *Study) chosen(choices []Choice) (list []training) {
	of := map[string]int{}
	for _, c := range choices {
		of[c.Way] = c.Chosen
	}
	for way, all := range s.Config.all() {
		if of[s.Config.Ways[way].Name] < 0 {
			for _, c := range all {
				for _, seed := range s.Config.selecting(way) {
					if t := s.training(c, seed); s.failure(t) != nil {
						list = append(list, t)
					}
				}
			}
			continue
		}
		for _, seed := range s.Config.seeds(way) {
			list = append(list, s.training(all[of[s.Config.Ways[way].Name]], seed))
		}
	}
	return list
}
