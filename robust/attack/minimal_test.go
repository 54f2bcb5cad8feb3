package attack_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vidcsl/robust/attack"
)

// drawn returns a random network of 5 classes for clips of a shape, and n clips with what it takes them for.
func drawn(t *testing.T, shape [4]int, n int) (*mlp, []*attack.Sample) {
	t.Helper()
	r, in := rand.New(rand.NewPCG(4, 8)), shape[0]*shape[1]*shape[2]*shape[3]
	net := &mlp{}
	for layer, size := range []int{12, 5} {
		for range size {
			row := make([]float32, in)
			for i := range row {
				row[i] = float32(r.NormFloat64() / math.Sqrt(float64(in)))
			}
			net.weight[layer] = append(net.weight[layer], row)
			net.bias[layer] = append(net.bias[layer], float32(r.NormFloat64()/10))
		}
		in = size
	}
	list := make([]*attack.Sample, n)
	for i := range list {
		s := &attack.Sample{Key: "drawn", Shape: shape}
		for range shape[0] * shape[1] * shape[2] * shape[3] {
			s.X = append(s.X, float32(min(max(1.3*r.Float64()-0.15, 0), 1)))
		}
		_, z := net.forward(s.X)
		s.Label = attack.Best(z)
		list[i] = s
	}
	return net, list
}

// searchers are the attacks of this file's subject, with few steps.
func searchers(eps map[attack.Norm]float64) []attack.Searcher {
	var list []attack.Searcher
	for _, n := range []attack.Norm{attack.Linf, attack.L2, attack.L1} {
		fab := attack.NewFAB(n, eps[n])
		fab.Steps = 15
		list = append(list, fab)
		if n == attack.L1 {
			continue
		}
		list = append(list, attack.NewDeepFool(n, eps[n]))
		if eps[n] > 0 {
			square := attack.NewSquare(n, eps[n])
			square.Queries = 60
			list = append(list, square, attack.Cascade{Title: "both", Within: square.Ball(), Attacks: []attack.Attack{fab, square}})
		}
	}
	cw := attack.NewCarliniWagner(eps[attack.L2])
	cw.Searches, cw.Steps, cw.Constant = 4, 40, 0.1
	return append(list, cw)
}

var (
	noEps    = map[attack.Norm]float64{}
	someEps  = map[attack.Norm]float64{attack.Linf: 0.15, attack.L2: 1.2, attack.L1: 6}
	smallEps = map[attack.Norm]float64{attack.Linf: 1e-4, attack.L2: 1e-3, attack.L1: 1e-3}
)

// TestSearchers checks of clips of odd shapes that findings are what they say, stay in the ball and in 0 to 1, are found, repeat from the
// same numbers, and that samples stay as they are.
func TestSearchers(t *testing.T) {
	for _, shape := range [][4]int{{3, 1, 1, 1}, {3, 2, 2, 3}, {3, 4, 5, 9}, {3, 2, 11, 8}} {
		net, list := drawn(t, shape, 6)
		before := slices.Clone(list[0].X)
		fooled := map[string]int{}
		for _, eps := range []map[attack.Norm]float64{noEps, someEps, smallEps} {
			for _, a := range searchers(eps) {
				found := searched(t, a, net, list)
				if again := searched(t, a, net, list); !reflect.DeepEqual(found, again) {
					t.Errorf("%s of %v does not repeat", a.Name(), shape)
				}
				for i, f := range found {
					if f.Fooled {
						fooled[strings.Split(a.Name(), "(")[0]]++
					}
					if _, random := a.(attack.Square); !f.Fooled && !random && !slices.Equal(f.X, list[i].X) {
						t.Errorf("%s of %v found nothing, and returns another clip", a.Name(), shape)
					}
					if eps[attack.L2] == smallEps[attack.L2] && f.Fooled {
						t.Errorf("%s of %v: found at %v", a.Name(), shape, f.Norm)
					}
				}
			}
		}
		for _, name := range []string{"fab", "deepfool", "cw", "square", "both"} {
			if fooled[name] == 0 && shape != [4]int{3, 1, 1, 1} {
				t.Errorf("%s found nothing in clips of %v: %v", name, shape, fooled)
			}
		}
		if !slices.Equal(before, list[0].X) {
			t.Errorf("the sample of %v was changed", shape)
		}
	}
}

// TestWrongAlready checks that a clip that the network is wrong about is left alone.
func TestWrongAlready(t *testing.T) {
	net, list := drawn(t, [4]int{3, 2, 4, 4}, 1)
	s := *list[0]
	s.Label = (s.Label + 1) % 5
	for _, a := range searchers(someEps) {
		f, err := a.Search(t.Context(), &s, net, rand.New(rand.NewPCG(1, 1)))
		if err != nil || !f.Fooled || f.Norm != 0 || f.By != "" || !slices.Equal(f.X, s.X) {
			t.Errorf("%s: %+v, %v", a.Name(), f, err)
		}
	}
}

// stopping is a network whose context ends after some questions.
type stopping struct {
	*mlp
	left int
	stop func()
}

func (s *stopping) count() {
	if s.left--; s.left == 0 {
		s.stop()
	}
}

func (s *stopping) Logits(ctx context.Context, x []float32) ([]float32, error) {
	s.count()
	return s.mlp.Logits(ctx, x)
}

func (s *stopping) Gradient(ctx context.Context, x []float32, l attack.Loss) (attack.Answer, error) {
	s.count()
	return s.mlp.Gradient(ctx, x, l)
}

// TestCancelSearch checks that each attack asks nothing more after the first question that its context ends.
func TestCancelSearch(t *testing.T) {
	cause := errors.New("enough")
	net, list := drawn(t, [4]int{3, 2, 4, 4}, 1)
	for _, a := range searchers(smallEps) {
		for _, after := range []int{1, 2, 3} {
			ctx, cancel := context.WithCancelCause(t.Context())
			n := &stopping{net, after, func() { cancel(cause) }}
			if x, err := a.Perturb(ctx, list[0], n, rand.New(rand.NewPCG(1, 1))); !errors.Is(err, cause) || n.left != 0 {
				t.Errorf("%s after question %d: %d values, %v, and %d more questions", a.Name(), after, len(x), err, -n.left)
			}
			cancel(nil)
		}
	}
}

// TestSquares checks that a candidate in linf differs from the one before in a square of the same place in all frames and channels.
func TestSquares(t *testing.T) {
	const high, wide = 9, 12
	net, list := drawn(t, [4]int{3, 4, high, wide}, 1)
	for i := range list[0].X {
		list[0].X[i] = 0.3 + 0.4*list[0].X[i] // nothing is clipped
	}
	_, z := net.forward(list[0].X)
	list[0].Label = attack.Best(z)
	watch := &watching{mlp: net}
	a := attack.NewSquare(attack.Linf, 0.001)
	a.Queries, a.Rescale = 200, true
	if _, err := a.Perturb(t.Context(), list[0], watch, rand.New(rand.NewPCG(1, 1))); err != nil {
		t.Fatal(err)
	}
	if len(watch.asked) != a.Queries+2 {
		t.Fatalf("%d questions, want %d", len(watch.asked), a.Queries+2)
	}
	sizes, columns := map[int]bool{}, map[int]bool{}
	for q, x := range watch.asked[2:] {
		var changed [high * wide]bool
		for i := range x {
			d := math.Abs(float64(x[i]) - float64(list[0].X[i]))
			if math.Abs(d-0.001) > 1e-6 {
				t.Fatalf("query %d: value %d is moved by %v", q, i, d)
			}
			changed[i%(high*wide)] = changed[i%(high*wide)] || x[i] != watch.best[q+2][i]
		}
		top, left, bottom, right := high, wide, -1, -1
		for i, c := range changed {
			if c {
				top, left, bottom, right = min(top, i/wide), min(left, i%wide), max(bottom, i/wide), max(right, i%wide)
			}
		}
		columns[right] = true
		sizes[max(bottom-top, right-left)] = true
	}
	if !sizes[7] && !sizes[8] || !sizes[0] || sizes[9] || !columns[wide-1] {
		t.Errorf("sides less one %v, last columns %v", sizes, columns)
	}
}

// watching keeps the clips it is asked about, and before each the one of the smallest margin so far.
type watching struct {
	*mlp
	asked, best [][]float32
	margin      float32
	least       []float32
}

func (w *watching) Logits(ctx context.Context, x []float32) ([]float32, error) {
	z, err := w.mlp.Logits(ctx, x)
	order := attack.Ranked(z)
	w.asked, w.best = append(w.asked, slices.Clone(x)), append(w.best, w.least)
	// The clip itself is no candidate.
	if margin := z[order[0]] - z[order[1]]; len(w.asked) == 2 || len(w.asked) > 2 && margin < w.margin {
		w.margin, w.least = margin, slices.Clone(x)
	}
	return z, err
}

// TestProjectionIsNearest checks in many dimensions that the projection lies on the plane and in the box, and that no point that is
// drawn there is nearer.
func TestProjectionIsNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 30 {
		n := 2 + r.IntN(40)
		point, plane, goal := make([]float64, n), make([]float64, n), make([]float64, n)
		excess := 0.0
		for i := range n {
			point[i], goal[i], plane[i] = r.Float64(), r.Float64(), r.NormFloat64()*math.Exp(3*r.NormFloat64())
			excess += plane[i] * (point[i] - goal[i]) // goal is a point of the plane in the box
		}
		for norm, length := range map[attack.Norm]func([]float64) float64{
			attack.Linf: func(d []float64) float64 { return slices.MaxFunc(d, byMagnitude) },
			attack.L2:   func(d []float64) float64 { return math.Sqrt(total(d, func(v float64) float64 { return v * v })) },
			attack.L1:   func(d []float64) float64 { return total(d, math.Abs) },
		} {
			d, other := make([]float64, n), make([]float64, n)
			attack.Project(norm, point, plane, excess, d)
			left, scale := excess, 0.0
			for i, v := range d {
				left += plane[i] * v
				scale += math.Abs(plane[i])
				if p := point[i] + v; p < -1e-12 || p > 1+1e-12 {
					t.Errorf("%s: value %d becomes %v", norm, i, p)
				}
			}
			if math.Abs(left) > 1e-12*scale {
				t.Errorf("%s: %v off the plane, of %v", norm, left, excess)
			}
			// Between the projection and the goal all points are on the plane and in the box: the distance must not fall.
			for _, part := range []float64{1e-3, 0.1, 1} {
				for i, v := range d {
					other[i] = v + part*(goal[i]-point[i]-v)
				}
				if a, b := math.Abs(length(d)), math.Abs(length(other)); b < a*(1-1e-12) {
					t.Errorf("%s: %v is nearer than %v", norm, b, a)
				}
			}
		}
	}
}

func byMagnitude(a, b float64) int {
	switch a, b = math.Abs(a), math.Abs(b); {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func total(d []float64, f func(float64) float64) float64 {
	s := 0.0
	for _, v := range d {
		s += f(v)
	}
	return s
}

// TestRunNamesTheAttack checks that results of a run name the attack of a cascade that found them.
func TestRunNamesTheAttack(t *testing.T) {
	m := open(t, exact, toy(5), 4)
	list := noise(t, m, 8)
	weak := attack.NewDeepFool(attack.Linf, 0.03)
	strong := attack.NewFAB(attack.Linf, 0.03)
	weak.Steps = 1
	c := attack.Cascade{Title: "two", Within: weak.Ball(), Attacks: []attack.Attack{weak, strong}}
	by := map[string]int{}
	for _, r := range run(t, m, c, list, attack.Options{}) {
		by[r.By]++
		if r.Success != (r.By != "") {
			t.Errorf("%s: by %q, success is %v", r.Key, r.By, r.Success)
		}
	}
	if len(by) < 2 || by[weak.Name()] == 0 && by[strong.Name()] == 0 {
		t.Errorf("found by %v", by)
	}
}

func TestMinimalConfigErrors(t *testing.T) {
	for want, c := range map[string]attack.Config{
		`attack: cw in "linf", want l2`:                                                    {Name: "cw"},
		"attack: square with steps of 0 and 2 restarts: it has no such settings":           {Name: "square", Restarts: 2},
		"attack: autoattack with 3 steps: its attacks have the steps of its paper":         {Name: "autoattack", Steps: 3},
		`attack: square in "l1" with 5000 queries and a part of 0.8, want linf or l2`:      {Name: "square", Norm: attack.L1},
		"attack: epsilon -1 in l2, want above 0":                                           {Name: "cw", Norm: attack.L2, Eps: -1},
		`attack: deepfool in "l1" with 50 steps, 9 classes and an overshoot of 0.02, want`: {Name: "deepfool", Norm: attack.L1},
		`attack: fab in "l3" with 100 steps for 9 classes, want linf, l2 or l1`:            {Name: "fab", Norm: "l3"},
		`attack: fab in "linf" with -1 steps for 9 classes`:                                {Name: "fab", Steps: -1},
	} {
		if _, err := attack.New(c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v:\n got %v\nwant %s", c, err, want)
		}
	}
	square := attack.NewSquare(attack.L2, 1)
	c := attack.Cascade{Title: "mixed", Within: attack.Ball{Norm: attack.Linf, Eps: 1}, Attacks: []attack.Attack{square}}
	if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), "attack: mixed is made of square(l2, 1, 5000, part 0.8), want") {
		t.Errorf("a cascade of another ball: %v", err)
	}
	net, list := drawn(t, [4]int{3, 1, 2, 2}, 1)
	for label, want := range map[int]string{-1: `clip "drawn" has the label -1, want 0 to 4`, 5: `clip "drawn" has the label 5, want 0 to 4`} {
		s := *list[0]
		s.Label = label
		for _, a := range searchers(someEps) {
			if _, err := a.Perturb(t.Context(), &s, net, nil); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", a.Name(), err, want)
			}
		}
	}
}
