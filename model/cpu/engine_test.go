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

// compile returns a program that the test closes.
func compile(t testing.TB, o cpu.Options, sig model.Signature) *cpu.Program {
	t.Helper()
	p, err := cpu.New(o).Compile(sig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p.(*cpu.Program)
}

// random returns a tensor of normally distributed numbers.
func random(rng *rand.Rand, shape ...int) op.Tensor {
	t := op.NewTensor(op.Of(op.F32, shape...))
	for i := range op.Data[float32](t) {
		op.Data[float32](t)[i] = float32(rng.NormFloat64())
	}
	return t
}

// interpret makes a step with the references: it returns the metrics and replaces the values of state.
func interpret(t testing.TB, sig model.Signature, state map[string]op.Tensor, inputs ...op.Tensor) []op.Tensor {
	t.Helper()
	feed := map[*op.Node]op.Tensor{}
	for i, n := range sig.Inputs {
		feed[n] = inputs[i]
	}
	outputs := append([]*op.Node{}, sig.Metrics...)
	for _, s := range sig.State {
		feed[s.In] = state[s.Name]
		if s.Out != nil {
			outputs = append(outputs, s.Out)
		}
	}
	out, err := op.Interpret(outputs, feed)
	if err != nil {
		t.Fatal(err)
	}
	next := len(sig.Metrics)
	for _, s := range sig.State {
		if s.Out != nil {
			state[s.Name] = out[next]
			next++
		}
	}
	return out[:len(sig.Metrics)]
}

// far returns the largest difference of two tensors relative to the largest number of the second, which has NaN in the same places.
func far(a, b op.Tensor) float64 {
	if !a.Equal(b.Type) {
		return math.Inf(1)
	}
	x, ok := a.Data.([]float32)
	if !ok {
		if fmt.Sprint(a.Data) == fmt.Sprint(b.Data) {
			return 0
		}
		return math.Inf(1)
	}
	worst, largest := 0.0, 1e-30
	for i, want := range op.Data[float32](b) {
		switch nan := math.IsNaN(float64(want)); {
		case math.IsNaN(float64(x[i])) != nan:
			return math.Inf(1)
		case nan:
			continue
		}
		d := math.Abs(float64(x[i]) - float64(want))
		worst, largest = max(worst, d), max(largest, math.Abs(float64(want)))
	}
	return worst / largest
}

// same runs a signature and compares metrics and state with the references, for some steps.
func same(t testing.TB, o cpu.Options, sig model.Signature, steps int, tolerance float64, inputs func() []op.Tensor) {
	t.Helper()
	p := compile(t, o, sig)
	defer p.Close()
	state := map[string]op.Tensor{}
	for _, s := range sig.State {
		state[s.Name] = s.First
	}
	for step := range steps {
		in := inputs()
		got, err := p.Run(context.Background(), in...)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range interpret(t, sig, state, in...) {
			if d := far(got[i], want); d > tolerance || math.IsNaN(d) {
				t.Errorf("step %d: metric %d is off by %.3g of %.3g", step, i, d, tolerance)
			}
		}
		for name, want := range state {
			v, err := p.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			if d := far(v, want); d > tolerance || math.IsNaN(d) {
				t.Errorf("step %d: state %s is off by %.3g of %.3g", step, name, d, tolerance)
			}
		}
	}
}

// TestRandomGraphs compares random graphs, which read and update their state in every way, with the references.
func TestRandomGraphs(t *testing.T) {
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 1))
		sig := randomGraph(rng)
		for _, o := range []cpu.Options{{Reference: true}, {Reference: true, CheckNaN: true}, {}} {
			same(t, o, sig, 3, 1e-5, func() []op.Tensor { return []op.Tensor{random(rng, 4, 6), random(rng, 24)} })
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func randomGraph(rng *rand.Rand) model.Signature {
	g := op.NewGraph()
	var sig model.Signature
	sig.Inputs = []*op.Node{op.Input(g, "a", op.Of(op.F32, 4, 6)), op.Input(g, "b", op.Of(op.F32, 24))}
	matrix, vector := []*op.Node{sig.Inputs[0]}, []*op.Node{sig.Inputs[1]}
	for i := range rng.IntN(5) {
		s := model.Slot{Name: fmt.Sprint("s", i), In: op.Input(g, fmt.Sprint("s", i), op.Of(op.F32, 4, 6)), First: random(rng, 4, 6)}
		sig.State = append(sig.State, s)
		matrix = append(matrix, s.In)
	}
	pick := func(list []*op.Node) *op.Node { return list[rng.IntN(len(list))] }
	unary := func(x *op.Node) *op.Node {
		return op.Apply([]op.Spec{op.Scale{Factor: 0.5}, op.Shift{By: 0.1}, op.Scale{Factor: -0.3}}[rng.IntN(3)], x)
	}
	binary := []op.Spec{op.Add{}, op.Sub{}}
	for range 5 + rng.IntN(30) {
		switch rng.IntN(6) {
		case 0:
			matrix = append(matrix, unary(pick(matrix)))
		case 1:
			vector = append(vector, unary(pick(vector)))
		case 2:
			matrix = append(matrix, op.Apply(op.Reshape{Shape: op.DimsOf(4, 6)}, pick(vector)))
		case 3:
			vector = append(vector, op.Apply(op.Reshape{Shape: op.DimsOf(24)}, pick(matrix)))
		case 4:
			matrix = append(matrix, op.Apply(op.Scale{Factor: 0.5}, op.Apply(binary[rng.IntN(2)], pick(matrix), pick(matrix))))
		case 5:
			vector = append(vector, op.Apply(op.Scale{Factor: 0.5}, op.Apply(binary[rng.IntN(2)], pick(vector), pick(vector))))
		}
	}
	for i := range sig.State {
		if rng.IntN(4) == 0 {
			continue
		}
		sig.State[i].Out = pick(matrix)
		if rng.IntN(2) == 0 { // an update of itself, the usual kind
			sig.State[i].Out = op.Apply(op.Add{}, op.Apply(op.Scale{Factor: 0.5}, pick(matrix)), sig.State[i].In)
			if rng.IntN(2) == 0 {
				sig.State[i].Out = op.Apply(op.Sub{}, sig.State[i].In, op.Apply(op.Scale{Factor: 0.5}, pick(matrix)))
				matrix = append(matrix, sig.State[i].Out)
			}
		}
	}
	for range 1 + rng.IntN(3) {
		sig.Metrics = append(sig.Metrics, pick(matrix), pick(vector))
	}
	return sig
}
