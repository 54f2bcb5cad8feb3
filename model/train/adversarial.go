package train

import (
	"vidcsl/model/contrast"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// cleanNorms is what the names of the clean stream's batch normalization begin with, where there are two streams; the encoder's own is
// that of the adversarial one, which is kept and tested (Jiang et al. 2020).
const cleanNorms = "clean"

// adversarial finds the adversarial views of a part, by steps of sign-gradient ascent that are part of the graph, and adds the loss.
// Passes on the way take the statistics of their batch, and move no running ones.
func (b *builder) adversarial(e contrast.Embeddings, part int) (loss *op.Node, err error) {
	a := &attack{builder: b}
	err = op.Build(func() {
		a.part = b.objective.Begin(e)
		a.origin = b.normalized(b.rows(b.views[0], part))
		if b.objective.AttacksBoth() {
			a.origin = b.normalized(op.Apply(op.Concat{}, b.rows(b.views[0], part), b.rows(b.views[1], part)))
		}
		a.at = a.origin
		if b.Adversarial.RandomStart {
			s := op.DimsOf(op.TypeOf(a.origin).Shape...)
			a.move(op.Apply(op.Uniform{Shape: s, Stream: 1<<20 + part, DType: op.F32}, b.objective.Seed()), b.Adversarial.Epsilon, false)
		} else {
			a.move(a.origin, 0, false) // the same numbers, but another node: what is made of the clean views does not move with it
		}
	})
	if err == nil && b.Adversarial.Kind == "advcl" {
		err = a.compare()
	}
	for i := 0; i < b.Adversarial.Steps && err == nil; i++ {
		err = a.climb()
	}
	if err != nil {
		return nil, err
	}
	found, err := a.embed(b.trains())
	if err != nil {
		return nil, err
	}
	err = op.Build(func() { loss = a.part.Loss(found) })
	return loss, err
}

// attack is the search for the adversarial views of a part.
type attack struct {
	*builder
	part   *contrast.Part
	origin *op.Node // the views, as the encoder takes them
	at     *op.Node // what has been made of them
	high   *op.Node // the embedding of the high-frequency view; nil: there is none
}

// compare adds what else the first view is compared with.
func (a *attack) compare() error {
	var x *op.Node
	err := op.Build(func() { x = op.Apply(op.HighPass{Radius: a.Adversarial.HighPass}, a.origin) })
	if err != nil {
		return err
	}
	p := a.params.Tentative(a.Encoder.BNGroups) // its statistics are those of no clip that is tested
	enc, err := a.encode(p, x)
	if err != nil {
		return err
	}
	return op.Build(func() { a.high = a.embedded(p, enc.Features) })
}

// climb moves the views up the loss.
func (a *attack) climb() error {
	tried, err := a.embed(a.params.Tentative(a.Encoder.BNGroups))
	if err != nil {
		return err
	}
	var raised *op.Node
	if err := op.Build(func() { raised = a.part.Raise(tried) }); err != nil {
		return err
	}
	grads, err := op.GradAt(raised, a.at)
	if err != nil {
		return err
	}
	return op.Build(func() { a.move(grads[0], a.Adversarial.Step, true) })
}

// move makes a step along d, of this length in pixels from 0 to 1. The encoder's input is (pixel - mean) / std.
func (a *attack) move(d *op.Node, step float64, sign bool) {
	p := op.Perturb{Sign: sign}
	for c := range 3 {
		p.Step[c], p.Radius[c] = step/a.Std[c], a.Adversarial.Epsilon/a.Std[c]
		p.Low[c], p.High[c] = (0-a.Mean[c])/a.Std[c], (1-a.Mean[c])/a.Std[c]
	}
	a.at = op.Apply(p, a.origin, a.at, d)
}

// embed encodes what has been made of the views.
func (a *attack) embed(p *nn.Params) (found contrast.Attacked, err error) {
	enc, err := a.encode(p, a.at)
	if err != nil {
		return found, err
	}
	err = op.Build(func() {
		z := a.embedded(p, enc.Features)
		found = contrast.Attacked{Query: z, High: a.high}
		if n := a.Batch / a.Parts; a.objective.AttacksBoth() {
			found.Query, found.Key = op.Apply(op.Slice{From: 0, To: n}, z), op.Apply(op.Slice{From: n, To: 2 * n}, z)
		}
		if c := a.Adversarial; c.Kind == "advcl" && c.Weight > 0 {
			found.Logits = p.Sub("pseudo").Linear("fc", enc.Features, c.Clusters, nn.TorchDefault(c.Clusters, enc.Dim), nn.TorchDefault(c.Clusters, enc.Dim))
		}
	})
	return found, err
}
