package contrast

import (
	"errors"
	"fmt"

	"vidcsl/pipeline/config"
)

// Config says what a model is trained for.
type Config struct {
	Objective    string      `yaml:"objective" legal:"moco|simclr|supcon|supervised" doc:"moco: InfoNCE against a bank of keys; simclr: NT-Xent in the batch; supcon: positives by label; supervised: cross entropy"`
	Temperature  float64     `yaml:"temperature" legal:"(0..100]" doc:"similarities are divided by it"`
	Bank         string      `yaml:"bank" legal:"auto|batch|queue|samples" doc:"where negatives come from: the batch, a queue of the latest keys, or one key per sample; auto: queue for moco, else batch"`
	Queue        int         `yaml:"queue" legal:"1..16777216" doc:"keys in the queue"`
	BankMomentum float64     `yaml:"bank_momentum" legal:"[0..1)" doc:"how much of a sample's old key stays when a new one comes, in a bank of samples"`
	Removal      Removal     `yaml:"removal" doc:"which negatives are taken for false ones, and what becomes of them"`
	Adversarial  Adversarial `yaml:"adversarial" doc:"which adversarial views are learned with"`
}

// Removal says how false negatives are found and treated.
type Removal struct {
	Detector   string  `yaml:"detector" legal:"none|cluster|neighbors|threshold|topk|quantile|oracle|random" doc:"how pairs are found; oracle reads the labels, for comparison, and random is a control"`
	Action     string  `yaml:"action" legal:"eliminate|attract|both" doc:"leave them out of the denominator, make them positives, or both"`
	Weight     float64 `yaml:"weight" legal:"0..100" doc:"of the attraction of action both"`
	Warmup     float64 `yaml:"warmup" legal:"0..1" doc:"share of the steps before anything is removed"`
	Ramp       float64 `yaml:"ramp" legal:"0..1" doc:"share of the steps in which the part of the pairs that is kept rises to all"`
	Refresh    int     `yaml:"refresh" legal:"0..1073741824" doc:"steps between refreshes of cluster and neighbors; 0: one per epoch"`
	Share      float64 `yaml:"share" legal:"0..1" doc:"of pairs that are found: of all pairs by neighbors and random, of each anchor's by quantile"`
	Attracted  float64 `yaml:"attracted" legal:"0..1" doc:"share of all pairs that neighbors attracts; 0: all that are found"`
	Threshold  float64 `yaml:"threshold" legal:"-1..1" doc:"least cosine of threshold"`
	TopK       int     `yaml:"topk" legal:"1..1048576" doc:"pairs of each anchor of topk"`
	Clusters   []int   `yaml:"clusters" legal:"len=1..8,2..1048576" doc:"number of clusters, of each level; a pair is found where all levels agree"`
	Iterations int     `yaml:"iterations" legal:"1..1000" doc:"of k-means at a refresh"`
	Confidence float64 `yaml:"confidence" legal:"[0..1)" doc:"share of the entries, the farthest from their centroids, that cluster assigns to none"`
	Features   string  `yaml:"features" legal:"keys|whitened" doc:"what cluster looks at: keys in the bank, or whitened features of each sample"`
	Neighbors  int     `yaml:"neighbors" legal:"1..65536" doc:"nearest samples of each that neighbors compares: about as many as a class has, or fewer"`
	Precision  float64 `yaml:"precision" legal:"(0..1]" doc:"of oracle: share of what it removes that has one label, on the average; below 1 it removes pairs of other labels as well"`
	Partners   int     `yaml:"partners" legal:"1..65536" doc:"most partners of a sample of neighbors"`
}

// Default is the configuration of MoCo v2, without removal.
func Default() Config {
	return Config{Objective: "moco", Temperature: 0.2, Bank: "auto", Queue: 65536, BankMomentum: 0.5, Removal: Removal{
		Detector: "none", Action: "eliminate", Weight: 1, Warmup: 0.3, Ramp: 0.2, Share: 0.05, Threshold: 0.7, TopK: 10,
		Clusters: []int{100}, Iterations: 20, Features: "keys", Neighbors: 80, Precision: 1, Partners: 256}, Adversarial: defaultAdversarial()}
}

// bank returns where negatives come from: batch, queue or samples; none for the supervised objective.
func (c Config) bank() string {
	switch {
	case c.Objective == "supervised":
		return "none"
	case c.Bank != "auto":
		return c.Bank
	case c.Objective == "moco":
		return "queue"
	}
	return "batch"
}

// CheckConfig implements config.Checker: what the fields together must keep to.
func (c *Config) CheckConfig() error {
	var errs []error
	wrong := func(path, value, want string) {
		errs = append(errs, &config.Error{Path: path, Value: value, Want: want})
	}
	r, bank := c.Removal, c.bank()
	if c.Objective == "moco" && bank == "batch" || c.Objective == "simclr" && bank != "batch" {
		wrong("bank", c.Bank, map[string]string{"moco": "queue or samples for moco", "simclr": "batch for simclr"}[c.Objective])
	}
	if (c.Objective == "supervised" || c.Objective == "supcon") && r.Detector != "none" {
		wrong("removal.detector", r.Detector, "none for "+c.Objective+", whose positives are those of the labels")
	}
	if r.Detector == "cluster" && r.Features == "keys" && bank == "batch" {
		wrong("removal.features", r.Features, "whitened where there is no bank")
	}
	if r.Precision != 1 && r.Detector != "oracle" {
		wrong("removal.precision", fmt.Sprint(r.Precision), "1, except for oracle")
	}
	if r.Warmup+r.Ramp > 1 {
		wrong("removal.ramp", fmt.Sprint(r.Ramp), fmt.Sprintf("at most %v, what the warm-up leaves", 1-r.Warmup))
	}
	if r.Attracted > r.Share {
		wrong("removal.attracted", fmt.Sprint(r.Attracted), fmt.Sprintf("at most the share that is found, %v", r.Share))
	}
	errs = append(errs, c.Adversarial.check(c.Objective))
	return errors.Join(errs...)
}

// Check returns an error that names every field out of range, its value and the legal ones.
func (c Config) Check() error { return config.Check("", &c) }
