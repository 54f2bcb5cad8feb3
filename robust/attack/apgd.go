package attack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
)

// APGD is projected gradient ascent that finds the lengths of its steps itself (Croce and Hein 2020, "Reliable evaluation of adversarial
// robustness with an ensemble of diverse parameter-free attacks", arXiv 2003.01690): steps begin at 2 Eps, with momentum, and are halved, from the
// best point so far, where the loss has not gone up at enough of the steps between two checkpoints. For [L1] steps are sparse, and the ball
// shrinks from three times its size (Croce and Hein 2021, "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers",
// arXiv 2103.01208).
//
// It ends as soon as the network is wrong about the clip; otherwise it returns the clip with the greatest loss of the last run.
type APGD struct {
	Norm     Norm
	Eps      float64
	Steps    int      // of a run
	Restarts int      // runs, for each target; 0: one
	Loss     LossKind // CrossEntropy or DLR; DLRTargeted with Targets
	// Targets is how many classes are targeted one after the other, the likeliest first, without the right one.
	Targets int
}

// APGDCE returns APGD on cross entropy, with 100 steps as in AutoAttack.
func APGDCE(norm Norm, eps float64) APGD {
	return APGD{Norm: norm, Eps: eps, Steps: 100}
}

// APGDDLR returns APGD on the difference of logits ratio.
func APGDDLR(norm Norm, eps float64) APGD {
	return APGD{Norm: norm, Eps: eps, Steps: 100, Loss: DLR}
}

// APGDT returns APGD on the targeted difference of logits ratio, against the 9 likeliest classes, or as many as there are.
func APGDT(norm Norm, eps float64) APGD {
	return APGD{Norm: norm, Eps: eps, Steps: 100, Loss: DLRTargeted, Targets: 9}
}

// Check returns an error unless the settings are right. Perturb does so too.
func (a APGD) Check() error {
	if err := a.Ball().check(); err != nil {
		return err
	}
	switch {
	case a.Steps < 1:
		return fmt.Errorf("attack: %d steps, want at least 1", a.Steps)
	case a.Restarts < 0:
		return fmt.Errorf("attack: %d restarts, want at least 1, or 0 for one run", a.Restarts)
	case a.Loss != CrossEntropy && a.Loss != DLR && a.Loss != DLRTargeted:
		return fmt.Errorf("attack: apgd of the loss %s, want cross_entropy, dlr or dlr_targeted", a.Loss)
	case a.Targets < 0 || (a.Targets > 0) != (a.Loss == DLRTargeted):
		return fmt.Errorf("attack: apgd of the loss %s with %d targets, want targets for dlr_targeted alone", a.Loss, a.Targets)
	}
	return nil
}

// Ball implements [Bounded].
func (a APGD) Ball() Ball { return Ball{a.Norm, a.Eps} }

// Name implements [Attack].
func (a APGD) Name() string {
	name := map[LossKind]string{CrossEntropy: "apgd-ce", DLR: "apgd-dlr", DLRTargeted: "apgd-t"}[a.Loss]
	parts := []string{string(a.Norm), Level(a.Eps), fmt.Sprint(a.Steps)}
	if a.Targets > 0 {
		parts = append(parts, fmt.Sprintf("%d targets", a.Targets))
	}
	if a.Restarts > 1 {
		parts = append(parts, fmt.Sprintf("%d restarts", a.Restarts))
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// Perturb implements [Attack].
func (a APGD) Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	losses := []Loss{{Kind: a.Loss, Label: s.Label}}
	if a.Targets > 0 {
		z, err := net.Logits(ctx, s.X)
		if err != nil {
			return nil, err
		}
		losses = losses[:0]
		for _, class := range Ranked(z) {
			if class != s.Label && len(losses) < a.Targets {
				losses = append(losses, Loss{Kind: a.Loss, Label: s.Label, Target: class})
			}
		}
	}
	var x []float32
	for _, loss := range losses {
		for range max(a.Restarts, 1) {
			c := &ascent{sample: s, net: net, loss: loss}
			wrong, err := c.run(ctx, a, rng)
			if err != nil {
				return nil, err
			}
			if x = c.best; wrong {
				return c.x, nil
			}
		}
	}
	return x, nil
}
