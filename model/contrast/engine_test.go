package contrast_test

import (
	"context"
	"math"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// TestEngine compares a program on the CPU with the references, step by step: losses, metrics and the state.
func TestEngine(t *testing.T) {
	configs := learners()
	for _, objective := range []string{"moco", "simclr"} {
		for _, detector := range []string{"none", "threshold", "topk", "quantile", "oracle", "random"} {
			c := plain(objective, detector, "both")
			c.Queue, c.Removal.Ramp, c.Removal.Share, c.Removal.Threshold = 40, 0.5, 0.2, 0.3
			configs[objective+"/"+detector] = c
		}
	}
	for name, c := range configs {
		t.Run(name, func(t *testing.T) {
			fast, slow := newMachine(t, c, small), newMachineOn(t, cpu.New(cpu.Options{Reference: true, CheckNaN: true}), c, small)
			for step := range 10 {
				a, b := fast.run(t, step), slow.run(t, step)
				for k, v := range a {
					if !(math.Abs(v-b[k]) <= 1e-5*max(1, math.Abs(b[k]))) {
						t.Errorf("step %d: %s is %v, want %v", step, k, v, b[k])
					}
				}
			}
		})
	}
}

// TestSupervised: samples without a label do not count.
func TestSupervised(t *testing.T) {
	g := op.NewGraph()
	o, err := contrast.New(g, plain("supervised", "none", "eliminate"), contrast.Dims{Batch: 4, Parts: 1, Samples: 9, Classes: 3, Steps: 1, EpochSteps: 1})
	if err != nil {
		t.Fatal(err)
	}
	logits, labels := op.Input(g, "logits", op.Of(op.F32, 4, 3)), op.Input(g, "labels", op.Of(op.I32, 4))
	var loss *op.Node
	if err := op.Build(func() { loss = o.Loss(contrast.Embeddings{Logits: logits, Labels: labels}); o.Finish() }); err != nil {
		t.Fatal(err)
	}
	x := op.From([]float32{0, 0, 0, 9, 0, 0, 0, 2, 0, 1, 0, 3}, 4, 3)
	for _, c := range []struct {
		labels         []int32
		loss, accuracy float64
	}{
		{[]int32{1, -1, 1, -1}, (math.Log(3) + math.Log(2+math.Exp(2)) - 2) / 2, 0.5}, {[]int32{-1, -1, -1, -1}, 0, 0},
	} {
		out, err := op.Interpret([]*op.Node{loss, o.Metrics()[0].Node}, map[*op.Node]op.Tensor{logits: x, labels: op.From(c.labels, 4)})
		if err != nil {
			t.Fatal(err)
		}
		wantNear(t, "loss", float64(op.Data[float32](out[0])[0]), c.loss, 1e-6)
		wantNear(t, "accuracy", float64(op.Data[float32](out[1])[0]), c.accuracy, 1e-6)
	}
	if len(o.Slots()) != 0 || o.Momentum() || o.Due(3) {
		t.Error("the supervised objective keeps something")
	}
	if _, err := o.Refresh(context.Background(), cpu.New(cpu.Options{}), nil, 0); err == nil {
		t.Error("a refresh of nothing")
	}
}
