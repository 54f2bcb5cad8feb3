package contrast

import (
	"vidcsl/model/op"
	"vidcsl/pipeline/config"
)

// Adversarial says which adversarial views are learned with, how they are found, and what the loss makes of them; see [Part.Loss].
type Adversarial struct {
	Kind        string  `yaml:"kind" legal:"none|rocl|acl|advcl" doc:"rocl: the adversarial view is one more positive; acl: a second stream with normalization of its own; advcl: rocl with a high-frequency view and pseudo-labels"`
	Epsilon     float64 `yaml:"epsilon" legal:"0..1" doc:"how far a pixel, from 0 to 1, is moved at most"`
	Step        float64 `yaml:"step" legal:"0..1" doc:"how far a step of the attack moves it; 0: nowhere"`
	Steps       int     `yaml:"steps" legal:"0..100" doc:"of the attack; each is one more pass there and back; 0: views stay where the attack would begin, for comparison"`
	RandomStart bool    `yaml:"random_start" doc:"the attack begins at a point drawn from the ball, not at the view itself"`
	Weight      float64 `yaml:"weight" legal:"0..100" doc:"rocl: of the adversarial view against the second one; acl: of the adversarial stream, where the clean one has 1; advcl: of the pseudo-labels"`
	HighPass    float64 `yaml:"high_pass" legal:"0..65536" doc:"advcl: frequencies of fewer cycles per picture are not in the high-frequency view"`
	Clusters    int     `yaml:"clusters" legal:"2..65536" doc:"advcl: number of pseudo-labels, clusters of the samples' features"`
	From        float64 `yaml:"from" legal:"0..1" doc:"advcl: share of the steps after which the clusters are found, once"`
}

// defaultAdversarial is ACL's attack.
func defaultAdversarial() Adversarial {
	return Adversarial{Kind: "none", Epsilon: 8. / 255, Step: 2. / 255, Steps: 5, RandomStart: true, Weight: 1, HighPass: 8, Clusters: 10, From: 0.2}
}

// check returns an error for an objective that has no adversarial views.
func (a Adversarial) check(objective string) error {
	if a.Kind != "none" && objective == "supervised" {
		return &config.Error{Path: "adversarial.kind", Value: a.Kind, Want: "none for supervised, which has no contrastive loss"}
	}
	return nil
}

// Attacked are what a model says of the adversarial views of one part of a batch, n samples, and of what it is compared with.
type Attacked struct {
	Query  *op.Node // [n, Embedding] of unit length: of what the first view was made
	Key    *op.Node // the same of the second view, where [Objective.AttacksBoth]
	High   *op.Node // of the high-frequency part of the first view, for advcl
	Logits *op.Node // [n, Clusters] of what the first view was made, for advcl with pseudo-labels, whose weight is above 0
}

// draws reports whether an attack draws where it begins.
func (a Adversarial) draws() bool { return a.Kind != "none" && a.RandomStart }

// AttacksBoth reports whether both views of a sample are made adversarial, and not the first alone: those of acl where there is no bank.
func (o *Objective) AttacksBoth() bool { return o.config.Adversarial.Kind == "acl" && o.bank == nil }

// Seed returns the node of the seed of a step, an I32, from which an attack draws where it begins; nil if it does not.
func (o *Objective) Seed() *op.Node { return o.seed }
