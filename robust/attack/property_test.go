package attack_test

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/robust/attack"
)

// every returns the attacks of the registry in all norms that they have, with few steps.
func every(t *testing.T) (list []attack.Attack) {
	for _, name := range attack.Names() {
		for norm, eps := range map[attack.Norm]float64{attack.Linf: 0.05, attack.L2: 0.4, attack.L1: 3} {
			c := attack.Config{Name: name, Norm: norm, Eps: eps}
			if _, steps := attack.Summary(name); steps > 1 {
				c.Steps = 7
			}
			a, err := attack.New(c)
			if err != nil && !strings.Contains(err.Error(), "want momentum, in linf or l2") && !strings.Contains(err.Error(), ", want l") {
				t.Fatal(err)
			}
			if c, ok := a.(attack.Cascade); ok {
				square, fab := attack.NewSquare(norm, eps), attack.NewFAB(norm, eps)
				square.Queries, fab.Steps = 7, 7
				c.Attacks = []attack.Attack{fab, square}
				a = c
			}
			if err == nil {
				list = append(list, a)
			}
		}
	}
	return list
}

// The driver refuses what lies outside: no attack goes there, whether it ends early or makes all steps.
func TestInside(t *testing.T) {
	m := open(t, exact, toy(5), 4)
	list := noise(t, m, 5)
	tried := map[string]int{}
	for _, a := range every(t) {
		if p, ok := a.(attack.PGD); ok {
			p.Full = true
			a = p
		}
		for _, r := range run(t, m, a, list, attack.Options{}) {
			if _, nothing := a.(attack.Searcher); nothing && !r.Success {
				continue
			}
			if !r.Attacked || r.Linf == 0 || r.Gradients+r.Forwards == 0 {
				t.Errorf("%s on %s: %+v, want a perturbation", a.Name(), r.Key, r)
			}
			if r.Success {
				tried[strings.Split(a.Name(), "(")[0]]++
			}
		}
	}
	t.Logf("successes: %v", tried)
	if tried["pgd"] == 0 || tried["apgd-t"] == 0 || tried["apgd-ce"] == 0 {
		t.Errorf("successes: %v, want some of each", tried)
	}
}

// What a sample gives does not depend on the size of the batch, the number of processors, or the other samples.
func TestSameResults(t *testing.T) {
	models := map[int]*attack.Model{}
	for _, batch := range []int{1, 3, 64} {
		models[batch] = open(t, exact, toy(5), batch)
	}
	list := noise(t, models[3], 9)
	options := attack.Options{Seed: 3, Clips: true}
	for _, a := range every(t) {
		want := run(t, models[3], a, list, options)
		check := func(what string, got []*attack.Result, want []*attack.Result) {
			t.Helper()
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s with %s differs", a.Name(), what)
			}
		}
		check("batch 1", run(t, models[1], a, list, options), want)
		check("batch 64", run(t, models[64], a, list, options), want)
		old := runtime.GOMAXPROCS(1)
		check("one processor", run(t, models[3], a, list, options), want)
		runtime.GOMAXPROCS(old)
		alone := run(t, models[1], a, list[4:5], options)
		if alone[0].Linf != want[4].Linf || !reflect.DeepEqual(alone[0].Adversarial, want[4].Adversarial) {
			t.Errorf("%s: a sample alone differs", a.Name())
		}
	}
}

// The start is drawn from the seed, the attack and the key.
func TestRandomStart(t *testing.T) {
	m := open(t, exact, toy(5), 4)
	list := noise(t, m, 2)
	list[1].X, list[1].Label = list[0].X, list[0].Label
	a := attack.NewPGD(attack.Linf, 0.01, 1)
	one := run(t, m, a, list, attack.Options{Seed: 1, Clips: true})
	two := run(t, m, a, list, attack.Options{Seed: 2, Clips: true})
	if reflect.DeepEqual(one[0].Adversarial, one[1].Adversarial) || reflect.DeepEqual(one[0].Adversarial, two[0].Adversarial) {
		t.Error("the same start with another key or seed")
	}
}

// FGSM is one step of PGD without a random start.
func TestFGSMIsOneStep(t *testing.T) {
	m := open(t, exact, toy(5), 4)
	list := noise(t, m, 4)
	a := run(t, m, attack.FGSM(attack.Linf, 0.05), list, attack.Options{Clips: true})
	b := run(t, m, attack.PGD{Norm: attack.Linf, Eps: 0.05, Step: 0.05, Steps: 1, Full: true, Momentum: 0.5}, list, attack.Options{Clips: true})
	for i := range a {
		if !reflect.DeepEqual(a[i].Adversarial, b[i].Adversarial) {
			t.Errorf("%s: fgsm differs", a[i].Key)
		}
	}
}

// Perturbations have the form that their constraint asks for.
func TestConstraints(t *testing.T) {
	m := open(t, exact, toy(0), 4)
	list := noise(t, m, 3)
	for _, s := range list {
		for i := range s.X {
			s.X[i] = 0.2 + 0.6*s.X[i] // nothing is clipped
		}
	}
	size, frames := toyShape[2]*toyShape[3], toyShape[1]
	for _, kind := range []attack.ConstraintKind{attack.Sparse, attack.Shared, attack.Flicker, attack.Smooth} {
		a := attack.Representation(attack.Linf, 0.05, 5)
		a.Constraint.Kind = kind
		if kind == attack.Sparse {
			a.Constraint.Frames = 2
		}
		for i, r := range run(t, m, a, list, attack.Options{Clips: true}) {
			d := make([]float32, len(r.Adversarial))
			for j, v := range r.Adversarial {
				d[j] = v - list[i].X[j]
			}
			worst := float32(0) // of the values that should be equal, or 0
			for j, v := range d {
				var w float32
				switch kind {
				case attack.Shared:
					w = v - d[j/(frames*size)*frames*size+j%size]
				case attack.Flicker:
					w = v - d[j/size*size]
				}
				worst = max(worst, w, -w)
			}
			if worst > 1e-6 || r.Distance < 1e-4 {
				t.Errorf("%s: off by %v, distance %v", kind, worst, r.Distance)
			}
			if want := map[bool]int{true: 2, false: 3}[kind == attack.Sparse]; r.Frames != want {
				t.Errorf("%s: %d frames, want %d", kind, r.Frames, want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for want, a := range map[string]attack.Attack{
		"fgsm(linf, 8/255, 1, step 8/255)":                                 attack.FGSM(attack.Linf, 8./255),
		"pgd(linf, 4/255, 20)":                                             attack.NewPGD(attack.Linf, 4./255, 20),
		"pgd(l2, 0.5, 20, 5 restarts, sparse 4, dlr, full)":                attack.PGD{Norm: attack.L2, Eps: 0.5, Steps: 20, Restarts: 5, RandomStart: true, Constraint: attack.Constraint{Kind: attack.Sparse, Frames: 4}, Loss: attack.DLR, Full: true},
		"di-fgsm(linf, 0.1, 10, step 0.01, momentum 1, diversity 0.5 0.9)": attack.DIFGSM(attack.Linf, 0.1, 10),
		"apgd-t(linf, 8/255, 100, 9 targets)":                              attack.APGDT(attack.Linf, 8./255),
		"representation(linf, 8/255, 20)":                                  attack.Representation(attack.Linf, 8./255, 20),
		"ni-fgsm(linf, 8/255, 16, step 0.5/255, momentum 1)":               attack.NIFGSM(attack.Linf, 8./255, 16),
	} {
		if a.Name() != want {
			t.Errorf("name %q, want %q", a.Name(), want)
		}
	}
	seen := map[string]bool{}
	for _, a := range every(t) {
		if seen[a.Name()] {
			t.Errorf("two attacks are called %s", a.Name())
		}
		seen[a.Name()] = true
	}
}

func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		config attack.Config
		want   string
	}{
		{attack.Config{Name: "pgd", Eps: 2}, "attack: epsilon 2 in linf, want above 0 and up to 1, the range of pixels: 8 of 255 levels are 0.0314"},
		{attack.Config{Name: "pgd", Norm: "l3"}, `attack: norm "l3", want linf, l2 or l1`},
		{attack.Config{Name: "pgd", Norm: "l2", Eps: -1}, "attack: epsilon -1 in l2, want above 0"},
		{attack.Config{Name: "gpd"}, fmt.Sprintf(`attack: there is no attack "gpd", want one of %s`, strings.Join(attack.Names(), ", "))},
		{attack.Config{Name: "pgd", Steps: -1}, "attack: -1 steps, want at least 1"},
		{attack.Config{Name: "bim", Restarts: 2}, "attack: 2 restarts without a random start would all do the same"},
		{attack.Config{Name: "pgd", Frames: 2}, "attack: pgd with 2 frames: only sparse has them"},
		{attack.Config{Name: "apgd-ce", Step: 0.1}, "attack: apgd-ce with steps of 0.1: it finds their lengths itself"},
		{attack.Config{Name: "ni-fgsm", Norm: "l1"}, "attack: nesterov's gradient with momentum 1 in l1, want momentum, in linf or l2"},
	} {
		if _, err := attack.New(c.config); err == nil || err.Error() != c.want {
			t.Errorf("%+v:\n got %v\nwant %s", c.config, err, c.want)
		}
	}
}

// On the kernels of the engine a batch differs from another by rounding alone; sums of gradients over seven steps stay near.
func TestKernels(t *testing.T) {
	e := cpu.New(cpu.Options{Threads: 2})
	one, many := open(t, e, toy(5), 1), open(t, e, toy(5), 8)
	list := noise(t, one, 6)
	a := attack.PGD{Norm: attack.L2, Eps: 0.1, Steps: 7, Full: true}
	want := run(t, one, a, list, attack.Options{Clips: true})
	for i, r := range run(t, many, a, list, attack.Options{Clips: true}) {
		if d := attack.Linf.Of(r.Adversarial, want[i].Adversarial); d > 1e-4 {
			t.Errorf("%s: batch 8 is %v from batch 1", r.Key, d)
		}
	}
}
