package cpu_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// frozen returns a graph at inference: convolutions with normalisations by state that does not change, joined in every way, and what
// the graph is fed.
func frozen(c, groups int) (model.Signature, func(seed uint64) op.Tensor) {
	rng := rand.New(rand.NewPCG(uint64(c), 11))
	g := op.NewGraph()
	x := op.Input(g, "x", op.Of(op.F32, 2, c, 2, 5, 4))
	sig := model.Signature{Inputs: []*op.Node{x}}
	state := func(name string, shift float32, shape ...int) *op.Node {
		first := random(rng, shape...)
		for i, v := range op.Data[float32](first) {
			op.Data[float32](first)[i] = v*0.3 + shift
		}
		name = fmt.Sprint(name, len(sig.State))
		sig.State = append(sig.State, model.Slot{Name: name, In: op.Input(g, name, first.Type), First: first})
		return sig.State[len(sig.State)-1].In
	}
	norm := func(x *op.Node) *op.Node {
		n := op.TypeOf(x).Shape[1]
		variance := op.Input(g, fmt.Sprint("v", len(sig.State)), op.Of(op.F32, n))
		first := random(rng, n)
		for i, v := range op.Data[float32](first) {
			op.Data[float32](first)[i] = v*v + 0.1
		}
		sig.State = append(sig.State, model.Slot{Name: variance.Name(), In: variance, First: first})
		return op.Apply(op.BNInfer{Eps: 1e-3}, x, state("mean", 0, n), variance, state("gamma", 1, n), state("beta", 0, n))
	}
	conv := func(x *op.Node, out, k, groups int) *op.Node {
		s := op.Conv3D{Stride: [3]int{1, 1, 1}, Pad: [3]int{k / 2, k / 2, k / 2}, Dilation: [3]int{1, 1, 1}, Groups: groups}
		return op.Apply(s, x, state("w", 0, out, op.TypeOf(x).Shape[1]/groups, k, k, k))
	}
	relu := func(x *op.Node) *op.Node { return op.Apply(op.ReLU{}, x) }
	add := func(a, b *op.Node) *op.Node { return op.Apply(op.Add{}, a, b) }
	n := 16 * groups
	stem := relu(norm(conv(x, n, 3, 1)))
	a := relu(add(norm(conv(stem, n, 3, groups)), norm(conv(stem, n, 1, 1)))) // two convolutions, one of which is the addend
	b := relu(add(a, norm(conv(a, n, 3, 1))))                                 // the addend is what is convolved
	twice := conv(b, 24, 3, 1)
	d := relu(add(norm(conv(b, n, 1, 1)), a)) // an addend that is needed later
	sig.Metrics = []*op.Node{norm(conv(d, 20, 1, 1)), norm(twice), twice, op.Apply(op.GlobalAvgPool{}, add(a, d))}
	return sig, func(seed uint64) op.Tensor { return random(rand.New(rand.NewPCG(seed, 12)), 2, c, 2, 5, 4) }
}

// TestFold compares convolutions with normalisations folded into them with the references, also after each value of the state is set.
func TestFold(t *testing.T) {
	for _, c := range [][2]int{{3, 1}, {16, 1}, {20, 2}, {1, 16}} { // channels, groups
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			sig, feed := frozen(c[0], c[1])
			for _, o := range []cpu.Options{{}, {CheckNaN: true}, {Reference: true}} {
				same(t, o, sig, 2, 1e-5, func() []op.Tensor { return []op.Tensor{feed(1)} })
			}
			p, old := compile(t, cpu.Options{}, sig), map[string]op.Tensor{}
			for _, s := range sig.State {
				old[s.Name] = s.First
			}
			check := func(name string) {
				got, err := p.Run(context.Background(), feed(2))
				if err != nil {
					t.Fatal(err)
				}
				for i, want := range interpret(t, sig, old, feed(2)) {
					if d := far(got[i], want); !(d < 1e-5) {
						t.Errorf("metric %d is off by %.3g after %s is set", i, d, name)
					}
				}
			}
			check("nothing")
			for _, s := range sig.State {
				v := op.NewTensor(s.First.Type)
				for i, x := range op.Data[float32](s.First) {
					op.Data[float32](v)[i] = 0.5*x + 0.2
				}
				if err := p.Set(s.Name, v); err != nil {
					t.Fatal(err)
				}
				old[s.Name] = v
				check(s.Name)
			}
			if bf16(t) {
				same(t, cpu.Options{BF16: true}, sig, 1, 5e-2, func() []op.Tensor { return []op.Tensor{feed(1)} })
			}
		})
	}
}

// TestFoldOnce checks what runs again at every step, and what only after state is set.
func TestFoldOnce(t *testing.T) {
	sig, feed := frozen(16, 1)
	p := compile(t, cpu.Options{Profile: true}, sig)
	if !p.Kernels() {
		t.Skip("there are no kernels in this build or on this machine")
	}
	calls := func() map[string]int {
		if _, err := p.Run(context.Background(), feed(1)); err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for _, s := range p.Profile() {
			n[s.Class] = s.Calls
		}
		return n
	}
	first, second := calls(), calls()
	if first["fold"] != 12 || second["fold"] != 0 || first["layout"]-second["layout"] != 7 || second["bn_infer"] != 1 || second["relu"] != 0 {
		t.Errorf("calls %v, then %v", first, second)
	}
	for _, s := range sig.State {
		if s.In.Name() == "mean2" || s.In.Name() == "w5" {
			if err := p.Set(s.Name, s.First); err != nil {
				t.Fatal(err)
			}
		}
	}
	if third := calls(); third["fold"] != 2 || third["layout"]-second["layout"] != 1 {
		t.Errorf("calls %v after state of two convolutions was set", third)
	}
}

// TestFoldNaN checks that a NaN that a weight brings in is seen in the result.
func TestFoldNaN(t *testing.T) {
	sig, feed := frozen(16, 1)
	for i, x := range op.Data[float32](sig.State[0].First) {
		op.Data[float32](sig.State[0].First)[i] = x * float32(math.NaN())
	}
	got, err := compile(t, cpu.Options{}, sig).Run(context.Background(), feed(1))
	if err != nil {
		t.Fatal(err)
	}
	if v := float64(op.Data[float32](got[0])[0]); !math.IsNaN(v) {
		t.Errorf("a result of %v, want NaN", v)
	}
}
