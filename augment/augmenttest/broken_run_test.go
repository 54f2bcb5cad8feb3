package augmenttest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
)

// rough keeps one digit of two in its JSON.
type rough struct{ Amount int }

func (p rough) MarshalJSON() ([]byte, error) { return json.Marshal(p.Amount / 10 * 10) }

func (p *rough) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &p.Amount) }

// secret does not tell JSON.
type secret struct {
	Shown  int `json:"shown"`
	hidden int
}

// drawn returns dim with parameters of its own.
func drawn[P any](params func(amount int) P, amount func(P) int) func(r *augment.Registry) {
	return func(r *augment.Registry) {
		d := dim()
		augment.Add(r, augment.Spec[dimConfig, P]{
			Name: d.Name, Summary: d.Summary, Doc: d.Doc, Default: d.Default,
			Draw: func(c dimConfig, rng *rand.Rand, _ *augment.Draft) (P, error) {
				return params(1 + rng.IntN(c.Amount)), nil
			},
			Apply: func(p P, f *augment.Frames) error { return darken(dimParams{amount(p)}, f) },
		})
	}
}

func brokenRuns(t *testing.T) []broken {
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	type frames = augment.Frames
	apply := func(f func(p dimParams, f *frames) error) func(s *dimSpec) {
		return func(s *dimSpec) { s.Apply = f }
	}
	first := func(then func(f *frames) error) func(s *dimSpec) {
		return apply(func(p dimParams, f *frames) error {
			if err := then(f); err != nil {
				return err
			}
			return darken(p, f)
		})
	}
	var busy atomic.Int64
	small := first(func(f *frames) error {
		if f.W < 8 || f.H < 8 {
			return fmt.Errorf("%dx%d pixels are too few", f.W, f.H)
		}
		return nil
	})
	return []broken{
		{name: "rounds its parameters in JSON", add: drawn(func(v int) rough { return rough{v} }, func(p rough) int { return p.Amount }), want: "params survive JSON"},
		{name: "a parameter that is not exported", add: drawn(func(v int) secret { return secret{v / 10, v} }, func(p secret) int { return p.hidden }), want: "params survive JSON"},
		{name: "alone it does something else", fix: first(func(f *frames) error {
			defer busy.Add(-1)
			n := busy.Add(1)
			time.Sleep(2 * time.Millisecond) // so that workers meet
			f.Pix[0] = byte(max(n, busy.Load()))
			return nil
		}), want: "workers"},
		{name: "refuses small views", fix: small, want: "odd sizes"},
		{name: "refuses small views, as it says", fix: small, opt: func(o *augmenttest.Opt) { o.MinSide = 8 }},
		{name: "does not refuse what it says", opt: func(o *augmenttest.Opt) { o.MinFrames = 2 }, want: "odd sizes"},
		{name: "slow", fix: first(func(f *frames) error {
			if f.W == 112 { // as large as the clips of a run
				time.Sleep(1500 * time.Millisecond)
			}
			return nil
		}), want: "cancel"},
		{name: "panics on a single pixel", fix: first(func(f *frames) error {
			_ = f.Pix[6]
			return nil
		}), want: "no panic"},
		{name: "panics at the end of what is legal", fix: apply(func(p dimParams, f *frames) error {
			return darken(dimParams{[90]int{}[p.Amount-1]}, f) // the default is 90, legal are 100
		}), want: "no panic"},
		{name: "panics in Color", add: func(r *augment.Registry) {
			d := dim()
			augment.Add(r, augment.Spec[dimConfig, dimParams]{
				Name: d.Name, Summary: d.Summary, Doc: d.Doc, Default: d.Default, Draw: d.Draw,
				Color: func(dimParams, func() [3]float64) augment.ColorMatrix { panic("no colour") },
			})
		}, want: "no panic"},
		{name: "leaks a goroutine", fix: first(func(*frames) error {
			go func() { <-stop }()
			return nil
		}), want: "no leak"},
	}
}
