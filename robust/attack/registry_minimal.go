package attack

import "fmt"

// unlimited names the attacks for which an epsilon of 0 is no limit: they look for the smallest perturbation.
var unlimited = map[string]bool{"fab": true, "deepfool": true, "cw": true}

// Smallest reports whether an attack looks for the smallest perturbation where its epsilon is 0.
func Smallest(name string) bool { return unlimited[name] }

// The entries of attacks that are no gradient ascent.
var (
	fabEntry = entry{"the smallest perturbation along the boundaries to 9 classes; within epsilon if it is given", 100, func(c Config) (Attack, error) {
		a := NewFAB(c.Norm, c.Eps)
		a.Steps = c.Steps
		return a, a.Check()
	}}
	deepFoolEntry = entry{"the nearest boundary by planes, in linf or l2", 50, func(c Config) (Attack, error) {
		a := NewDeepFool(c.Norm, c.Eps)
		a.Steps = c.Steps
		return a, a.Check()
	}}
	cwEntry = entry{"carlini and wagner's smallest perturbation in l2; steps are those of one of 9 searches", 1000, func(c Config) (Attack, error) {
		if c.Norm != L2 {
			return nil, fmt.Errorf("attack: cw in %q, want l2", c.Norm)
		}
		a := NewCarliniWagner(c.Eps)
		a.Steps = c.Steps
		return a, a.Check()
	}}
	squareEntry = entry{"random squares, without gradients, in linf or l2; steps are queries", 5000, func(c Config) (Attack, error) {
		a := NewSquare(c.Norm, c.Eps)
		a.Queries = c.Steps
		return a, a.Check()
	}}
	autoAttackEntry = entry{"apgd-ce, apgd-t, fab and square as in autoattack's standard version, in linf or l2", 0, func(c Config) (Attack, error) {
		if c.Steps != 0 {
			return nil, fmt.Errorf("attack: autoattack with %d steps: its attacks have the steps of its paper", c.Steps)
		}
		a := AutoAttack(c.Norm, c.Eps)
		return a, a.Check()
	}}
)

// plain returns an error if a setting is given that an attack of this file does not have.
func (c Config) plain() error {
	switch c.Name {
	case "fab", "deepfool", "cw", "square", "autoattack":
		if c.Step != 0 || c.Restarts != 0 {
			return fmt.Errorf("attack: %s with steps of %v and %d restarts: it has no such settings", c.Name, c.Step, c.Restarts)
		}
	}
	return nil
}
