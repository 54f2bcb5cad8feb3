package study

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/config"
	"vidcsl/robust"
	"vidcsl/robust/attack"
)

// Config is everything that decides what a study computes from its data. It is the YAML of --config, and what a study stores.
type Config struct {
	Base    runs.Config `yaml:"base" doc:"the training that all ways share; its seed and snapshots are those of the study"`
	Seeds   []uint64    `yaml:"seeds" legal:"len=1..1000" doc:"of the trainings of each way"`
	Ways    []Way       `yaml:"ways" legal:"len=1..100" doc:"ways of training that are compared"`
	Select  Select      `yaml:"select" doc:"how one of the candidates of a way is chosen, on the validation data"`
	Test    Test        `yaml:"test" doc:"what the encoders are tested on, as by vidcsl robust"`
	Matched Matched     `yaml:"matched" doc:"the same comparison with each way where its validation accuracy is nearest to that of the baseline"`
}

// Way is one way of training. Its runs differ in the seed alone.
type Way struct {
	Name  string        `yaml:"name" legal:"len=1..40" doc:"a folder is called like this"`
	Role  string        `yaml:"role,omitempty" doc:"supervised: the upper end of the gap; baseline: its lower end; no other way has one"`
	Train config.Part   `yaml:"train" doc:"laid over base"`
	Grid  []config.Part `yaml:"grid,omitempty" legal:"len=0..100" doc:"candidates, each laid over that; one is chosen"`
	Seeds []uint64      `yaml:"seeds,omitempty" legal:"len=0..1000" doc:"in place of those of the study"`
}

// Select says how a candidate is chosen.
type Select struct {
	Probe string   `yaml:"probe" legal:"knn|linear" doc:"what says how good an encoder is on the validation data"`
	Seeds []uint64 `yaml:"seeds" legal:"len=0..1000" doc:"with which each candidate is trained; none: the first of the way"`
}

// Test says what encoders are tested on. The fields are the flags of vidcsl robust.
type Test struct {
	Suite       string    `yaml:"suite" legal:"corruptions|attacks|all" doc:"what is done to the clips"`
	Head        string    `yaml:"head" legal:"linear|knn|finetune" doc:"what classifies"`
	Corruptions []string  `yaml:"corruptions" doc:"names or sets; none: all"`
	Severities  []int     `yaml:"severities" legal:"len=1..5,1..5" doc:"of each corruption"`
	Attacks     []string  `yaml:"attacks" doc:"names"`
	Norm        string    `yaml:"norm" legal:"linf|l2|l1" doc:"of the attacks"`
	Epsilons    []Epsilon `yaml:"epsilons" legal:"len=0..100" doc:"sizes of the attacks, such as 8/255, for pixels from 0 to 1"`
	Steps       int       `yaml:"steps" legal:"0..1000000" doc:"of the attacks; 0: as many as is usual for each"`
	Clips       int       `yaml:"clips" legal:"0..1000000000" doc:"test videos that are attacked, drawn by the seed; 0: all"`
	Seed        uint64    `yaml:"seed" doc:"of corruptions, attacks and intervals"`
	FineTune    FineTune  `yaml:"finetune" doc:"of the head finetune"`
}

// FineTune says how the head finetune is trained.
type FineTune struct {
	Epochs int     `yaml:"epochs" legal:"1..1000000" doc:"passes over the training data"`
	LR     float64 `yaml:"lr" legal:"(0..1000]" doc:"the rate"`
}

// Matched says which snapshots there are to choose from.
type Matched struct {
	Steps  []int   `yaml:"steps" legal:"len=0..1000,1..1000000000" doc:"after which snapshots are kept; none: the comparison is not made"`
	Within float64 `yaml:"within" legal:"(0..1]" doc:"how far from the baseline's a validation accuracy may be"`
}

// Default is the configuration where nothing is said: without ways.
func Default() Config {
	return Config{
		Base: runs.Default(), Seeds: []uint64{0}, Select: Select{Probe: "knn"}, Matched: Matched{Within: 0.05},
		Test: Test{
			Suite: "all", Head: "linear", Severities: []int{1, 2, 3, 4, 5}, Attacks: []string{"pgd"}, Norm: string(attack.Linf),
			Epsilons: []Epsilon{1. / 255, 2. / 255, 4. / 255, 8. / 255}, FineTune: FineTune{Epochs: 10, LR: 0.01},
		},
	}
}

// Epsilon is the size of an attack: a number, or a fraction such as 8/255.
type Epsilon float64

// DecodeConfig implements [config.Decoder].
func (e *Epsilon) DecodeConfig(n *config.Node) error {
	v, err := robust.ParseEpsilon(n.Text())
	if err != nil {
		return n.Want("a number or a fraction above 0, such as 8/255")
	}
	*e = Epsilon(v)
	return nil
}

// EncodeConfig implements [config.Encoder].
func (e Epsilon) EncodeConfig() (any, error) {
	text := robust.FormatEpsilon(float64(e))
	if v, err := robust.ParseEpsilon(text); strings.Contains(text, "/") && err == nil && v == float64(e) {
		return text, nil
	}
	return float64(e), nil
}

// ConfigSchema implements [config.Schemer].
func (Epsilon) ConfigSchema() map[string]any {
	return map[string]any{"title": "size", "type": []string{"number", "string"}}
}

// Read overlays the YAML of a file on c. An error names every wrong place in it, those of the trainings too.
func (c *Config) Read(path string) error { return config.ReadFile(path, c) }

// YAML returns the canonical text.
func (c Config) YAML() ([]byte, error) { return config.Marshal(&c) }

var wayName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.+-]*$`)

// CheckConfig implements config.Checker: what the fields together must keep to, and every training that they make.
func (c Config) CheckConfig() error {
	var errs []error
	bad := func(path string, value any, want string) {
		errs = append(errs, &config.Error{Path: path, Value: fmt.Sprint(value), Want: want})
	}
	twice := func(path string, list []uint64) {
		for i, s := range list {
			if slices.Contains(list[:i], s) {
				bad(fmt.Sprintf("%s[%d]", path, i), s, "each seed once")
			}
		}
	}
	twice("seeds", c.Seeds)
	twice("select.seeds", c.Select.Seeds)
	names, roles := map[string]bool{}, map[string]string{}
	for i, w := range c.Ways {
		at := fmt.Sprintf("ways[%d].", i)
		if !wayName.MatchString(w.Name) || names[w.Name] {
			bad(at+"name", strconv.Quote(w.Name), "a name of its own of small letters, digits, _ . + and -")
		}
		names[w.Name] = true
		switch other := roles[w.Role]; {
		case w.Role == "":
		case w.Role != "supervised" && w.Role != "baseline":
			bad(at+"role", strconv.Quote(w.Role), "supervised, baseline or none")
		case other != "":
			bad(at+"role", w.Role, "another or none: "+other+" has this one")
		default:
			roles[w.Role] = w.Name
		}
		twice(at+"seeds", w.Seeds)
		_, wrong := c.candidates(i)
		errs = append(errs, wrong...)
	}
	if roles["baseline"] == "" && (roles["supervised"] != "" || len(c.Matched.Steps) > 0) {
		bad("ways", "without a baseline", "one whose role it is: supervised and matched are compared with it")
	}
	errs = append(errs, owned("base", runs.Default(), c.Base)...)
	job := c.Test.job()
	job.Data = "test"
	if err := job.Check(); err != nil {
		errs = append(errs, &config.Error{Value: keyed(err).Error()})
	}
	return errors.Join(errs...)
}

var flags = strings.NewReplacer("--finetune-epochs", "test.finetune.epochs", "--finetune-lr", "test.finetune.lr", "--epsilon", "test.epsilons", "--", "test.")

// keyed is an error of what encoders are tested on by the names of its fields, in place of those of the flags of vidcsl robust.
func keyed(err error) error { return errors.New(flags.Replace(err.Error())) }
