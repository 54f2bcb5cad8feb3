package cpu_test

import (
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// TestEncoders compares features, and the gradient of the input, of every architecture with the references: in training, where the
// running statistics move, and at inference.
func TestEncoders(t *testing.T) {
	for _, arch := range nn.Archs() {
		for _, training := range []bool{true, false} {
			name := arch + "/inference"
			if training {
				name = arch + "/training"
			}
			t.Run(name, func(t *testing.T) {
				g := op.NewGraph()
				p := nn.NewParams(g, op.F32, 7)
				mode := p.Inference()
				if training {
					mode = p.Training(1)
				}
				frames := 8
				if arch == "c3d" {
					frames = 16
				}
				x := op.Input(g, "x", op.Of(op.F32, 4, 3, frames, 48, 48))
				if arch == "resnet18" || arch == "resnet50" {
					x = op.Input(g, "x", op.Of(op.F32, 4, 3, 1, 48, 48))
				}
				enc, err := nn.New(mode, x, nn.Config{Arch: arch, Width: 0.25, Depth: 0.4})
				if err != nil {
					t.Fatal(err)
				}
				rng := rand.New(rand.NewPCG(6, 6))
				weight := op.Input(g, "weight", op.TypeOf(enc.Features))
				loss := op.Apply(op.Sum{}, op.Apply(op.Mul{}, enc.Features, weight))
				grads, err := op.Grad(loss, x)
				if err != nil {
					t.Fatal(err)
				}
				sig := model.Signature{Inputs: []*op.Node{x, weight}, State: p.Slots(), Metrics: append(grads, enc.Features)}
				// of two nearly equal values under a window, rounding decides which one gets the gradient
				same(t, cpu.Options{}, sig, 1, 2e-2, func() []op.Tensor {
					return []op.Tensor{random(rng, op.TypeOf(x).Shape...), random(rng, op.TypeOf(weight).Shape...)}
				})
			})
		}
	}
}
