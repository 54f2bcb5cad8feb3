package attack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Config chooses an attack by its name, as a file or a command line does. What is 0 is as in the literature.
type Config struct {
	Name     string  `json:"name" yaml:"name"`                             // one of [Names]
	Norm     Norm    `json:"norm,omitempty" yaml:"norm,omitempty"`         // linf, l2 or l1; "": linf
	Eps      float64 `json:"eps,omitempty" yaml:"eps,omitempty"`           // 0: 8/255 in linf, 0.5 in l2, 12 in l1, as RobustBench has for CIFAR-10; none for fab, deepfool and cw
	Steps    int     `json:"steps,omitempty" yaml:"steps,omitempty"`       // 0: see [Summary]
	Step     float64 `json:"step,omitempty" yaml:"step,omitempty"`         // the length of one; 0: of the attack's paper
	Restarts int     `json:"restarts,omitempty" yaml:"restarts,omitempty"` // 0: 1
	Frames   int     `json:"frames,omitempty" yaml:"frames,omitempty"`     // of sparse; 0: 1
}

// defaultEps is what a norm's epsilon is if it is not said.
var defaultEps = map[Norm]float64{Linf: 8. / 255, L2: 0.5, L1: 12}

// entry is an attack of the registry.
type entry struct {
	summary string
	steps   int
	make    func(c Config) (Attack, error) // of a config that has its norm, epsilon and steps
}

// pgdEntry makes an entry of settings of PGD.
func pgdEntry(summary string, steps int, settings func(norm Norm, eps float64, steps int) PGD) entry {
	return entry{summary, steps, func(c Config) (Attack, error) {
		p := settings(c.Norm, c.Eps, c.Steps)
		p.Restarts = c.Restarts
		if c.Step != 0 {
			p.Step = c.Step
		}
		if p.Constraint.Kind == Sparse {
			p.Constraint.Frames = max(c.Frames, 1)
		}
		return p, p.Check()
	}}
}

// constrained is PGD with a constraint.
func constrained(kind ConstraintKind) func(Norm, float64, int) PGD {
	return func(norm Norm, eps float64, steps int) PGD {
		p := NewPGD(norm, eps, steps)
		p.Constraint.Kind = kind
		return p
	}
}

// apgdEntry makes an entry of settings of APGD.
func apgdEntry(summary string, settings func(norm Norm, eps float64) APGD) entry {
	return entry{summary, 100, func(c Config) (Attack, error) {
		a := settings(c.Norm, c.Eps)
		a.Steps, a.Restarts = c.Steps, c.Restarts
		return a, a.Check()
	}}
}

var entries = map[string]entry{
	"fgsm": {"one step along the sign of the gradient", 1, func(c Config) (Attack, error) {
		p := FGSM(c.Norm, c.Eps)
		return p, p.Check()
	}},
	"bim":            pgdEntry("steps of eps/steps, from the clip", 10, BIM),
	"pgd":            pgdEntry("projected gradient ascent from a random start", 20, NewPGD),
	"mi-fgsm":        pgdEntry("with momentum", 10, MIFGSM),
	"ni-fgsm":        pgdEntry("with nesterov's momentum", 10, NIFGSM),
	"di-fgsm":        pgdEntry("with momentum and diverse inputs", 10, DIFGSM),
	"sparse":         pgdEntry("pgd of few frames", 20, constrained(Sparse)),
	"shared":         pgdEntry("pgd of one perturbation for all frames", 20, constrained(Shared)),
	"flicker":        pgdEntry("pgd of one colour for each frame", 20, constrained(Flicker)),
	"smooth":         pgdEntry("pgd of perturbations that change slowly", 20, constrained(Smooth)),
	"representation": pgdEntry("pgd away from the clip's features, without labels", 20, Representation),
	"apgd-ce":        apgdEntry("auto-pgd on cross entropy", APGDCE),
	"apgd-dlr":       apgdEntry("auto-pgd on the difference of logits ratio", APGDDLR),
	"apgd-t":         apgdEntry("auto-pgd on the targeted difference of logits ratio", APGDT),
	"fab":            fabEntry,
	"deepfool":       deepFoolEntry,
	"cw":             cwEntry,
	"square":         squareEntry,
	"autoattack":     autoAttackEntry,
}

// Names returns the names of the attacks.
func Names() []string { return slices.Sorted(maps.Keys(entries)) }

// Summary returns what an attack of [Names] is, in a line, and its number of steps.
func Summary(name string) (text string, steps int) { return entries[name].summary, entries[name].steps }

// New returns the attack that a config chooses. The error says which setting is wrong and what was expected.
func New(c Config) (Attack, error) {
	e, ok := entries[c.Name]
	if !ok {
		return nil, fmt.Errorf("attack: there is no attack %q, want one of %s", c.Name, strings.Join(Names(), ", "))
	}
	if c.Norm == "" {
		c.Norm = Linf
	}
	if c.Eps == 0 && !unlimited[c.Name] {
		c.Eps = defaultEps[c.Norm]
	}
	if c.Steps == 0 {
		c.Steps = e.steps
	}
	if c.Frames != 0 && c.Name != "sparse" {
		return nil, fmt.Errorf("attack: %s with %d frames: only sparse has them", c.Name, c.Frames)
	}
	if c.Frames < 0 {
		return nil, fmt.Errorf("attack: sparse with %d frames, want at least 1", c.Frames)
	}
	if c.Name == "fgsm" && (c.Steps != 1 || c.Step != 0 || c.Restarts > 1) {
		return nil, fmt.Errorf("attack: fgsm with %d steps of %v and %d restarts: it is one step of epsilon, bim and pgd have more", c.Steps, c.Step, c.Restarts)
	}
	if strings.HasPrefix(c.Name, "apgd") && c.Step != 0 {
		return nil, fmt.Errorf("attack: %s with steps of %v: it finds their lengths itself", c.Name, c.Step)
	}
	if err := c.plain(); err != nil {
		return nil, err
	}
	return e.make(c)
}
