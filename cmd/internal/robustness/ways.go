package robustness

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vidcsl/cmd/internal/runs"
	"vidcsl/robust"
)

// way is runs that differ in the seed of the training alone.
type way struct {
	name  string // unique
	about string
	role  robust.Role
}

// waysOf puts runs together: by the names that the job gives them, else those that differ in the seed alone.
func (j *Job) waysOf(all []*tested) (ways []way, err error) {
	for i, t := range all {
		at := -1
		for k := range ways {
			same := ways[k].name == j.Ways[t.Run]
			if len(j.Ways) == 0 {
				if same, err = runs.SameButSeed(all[ways[k].role[0]].Record, t.Record); err != nil {
					return nil, err
				}
			}
			if same {
				at = k
				break
			}
		}
		if at < 0 {
			at = len(ways)
			ways = append(ways, way{name: j.Ways[t.Run], about: about(t.Config)})
		}
		ways[at].role = append(ways[at].role, i)
	}
	if len(j.Ways) == 0 {
		configs, folders := make([]runs.Config, len(ways)), make([]string, len(ways))
		for k, w := range ways {
			configs[k], folders[k] = all[w.role[0]].Config, all[w.role[0]].Run
		}
		for k, name := range wayNames(configs, folders) {
			ways[k].name = name
		}
	}
	return ways, nil
}

// wayOf returns the place of the way that a run is of; -1 without a run.
func wayOf(ways []way, all []*tested, run string) int {
	return slices.IndexFunc(ways, func(w way) bool {
		return slices.ContainsFunc(w.role, func(i int) bool { return all[i].Run == run })
	})
}

// roleOf returns the runs of a way, none for -1.
func roleOf(ways []way, at int) robust.Role {
	if at < 0 {
		return nil
	}
	return ways[at].role
}

// adversarial returns the kind of the adversarial views that a configuration trains with; "" without any.
func adversarial(c runs.Config) string {
	if c.Adversarial.Kind == "none" {
		return ""
	}
	return c.Adversarial.Kind
}

// wayNames returns short names of ways of training that tell them apart: by objective, adversarial views and detector, where that is not enough by the action too, and at
// last by their folders.
func wayNames(configs []runs.Config, folders []string) []string {
	names := make([]string, len(configs))
	for i, c := range configs {
		names[i] = c.Objective
		if kind := adversarial(c); kind != "" {
			names[i] += " + " + kind
		}
		if c.Removal.Detector != "none" {
			names[i] += " + " + c.Removal.Detector
		}
	}
	for _, more := range []func(i int) string{
		func(i int) string {
			if c := configs[i].Removal; c.Detector != "none" && c.Action != "eliminate" {
				return ", " + c.Action
			}
			return ""
		},
		func(i int) string { return " (" + filepath.Base(folders[i]) + ")" },
		func(i int) string { return " in " + filepath.Dir(folders[i]) },
	} {
		before := slices.Clone(names)
		for i := range names {
			if n := slices.Index(before, before[i]); n < i || slices.Contains(before[i+1:], before[i]) {
				names[i] += more(i)
			}
		}
	}
	return names
}

// about says in a few words what a way of training is.
func about(c runs.Config) string {
	r := c.Removal
	if c.Objective == "supervised" {
		return "cross entropy on labels"
	}
	what := map[string]string{
		"cluster":   fmt.Sprintf("keys in one of %s clusters", listed(r.Clusters)),
		"neighbors": fmt.Sprintf("the share %v of pairs that have most neighbours in common", r.Share),
		"threshold": fmt.Sprintf("keys of a cosine of %v or more", r.Threshold),
		"topk":      fmt.Sprintf("the %d nearest keys of each", r.TopK),
		"quantile":  fmt.Sprintf("the share %v of the keys that are nearest to each", r.Share),
		"oracle":    "pairs of one label, which it reads",
		"random":    fmt.Sprintf("the share %v of pairs, by chance", r.Share),
	}[r.Detector]
	if r.Detector == "cluster" && r.Features == "whitened" {
		what = fmt.Sprintf("samples in one of %s clusters", listed(r.Clusters))
	}
	objective := c.Objective
	if kind := adversarial(c); kind != "" {
		objective += fmt.Sprintf(", adversarial views by %s (%.3g/255 in %d steps)", kind, 255*c.Adversarial.Epsilon, c.Adversarial.Steps)
	}
	switch {
	case c.Objective == "supcon":
		return objective + ": positives by label"
	case r.Detector == "none":
		return objective + ", nothing removed"
	case r.Action == "attract":
		return objective + "; made positives: " + what
	case r.Action == "both":
		return objective + "; removed and made positives: " + what
	}
	return objective + "; removed: " + what
}

func listed(numbers []int) string {
	var list []string
	for _, n := range numbers {
		list = append(list, fmt.Sprint(n))
	}
	return strings.Join(list, " and of ")
}
