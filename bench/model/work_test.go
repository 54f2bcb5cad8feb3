package main

import (
	"math"
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// schedule is that of a network.
func schedule(t *testing.T, n network) ([]op.Instr, map[*op.Node]bool) {
	t.Helper()
	sig, _, err := n.graph()
	if err != nil {
		t.Fatal(err)
	}
	outputs, slots := outputsOf(sig)
	list, _, err := op.Schedule(outputs)
	if err != nil {
		t.Fatal(err)
	}
	return list, slots
}

// TestFlops compares with the 1.814 G multiplications and additions that torchvision publishes for resnet18 at 224x224, of which the
// classifier of 1000 has 0.0005. A step of training has all three times, but for the gradient of the pictures.
func TestFlops(t *testing.T) {
	flops := func(train bool) (sum float64) {
		n := network{Config: nn.Config{Arch: "resnet18"}, shape: []int{2, 3, 1, 224, 224}, train: train}
		list, slots := schedule(t, n)
		for _, d := range newWork(list, slots, false).classes(nil) {
			sum += d.flops
		}
		return sum / 2 // pictures
	}
	forward, step := flops(false), flops(true)
	if want := 2 * 1.8136e9; math.Abs(forward-want) > 1e-3*want {
		t.Errorf("%.4g flops at inference, want %.4g", forward, want)
	}
	if want := 3*forward - 2*112*112*64*3*7*7; math.Abs(step-want) > 1e-6*want {
		t.Errorf("%.6g flops in training, want %.6g", step, want)
	}
}

// TestChains: operations that run as one are taken out of those that run alone, and only read what comes from outside.
func TestChains(t *testing.T) {
	g := op.NewGraph()
	shape := []int{2, 16, 2, 4, 4}
	x, w := op.Input(g, "x", op.Of(op.F32, shape...)), op.Input(g, "w", op.Of(op.F32, 16, 16, 1, 1, 1))
	gamma, beta := op.Input(g, "gamma", op.Of(op.F32, 16)), op.Input(g, "beta", op.Of(op.F32, 16))
	conv := op.Conv3D{Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Groups: 1}
	norm := func(x *op.Node) *op.Node {
		return op.Apply(op.BNApply{Groups: 1}, x, op.Apply(op.BNStats{Eps: 1e-5, Groups: 1}, x), gamma, beta)
	}
	var y *op.Node
	if err := op.Build(func() {
		y = op.Apply(op.ReLU{}, norm(op.Apply(conv, x, w)))
		y = op.Apply(op.ReLU{}, op.Apply(op.Add{}, norm(y), x))
	}); err != nil {
		t.Fatal(err)
	}
	list, _, err := op.Schedule([]*op.Node{y})
	if err != nil {
		t.Fatal(err)
	}
	const values, stats, rows = 2 * 16 * 2 * 4 * 4, 16, 3 // of an activation and of a parameter; of statistics
	slots := map[*op.Node]bool{w: true, gamma: true, beta: true}
	for _, bf16 := range []bool{false, true} {
		width := 4.0
		if bf16 {
			width = 2
		}
		got := newWork(list, slots, bf16).classes([]cpu.Spent{{Class: "bn_apply+relu"}, {Class: "bn_apply+add+relu"}})
		const small = 4 * (rows*stats + 2*stats) // bytes of statistics, gamma and beta
		want := map[string]did{
			"conv3d":            {1, 2 * values * 16, 2*values*width + 4*16*16},
			"bn_apply+relu":     {1, 0, 2*values*width + small},
			"bn_apply+add+relu": {1, 0, 3*values*width + small},
		}
		for name, d := range want {
			if got[name] != d {
				t.Errorf("bf16 %v: %s did %+v, want %+v", bf16, name, got[name], d)
			}
		}
		if len(got) != 4 || got["bn_stats"].calls != 2 {
			t.Errorf("bf16 %v: %+v, want three classes and two bn_stats", bf16, got)
		}
	}
}
