package robustness

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vidcsl/augment"
	"vidcsl/robust"
	"vidcsl/robust/attack"
	"vidcsl/robust/corrupt"
)

// Skipped is a corruption that was not asked for by name, and that the clips of a run do not take.
type Skipped struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// sets returns the names of sets of corruptions.
func sets() (list []string) {
	for _, i := range corrupt.List() {
		if !slices.Contains(list, i.Set) {
			list = append(list, i.Set)
		}
	}
	return list
}

// chosen returns the corruptions that are asked for, and those of them that are asked for by name.
func (j *Job) chosen() (list []corrupt.Info, named map[string]bool) {
	named = map[string]bool{}
	for _, i := range corrupt.List() {
		named[i.Name] = slices.Contains(j.Corruptions, i.Name)
		if len(j.Corruptions) == 0 || named[i.Name] || slices.Contains(j.Corruptions, i.Set) {
			list = append(list, i)
		}
	}
	return list, named
}

func (j *Job) checkCorruptions() error {
	if j.Suite == "attacks" {
		return nil
	}
	var errs []error
	for _, name := range j.Corruptions {
		if !slices.ContainsFunc(corrupt.List(), func(i corrupt.Info) bool { return i.Name == name }) && !slices.Contains(sets(), name) {
			errs = append(errs, fmt.Errorf("--corruptions has %q, want of %s", name, strings.Join(CorruptionNames(), ", ")))
		}
	}
	if len(j.Severities) == 0 {
		errs = append(errs, errors.New("--severities is empty, want of 1 to 5"))
	}
	for i, s := range j.Severities {
		switch {
		case s < 1 || s > 5:
			errs = append(errs, fmt.Errorf("--severities has %d, want 1 to 5", s))
		case slices.Contains(j.Severities[:i], s):
			errs = append(errs, fmt.Errorf("--severities has %d twice", s))
		}
	}
	return errors.Join(errs...)
}

// CorruptionNames returns what --corruptions can have: sets, then names.
func CorruptionNames() []string {
	list := sets()
	for _, i := range corrupt.List() {
		list = append(list, i.Name)
	}
	return list
}

func (j *Job) checkAttacks() error {
	if j.Suite == "corruptions" {
		return nil
	}
	if len(j.Attacks) == 0 {
		return errors.New("--attacks is empty, want of " + strings.Join(attack.Names(), ", "))
	}
	if len(j.Epsilons) == 0 {
		return errors.New("--epsilon is empty, want sizes such as 8/255")
	}
	var errs []error
	for i, name := range j.Attacks {
		if slices.Contains(j.Attacks[:i], name) {
			errs = append(errs, fmt.Errorf("--attacks has %s twice", name))
			continue
		}
		for _, eps := range j.sizes(name) {
			if _, err := j.attack(name, eps); err != nil {
				errs = append(errs, err)
				break
			}
		}
	}
	for k, eps := range j.Epsilons {
		if slices.Contains(j.Epsilons[:k], eps) {
			errs = append(errs, fmt.Errorf("--epsilon has %s twice", robust.FormatEpsilon(eps)))
		}
	}
	if j.Steps < 0 {
		errs = append(errs, fmt.Errorf("--steps is %d, want at least 1, or 0 for as many as is usual for each attack", j.Steps))
	}
	if j.Clips < 0 {
		errs = append(errs, fmt.Errorf("--clips is %d, want at least 1, or 0 for all", j.Clips))
	}
	return errors.Join(errs...)
}

// sizes returns those at which an attack is made: 0 alone for one that looks for the smallest perturbation, from which all others follow.
func (j *Job) sizes(name string) []float64 {
	if attack.Smallest(name) {
		return []float64{0}
	}
	return j.Epsilons
}

// attack returns an attack of a size. --steps is not for those that are one step, or bring their own.
func (j *Job) attack(name string, eps float64) (attack.Attack, error) {
	c := attack.Config{Name: name, Norm: j.Norm, Eps: eps, Steps: j.Steps}
	if _, usual := attack.Summary(name); usual <= 1 {
		c.Steps = 0
	}
	return attack.New(c)
}

// plan lists the cells of the run: clean, corruptions, attacks.
func (t *tested) plan() error {
	t.add(&work{condition: clean}, "clean")
	if t.job.Suite != "attacks" {
		if err := t.planCorruptions(); err != nil {
			return err
		}
	}
	if t.job.Suite != "corruptions" {
		return t.planAttacks()
	}
	return nil
}

func (t *tested) add(w *work, file string) {
	w.of, w.path = t, filepath.Join(t.dir, file+".json")
	t.work = append(t.work, w)
}

func (t *tested) planCorruptions() error {
	list, named := t.job.chosen()
	for _, i := range list {
		why := ""
		switch frames := t.Test.Info().Shape[0]; {
		case i.Source && t.Test.Stored():
			why = "it is done by the decoder and needs videos, not stored clips"
		case i.Frames > frames:
			why = fmt.Sprintf("it needs clips of at least %d frames, they have %d", i.Frames, frames)
		}
		if why != "" && named[i.Name] {
			return fmt.Errorf("--corruptions has %s, but %s: %s", i.Name, t.TestPath, why)
		}
		if why != "" {
			t.skipped = append(t.skipped, Skipped{i.Name, why})
			continue
		}
		for _, severity := range t.job.Severities {
			c, err := corrupt.New(i.Name, severity)
			if err != nil {
				return err
			}
			p, err := augment.NewPipeline(c)
			if err != nil {
				return err
			}
			w := &work{condition: robust.Condition{Kind: robust.Corruption, Name: i.Name, Severity: severity}, corruption: p}
			t.add(w, fmt.Sprintf("corrupt-%s-%d", i.Name, severity))
		}
	}
	if len(t.work) == 1 {
		return fmt.Errorf("%s: none of the corruptions can be made of its clips: %s", t.TestPath, t.skipped[0].Why)
	}
	return nil
}

// classesNeeded is the fewest classes for which a loss of an attack is defined.
var classesNeeded = map[string]int{"apgd-dlr": 3, "apgd-t": 4, "autoattack": 4}

func (t *tested) planAttacks() error {
	info := t.Train.Info()
	for _, name := range t.job.Attacks {
		if n := classesNeeded[name]; len(info.Classes) < n {
			return fmt.Errorf("--attacks has %s, which needs %d classes, but %s has %d", name, n, t.TrainPath, len(info.Classes))
		}
	}
	for c, name := range info.Classes {
		if !slices.Contains(info.Labels, int32(c)) {
			return fmt.Errorf("%s: the class %q has no clip, want some of each class for attacks", t.TrainPath, name)
		}
	}
	for _, name := range t.job.Attacks {
		for _, eps := range t.job.sizes(name) {
			a, err := t.job.attack(name, eps)
			if err != nil {
				return err
			}
			w := &work{
				condition: robust.Condition{Kind: robust.Attack, Name: name, Norm: string(t.job.Norm), Epsilon: eps},
				attack:    a, settings: fmt.Sprintf("%s, %d videos", a.Name(), len(t.victims())),
			}
			t.add(w, "attack-"+fileName(w.settings))
		}
	}
	return nil
}

// fileName writes a text without what a file's name should not have.
func fileName(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.')
	})
	return strings.Join(words, "-")
}
