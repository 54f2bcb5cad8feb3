package attack_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/model/nn"
	"vidcsl/model/op"
	"vidcsl/robust/attack"
)

// golden is testdata/attack.json.gz, see scripts/golden_attack.py.
type golden struct {
	Levels [][]float32
	Labels []int
	Clean  int
	Shown  []int // those of Perturbed
	Robust []struct {
		Norm                     attack.Norm
		Eps                      float64
		Loss                     string
		Steps                    int
		AutoAttack, TorchAttacks []int // left right, with several seeds
	}
	Perturbed []struct {
		Attack    string
		Norm      attack.Norm
		Eps, Step float64
		Steps     int
		X         []float32
	}
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	f, err := os.Open("testdata/attack.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(z).Decode(&g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// digits is the network of the script.
func digits(d op.DType) attack.Net {
	return attack.Net{Shape: [4]int{3, 1, 8, 8}, Classes: 10, DType: d, Weights: attack.File("testdata/digits.safetensors"),
		Build: func(p *nn.Params, x *op.Node) (z *op.Node, err error) {
			err = op.Build(func() {
				for i, c := range []nn.Conv{{Out: 12, Stride: [3]int{1, 2, 2}}, {Out: 32, Stride: [3]int{1, 1, 1}}} {
					c.Kernel, c.Pad = [3]int{1, 3, 3}, [3]int{0, 1, 1}
					x = p.Conv(fmt.Sprintf("conv%d", i+1), x, c)
					x = op.Apply(op.ReLU{}, p.BatchNorm(fmt.Sprintf("bn%d", i+1), x, nn.BatchNorm{Eps: 1e-5}))
				}
				z = p.Linear("fc", op.Apply(op.GlobalAvgPool{}, x), 10, nn.Constant(0), nn.Constant(0))
			})
			return z, err
		}}
}

// samples are the pictures of the script.
func (g golden) samples() []*attack.Sample {
	list := make([]*attack.Sample, len(g.Levels))
	for i := range list {
		s := &attack.Sample{Key: fmt.Sprintf("digit %d", i), Shape: [4]int{3, 1, 8, 8}, Label: g.Labels[i]}
		for range 3 {
			for _, level := range g.Levels[i] {
				s.X = append(s.X, level/16)
			}
		}
		list[i] = s
	}
	return list
}

// In float64, with the same weights, perturbations are those of torchattacks and foolbox.
func TestPerturbationsAreTheirs(t *testing.T) {
	g := readGolden(t)
	m := open(t, exact, digits(op.F64), 8)
	var list []*attack.Sample
	for _, i := range g.Shown {
		list = append(list, g.samples()[i])
	}
	for _, c := range g.Perturbed {
		p := attack.PGD{Norm: c.Norm, Eps: c.Eps, Step: c.Step, Steps: c.Steps, Full: true}
		switch c.Attack {
		case "ni-fgsm":
			p.Nesterov = true
			fallthrough
		case "mi-fgsm":
			p.Momentum = 1
		}
		for i, r := range run(t, m, p, list, attack.Options{Clips: true}) {
			want := c.X[i*len(list[i].X):][:len(list[i].X)]
			if !r.Attacked {
				t.Fatalf("%s is not attacked", r.Key)
			}
			if d := attack.Linf.Of(want, r.Adversarial); !(d < 1e-5) {
				t.Errorf("%s in %s: %s is off by %v", c.Attack, c.Norm, r.Key, d)
			}
		}
	}
}

// APGD leaves as many samples right as the authors' code and torchattacks do, within a point, on average over a few starts.
func TestRobustAccuracyIsTheirs(t *testing.T) {
	g := readGolden(t)
	p, err := cpu.New(cpu.Options{Threads: 1}).Compile(tiny())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if !p.(*cpu.Program).Kernels() {
		t.Skip("without oneDNN it takes minutes")
	}
	m := open(t, cpu.New(cpu.Options{Threads: 1}), digits(op.F32), 64)
	list := g.samples()
	for _, c := range g.Robust {
		a, starts := attack.APGD{Norm: c.Norm, Eps: c.Eps, Steps: c.Steps}, 2
		switch c.Loss {
		case "dlr":
			a.Loss = attack.DLR
		case "t":
			a.Loss, a.Targets, starts = attack.DLRTargeted, 9, 1 // nine starts as it is
		}
		if c.Norm == attack.L2 {
			starts = 1 // which hardly differ
		}
		clean, robust := 0, 0
		for i := range starts {
			for _, r := range run(t, m, a, list, attack.Options{Seed: uint64(i)}) {
				if r.Clean == r.Label {
					clean++
				}
				if r.Prediction == r.Label {
					robust++
				}
			}
		}
		if clean != starts*g.Clean {
			t.Fatalf("%d right, want %d", clean, starts*g.Clean)
		}
		for name, theirs := range map[string][]int{"AutoAttack": c.AutoAttack, "torchattacks": c.TorchAttacks} {
			if len(theirs) == 0 {
				continue
			}
			sum := 0
			for _, n := range theirs {
				sum += n
			}
			got, want := float64(robust)/float64(starts), float64(sum)/float64(len(theirs))
			t.Logf("%s leaves %.1f of %d right, %s %.1f", a.Name(), got, g.Clean, name, want)
			if math.Abs(got-want) > 0.01*float64(len(list)) {
				t.Errorf("%s leaves %.1f right, %s %.1f", a.Name(), got, name, want)
			}
		}
	}
}
