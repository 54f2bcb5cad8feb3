package augmenttest_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
)

type dimConfig struct {
	Amount int `yaml:"amount" legal:"1..100" doc:"greatest loss of brightness"`
}

type dimParams struct {
	Amount int `json:"amount"`
}

type dimSpec = augment.Spec[dimConfig, dimParams]

// dim is a good transform, of which each test breaks one part.
func dim() dimSpec {
	return dimSpec{
		Name: "dim", Summary: "make everything darker", Doc: "c' = c - amount, amount ~ U{1..amount}.",
		Default: dimConfig{Amount: 90},
		Draw: func(c dimConfig, rng *rand.Rand, _ *augment.Draft) (dimParams, error) {
			return dimParams{1 + rng.IntN(c.Amount)}, nil
		},
		Apply: darken,
	}
}

func darken(p dimParams, f *augment.Frames) error {
	for i, v := range f.Pix {
		f.Pix[i] = byte(max(int(v)-p.Amount, 0))
	}
	return nil
}

// broken is a transform with one fault, and the check that must find it.
type broken struct {
	name string
	fix  func(s *dimSpec)          // breaks a part of dim
	add  func(r *augment.Registry) // instead, for transforms of other types; named dim
	opt  func(o *augmenttest.Opt)  // what is said about it
	want string                    // the check; "" for none
}

// TestBrokenTransforms: each rule that is broken is found, by the check of its name and by no other.
func TestBrokenTransforms(t *testing.T) {
	for _, list := range [][]broken{brokenConfigs(), brokenDraws(), brokenPixels(), brokenRuns(t)} {
		for _, b := range list {
			t.Run(b.name, func(t *testing.T) { b.find(t) })
		}
	}
}

func (b broken) find(t *testing.T) {
	r := augment.Default().Clone()
	if b.add != nil {
		b.add(r)
	} else {
		s := dim()
		if b.fix != nil {
			b.fix(&s)
		}
		augment.Add(r, s)
	}
	o := augmenttest.Opt{Name: "dim", Registry: r}
	if b.opt != nil {
		b.opt(&o)
	}
	var failed []string
	for res := range augmenttest.Results(o) {
		if res.Status == augmenttest.Failed {
			failed = append(failed, res.Check)
			t.Logf("%s: %.400s", res.Check, res.Text)
		}
	}
	if got := strings.Join(failed, ", "); got != b.want {
		t.Errorf("failed: %q, want %q", got, b.want)
	}
}
