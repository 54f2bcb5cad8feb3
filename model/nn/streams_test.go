package nn_test

import (
	"strings"
	"testing"

	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// A network has normalizations of its own for another kind of input, and shares all else; a tentative pass moves no running statistics.
func TestStreams(t *testing.T) {
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, 1)
	x := op.Input(g, "x", op.Of(op.F32, 4, 3, 4, 12, 12))
	for _, q := range []*nn.Params{p.Norms("other").Tentative(2), p.Tentative(1), p.Norms("other").Training(1)} {
		if _, err := nn.New(q.Sub("encoder"), x, nn.Config{Arch: "tiny3d", Width: 0.25}); err != nil {
			t.Fatal(err)
		}
	}
	counts := map[string]int{}
	for _, n := range p.List() {
		kind := "shared"
		switch {
		case strings.HasPrefix(n.Name, "other.encoder.layers."):
			kind = "other"
		case strings.Contains(n.Name, ".bn."):
			kind = "own"
		}
		if kind == "other" && !strings.Contains(n.Name, ".bn.") {
			t.Errorf("%s is not shared", n.Name)
		}
		counts[kind]++
		if moves := n.Out != nil; moves != (n.Buffer && kind == "other") {
			t.Errorf("%s of %s: moves %v", n.Name, kind, moves)
		}
	}
	if counts["shared"] != 4 || counts["own"] != 16 || counts["other"] != 16 {
		t.Errorf("%v, want 4 convolutions and twice 16 of normalization", counts)
	}
}
