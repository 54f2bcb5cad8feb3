package attack_test

import (
	"context"
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

// mlp is a network of two layers with ReLU between. It is safe for concurrent use.
type mlp struct {
	weight [2][][]float32
	bias   [2][]float32
}

func (m *mlp) Classes() int { return len(m.bias[1]) }

func (m *mlp) forward(x []float32) (hidden, logits []float32) {
	for layer := range m.weight {
		y := slices.Clone(m.bias[layer])
		for r, row := range m.weight[layer] {
			y[r] += dot(row, x)
			if layer == 0 {
				y[r] = max(y[r], 0)
			}
		}
		hidden, x = x, y
	}
	return hidden, x
}

func dot(a, b []float32) float32 {
	var s [4]float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s[0] += a[i] * b[i]
		s[1] += a[i+1] * b[i+1]
		s[2] += a[i+2] * b[i+2]
		s[3] += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s[0] += a[i] * b[i]
	}
	return s[0] + s[1] + s[2] + s[3]
}

func (m *mlp) Logits(ctx context.Context, x []float32) ([]float32, error) {
	_, z := m.forward(x)
	return z, context.Cause(ctx)
}

func (m *mlp) Gradient(ctx context.Context, x []float32, loss attack.Loss) (attack.Answer, error) {
	hidden, z := m.forward(x)
	a := attack.Answer{Loss: float32(loss.Of(z)), Logits: z, Grad: make([]float32, len(x))}
	wrt := derivative(loss, z)
	for j, h := range hidden {
		if h == 0 {
			continue
		}
		var g float32
		for k, row := range m.weight[1] {
			g += wrt[k] * row[j]
		}
		for i, w := range m.weight[0][j] {
			a.Grad[i] += g * w
		}
	}
	return a, context.Cause(ctx)
}

// derivative is that of a loss in the logits.
func derivative(l attack.Loss, z []float32) []float32 {
	if l.Kind == attack.Weighted {
		return l.Vector
	}
	d, order := make([]float32, len(z)), attack.Ranked(z)
	if l.Kind == attack.CrossEntropy {
		value := l.Of(z)
		for k := range z {
			d[k] = float32(math.Exp(float64(z[k]) - float64(z[l.Label]) - value))
		}
		d[l.Label]--
		return d
	}
	below := make([]float32, len(z)) // a loss -a/b
	below[order[0]]++
	below[order[2]]--
	other := order[0]
	if other == l.Label {
		other = order[1]
	}
	if l.Kind == attack.DLRTargeted {
		other = l.Target
		below[order[2]] += 0.5
		below[order[3]] -= 0.5
	}
	above := make([]float32, len(z))
	above[l.Label]++
	above[other]--
	a, b := dot(above, z), dot(below, z)
	for k := range d {
		d[k] = (a*below[k] - above[k]*b) / (b * b)
	}
	return d
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
