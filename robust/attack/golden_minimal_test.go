package attack_test

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"vidcsl/robust/attack"
)

// minimal is testdata/minimal.json, see scripts/golden_attack_minimal.py. Flags are 1 for each clip that the network is right about.
type minimal struct {
	Gains          []float32
	Digits, Labels string
	Layers         []struct {
		Scale  float32
		Weight string
		Bias   []float32
	}
	Eps         map[attack.Norm]float64
	Clean       string
	Logits      []float64
	Projections []struct {
		Norm                 attack.Norm
		Point, Plane, Change []float64
		Offset               float64
	}
	FAB struct {
		Targets, Steps int
		Linf, L2, L1   []float64
	}
	DeepFool struct {
		Linf, L2     []float64
		Torchattacks float64
	}
	CW struct {
		Searches, Steps int
		Rate, Constant  float64
		Norms           []float64
	}
	Square struct {
		Queries            int
		Linf, L2, Rescaled string
	}
	AutoAttack map[attack.Norm][]struct{ Name, Stand string }
}

var readMinimal = sync.OnceValues(func() (minimal, error) {
	var g minimal
	b, err := os.ReadFile("testdata/minimal.json")
	if err == nil {
		err = json.Unmarshal(b, &g)
	}
	return g, err
})

func read(t *testing.T) (minimal, *mlp, []*attack.Sample) {
	t.Helper()
	g, err := readMinimal()
	if err != nil {
		t.Fatal(err)
	}
	return g, g.network(t), g.samples(t)
}

func decoded(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (g minimal) network(t *testing.T) *mlp {
	t.Helper()
	net := &mlp{}
	for i, l := range g.Layers {
		q := decoded(t, l.Weight)
		rows := make([][]float32, len(l.Bias))
		for r := range rows {
			for _, v := range q[r*len(q)/len(rows) : (r+1)*len(q)/len(rows)] {
				rows[r] = append(rows[r], float32(int8(v))*l.Scale)
			}
		}
		net.weight[i], net.bias[i] = rows, l.Bias
	}
	return net
}

// samples are clips of two frames: a digit, and the same one pixel to the right, in channels of falling brightness.
func (g minimal) samples(t *testing.T) []*attack.Sample {
	t.Helper()
	const side = 8
	digits, list := decoded(t, g.Digits), make([]*attack.Sample, len(g.Labels))
	for k := range list {
		d := digits[k*side*side : (k+1)*side*side]
		s := &attack.Sample{Key: strconv.Itoa(k), Shape: [4]int{3, 2, side, side}, Label: int(g.Labels[k] - '0')}
		for _, gain := range g.Gains {
			for frame := range 2 {
				for i := range d {
					v := float32(0)
					if i%side >= frame {
						v = gain * float32(d[i-frame]) / 16
					}
					s.X = append(s.X, v)
				}
			}
		}
		list[k] = s
	}
	return list
}

// searched is what an attack finds on samples, asked one after the other in two goroutines.
func searched(t *testing.T, a attack.Searcher, net attack.Network, list []*attack.Sample) []attack.Finding {
	t.Helper()
	found := make([]attack.Finding, len(list))
	var group sync.WaitGroup
	for half := range 2 {
		group.Go(func() {
			for i := half; i < len(list); i += 2 {
				f, err := a.Search(t.Context(), list[i], net, rand.New(rand.NewPCG(11, uint64(i))))
				if err != nil {
					t.Error(err)
					return
				}
				found[i] = f
			}
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for i, f := range found {
		checkFinding(t, a, net, list[i], f)
	}
	return found
}

// checkFinding checks that a finding is what it says.
func checkFinding(t *testing.T, a attack.Attack, net attack.Network, s *attack.Sample, f attack.Finding) {
	t.Helper()
	z, _ := net.Logits(t.Context(), f.X)
	if wrong := attack.Best(z) != s.Label; wrong != f.Fooled {
		t.Fatalf("%s on %s: fooled is %v, and the network is wrong: %v", a.Name(), s.Key, f.Fooled, wrong)
	}
	if low, high := slices.Min(f.X), slices.Max(f.X); !(low >= 0 && high <= 1) {
		t.Fatalf("%s on %s: values from %v to %v, want 0 to 1", a.Name(), s.Key, low, high)
	}
	ball := a.(attack.Bounded).Ball()
	d := ball.Norm.Of(s.X, f.X)
	if d > ball.Eps*(1+1e-6)+1e-7 {
		t.Fatalf("%s on %s: at a distance of %v", a.Name(), s.Key, d)
	}
	if math.Abs(d-f.Norm) > 1e-9 {
		t.Fatalf("%s on %s: norm %v, want %v", a.Name(), s.Key, f.Norm, d)
	}
	if (f.By != "") != (f.Fooled && d > 0) {
		t.Fatalf("%s on %s: found by %q, at %v", a.Name(), s.Key, f.By, d)
	}
}

func TestGoldenNetwork(t *testing.T) {
	g, net, list := read(t)
	_, z := net.forward(list[0].X)
	for k, want := range g.Logits {
		if math.Abs(float64(z[k])-want) > 1e-3 {
			t.Errorf("logit %d: %v, want %v", k, z[k], want)
		}
	}
	for i, s := range list {
		_, z := net.forward(s.X)
		if right := attack.Best(z) == s.Label; right != (g.Clean[i] == '1') {
			t.Errorf("clip %d: right is %v", i, right)
		}
	}
}

// TestProjections compares with those of the authors, in float64.
func TestProjections(t *testing.T) {
	g, _, _ := read(t)
	for _, p := range g.Projections {
		excess, d := -p.Offset, make([]float64, len(p.Point))
		for i, w := range p.Plane {
			excess += w * p.Point[i]
		}
		attack.Project(p.Norm, p.Point, p.Plane, excess, d)
		for i, want := range p.Change {
			if math.Abs(d[i]-want) > 1e-9 {
				t.Errorf("%s by %v: change %d is %v, want %v", p.Norm, excess, i, d[i], want)
			}
		}
	}
}

// TestGoldenFAB compares the smallest norms with those of AutoAttack's FAB-T of as many steps.
func TestGoldenFAB(t *testing.T) {
	g, net, list := read(t)
	for _, c := range []struct {
		norm attack.Norm
		want []float64
	}{{attack.Linf, g.FAB.Linf}, {attack.L2, g.FAB.L2}, {attack.L1, g.FAB.L1}} {
		t.Run(string(c.norm), func(t *testing.T) {
			t.Parallel()
			a := attack.FAB{Norm: c.norm, Targets: g.FAB.Targets, Steps: g.FAB.Steps}
			compareNorms(t, searched(t, a, net, list[:100]), c.want, 0.01)
		})
	}
}

// TestGoldenDeepFool compares norms with foolbox's, and their median with torchattacks', which adds the overshoot to each step.
func TestGoldenDeepFool(t *testing.T) {
	g, net, list := read(t)
	found := searched(t, attack.NewDeepFool(attack.L2, 0), net, list)
	compareNorms(t, found, g.DeepFool.L2, 0.001)
	compareNorms(t, searched(t, attack.NewDeepFool(attack.Linf, 0), net, list), g.DeepFool.Linf, 0.001)
	var norms []float64
	for _, f := range found {
		if f.By != "" {
			norms = append(norms, f.Norm)
		}
	}
	if m := median(norms); math.Abs(m/g.DeepFool.Torchattacks-1) > 0.02 {
		t.Errorf("median norm %v, torchattacks has %v", m, g.DeepFool.Torchattacks)
	}
}

func TestGoldenCarliniWagner(t *testing.T) {
	g, net, list := read(t)
	a := attack.CarliniWagner{Searches: g.CW.Searches, Steps: g.CW.Steps, Rate: g.CW.Rate, Constant: g.CW.Constant}
	compareNorms(t, searched(t, a, net, list[:len(g.CW.Norms)]), g.CW.Norms, 0.02)
}

// compareNorms wants all but a hundredth of the norms to be within tolerance of those wanted, and their median.
func compareNorms(t *testing.T, found []attack.Finding, want []float64, tolerance float64) {
	t.Helper()
	var got, wants, far []float64
	for i, f := range found {
		if f.Fooled != (want[i] >= 0) {
			t.Errorf("clip %d: fooled is %v, want a norm of %v", i, f.Fooled, want[i])
		}
		if f.By == "" || want[i] <= 0 {
			continue
		}
		got, wants = append(got, f.Norm), append(wants, want[i])
		if off := math.Abs(f.Norm/want[i] - 1); off > tolerance {
			far = append(far, off)
		}
	}
	t.Logf("%d norms, median %.5g, want %.5g, off by more than %g: %.3g", len(got), median(got), median(wants), tolerance, far)
	if len(far) > len(got)/100 || math.Abs(median(got)/median(wants)-1) > tolerance {
		t.Errorf("%d of %d norms are off by more than %g: %v; median %v, want %v", len(far), len(got), tolerance, far, median(got), median(wants))
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// TestGoldenSquare compares how many clips stand with AutoAttack, and with torchattacks where the schedule is rescaled. Draws are others.
func TestGoldenSquare(t *testing.T) {
	g, net, list := read(t)
	for _, c := range []struct {
		name    string
		norm    attack.Norm
		rescale bool
		want    string
	}{
		{"linf", attack.Linf, false, g.Square.Linf}, {"l2", attack.L2, false, g.Square.L2},
		{"linf rescaled", attack.Linf, true, g.Square.Rescaled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := attack.NewSquare(c.norm, g.Eps[c.norm])
			a.Queries, a.Rescale = g.Square.Queries, c.rescale
			compareStanding(t, searched(t, a, net, list), c.want, 0.02)
		})
	}
}

// compareStanding wants as many clips that no perturbation was found for, within a part of all.
func compareStanding(t *testing.T, found []attack.Finding, want string, tolerance float64) {
	t.Helper()
	got, wants, differ := 0, 0, 0
	for i, f := range found {
		if !f.Fooled {
			got++
		}
		if want[i] == '1' {
			wants++
		}
		if f.Fooled == (want[i] == '1') {
			differ++
		}
	}
	t.Logf("%d of %d stand, want %d; %d are others", got, len(found), wants, differ)
	if math.Abs(float64(got-wants)) > tolerance*float64(len(found)) {
		t.Errorf("%d of %d stand, want %d", got, len(found), wants)
	}
}

// TestGoldenAutoAttack compares which clips stand after each attack of the standard version.
func TestGoldenAutoAttack(t *testing.T) {
	g, net, list := read(t)
	for _, norm := range []attack.Norm{attack.Linf, attack.L2} {
		t.Run(string(norm), func(t *testing.T) {
			t.Parallel()
			a := attack.AutoAttack(norm, g.Eps[norm])
			// FAB and Square find nothing after the others, and are compared in tests of their own.
			fab, square := attack.NewFAB(norm, g.Eps[norm]), attack.NewSquare(norm, g.Eps[norm])
			fab.Steps, square.Queries = 25, 500
			a.Attacks[2], a.Attacks[3] = fab, square
			found := searched(t, a, net, list)
			for i, step := range g.AutoAttack[norm] {
				last := a.Attacks[i].Name()
				t.Log(step.Name, "and", last)
				sofar := slices.Clone(found)
				for k, f := range sofar { // what a later attack found was not found yet
					later := slices.IndexFunc(a.Attacks[i+1:], func(b attack.Attack) bool { return b.Name() == f.By })
					sofar[k].Fooled = f.Fooled && later < 0
				}
				compareStanding(t, sofar, step.Stand, 0.01)
			}
		})
	}
}
