package study

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vidcsl/pipeline/config"
)

// What is wrong with a study or with one of its trainings is said by line and path.
func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		want    string
		changes []string
	}{
		{`study.yaml:3: base.head.dims is not a known key, want kind or dim (did you mean dim?)`, []string{"{dim: 16}", "{dims: 16}"}},
		{`study.yaml:15: ways[2].train.removal.detector is "topq", want none, cluster, neighbors, threshold, topk, quantile, oracle or random (did you mean topk?)`,
			[]string{"detector: topk", "detector: topq"}},
		{`study.yaml:18: ways[2].grid[1].removal.topk is 0, want a whole number from 1 to 1048576`, []string{"topk: 4", "topk: 0"}},
		{`study.yaml:13: ways[1].train.schedule.epochs is 5, want`, []string{"train: {}", "train: {schedule: {epochs: 5}}"}},
		{`ways[1].train.seed is 7, want none here: seeds are those of the study`, []string{"train: {}", "train: {seed: 7}"}},
		{`base.seed is 7, want none here`, []string{"queue: 16", "seed: 7"}},
		{`ways[2].grid[0].checkpoint.snapshots is [1], want none here: matched.steps says`, []string{"removal: {topk: 1}", "checkpoint: {snapshots: [1]}"}},
		{`ways[2].name is "csl", want a name of its own`, []string{"name: topk", "name: csl"}},
		{`ways[2].name is "to/pk", want a name of its own`, []string{"name: topk", "name: to/pk"}},
		{`ways[1].role is supervised, want another or none: supervised has this one`, []string{"role: baseline", "role: supervised"}},
		{`ways[1].role is "best", want supervised, baseline or none`, []string{"role: baseline", "role: best"}},
		{`ways is without a baseline, want one whose role it is`, []string{", role: baseline", ""}},
		{`seeds[1] is 3, want each seed once`, []string{"seeds: [3, 4]", "seeds: [3, 3]"}},
		{`study.yaml:19: select.probe is "linea", want knn or linear (did you mean linear?)`, []string{"probe: knn", "probe: linea"}},
		{`study.yaml:20: test.epsilons[0] is "2/x", want a number or a fraction above 0`, []string{"2/255", "2/x"}},
		{`test.attacks has fgsm twice`, []string{"[fgsm]", "[fgsm, fgsm]"}},
		{`test.corruptions has "smog", want of imagenet-c`, []string{"brightness", "smog"}},
		{`test.epsilons has 2/255 twice`, []string{"[2/255]", "[2/255, 2/255]"}},
		{`matched.within is 0, want`, []string{"within: 0.5", "within: 0"}},
		{`ways is missing, want`, []string{tiny[strings.Index(tiny, "ways:"):strings.Index(tiny, "select:")], "", "matched: {steps: [2, 4, 6], within: 0.5}\n", ""}},
	} {
		if _, err := parse(t, c.changes...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
}

// The canonical text reads back as the same study.
func TestConfigRoundTrip(t *testing.T) {
	c, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	back := Default()
	if err := config.Overlay("back.yaml", text, &back); err != nil {
		t.Fatal(err)
	}
	if d, err := config.Differences(c, back); d != "" || err != nil {
		t.Error(d, err)
	}
	for _, want := range []string{
		"  objective: moco\n", "\nseeds: [3, 4]\nways:\n  - name: supervised\n    role: supervised\n    train:\n      objective: supervised\n      head:\n        kind: none\n    seeds: [3]\n",
		"    grid:\n      - removal:\n          topk: 1\n", "  epsilons: [\"2/255\"]\n", "matched:\n  steps: [2, 4, 6]\n  within: 0.5\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// A training is the base, under what the way says, under what the candidate says.
func TestCandidates(t *testing.T) {
	c, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	all := c.all()
	if len(all) != 3 || len(all[0]) != 1 || len(all[1]) != 1 || len(all[2]) != 2 {
		t.Fatalf("%d ways", len(all))
	}
	supervised, csl, first, second := all[0][0].config, all[1][0].config, all[2][0].config, all[2][1].config
	if supervised.Objective != "supervised" || supervised.Head.Dim != 16 || csl.Objective != "moco" || csl.Removal.Detector != "none" {
		t.Errorf("%+v\n%+v", supervised, csl)
	}
	if first.Removal.Detector != "topk" || first.Removal.TopK != 1 || second.Removal.TopK != 4 || second.Optimizer.LR != 0.1 || first.Optimizer.LR != 0.03 {
		t.Errorf("%+v\n%+v", first.Removal, second.Removal)
	}
	if !slices.Equal(csl.Checkpoint.Snapshots, []int{2, 4, 6}) || csl.Checkpoint.Every != 2 {
		t.Errorf("%+v", csl.Checkpoint)
	}
	s := &Study{Config: c, Output: "out"}
	if one := s.training(all[2][1], 4); one.folder != "out/runs/topk/candidate-1/seed-4" || one.config.Seed != 4 {
		t.Errorf("%s, seed %d", one.folder, one.config.Seed)
	}
	if one := s.training(all[1][0], 3); one.folder != "out/runs/csl/seed-3" {
		t.Error(one.folder)
	}
	if !slices.Equal(c.seeds(0), []uint64{3}) || !slices.Equal(c.seeds(1), []uint64{3, 4}) {
		t.Error(c.seeds(0), c.seeds(1))
	}
}

// The studies among the examples are legal.
func TestExamples(t *testing.T) {
	list, err := filepath.Glob("../../../examples/study/*.yaml")
	if err != nil || len(list) < 2 {
		t.Fatalf("%v, %v", list, err)
	}
	for _, file := range list {
		c := Default()
		if err := c.Read(file); err != nil {
			t.Error(err)
		}
	}
}
