package eval

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// stalling are features on which the line search, at the rounding of f32, asks for the loss of one place for ever.
func stalling() Features {
	rng := rand.New(rand.NewPCG(9, 218))
	n, h, c := 20+rng.IntN(60), 4+rng.IntN(12), 2+rng.IntN(4)
	x, labels := make([]float32, n*h), make([]int32, n)
	for i := range n {
		labels[i] = int32(rng.IntN(c))
		for j := range h {
			x[i*h+j] = float32(rng.NormFloat64()) + float32(labels[i])*float32(j%3)*3/4
		}
	}
	return Features{X: op.From(x, n, h), Labels: labels, Classes: make([]string, c), Keys: make([]string, n)}
}

// A fit ends where the line search does not, as good as it gets; and at once when its context does.
func TestFitEnds(t *testing.T) {
	l, err := FitLinear(t.Context(), cpu.New(cpu.Options{Threads: 1}), stalling(), DefaultProbe())
	if err != nil || !l.Converged || l.Steps < 5 {
		t.Errorf("%+v, %v", l, err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := FitLinear(ctx, cpu.New(cpu.Options{Threads: 1}), stalling(), DefaultProbe()); !errors.Is(err, why) {
		t.Errorf("after the end of its context: %v", err)
	}
}
